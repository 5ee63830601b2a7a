// Weight Measurement, 2A9D (indicated).

import type { TimedMeasurement } from '../reading.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import { type Mass, type MassUnit, massCount, massUnit, measureMass, readWeight } from './mass.ts';
import { type DeviceClock, timed } from './measured.ts';
import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

export type Weight = {
  readonly unit: MassUnit;
  readonly weight: Mass | 'unsuccessful';
  readonly time?: SaidTime;
  /** Which of the scale's users; 255 unknown. */
  readonly user?: number;
  /** Body mass index in kg/m2 and height in m (unit kg) or inches (unit pounds). */
  readonly build?: { readonly bmi: number; readonly height: number };
};

/** Counts of height that make one metre or one inch. */
const HEIGHT_COUNTS: Readonly<Record<MassUnit, number>> = { kg: 1000, '[lb_av]': 10 };

/** 2A9D. */
export function decodeWeight(bytes: Uint8Array): Decoded<Weight> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x0f);
    const unit = massUnit(flags & 1);
    return present<Weight>({
      unit,
      weight: readWeight(octets, unit),
      time: octets.when(flags & 2, () => readSaidTime(octets)),
      user: octets.when(flags & 4, () => octets.u8()),
      build: octets.when(flags & 8, () => ({
        bmi: octets.u16() / 10,
        height: octets.u16() / HEIGHT_COUNTS[unit],
      })),
    });
  });
}

/** 2A9D. */
export function encodeWeight(value: Weight): Uint8Array {
  const { unit, time, user, build } = value;
  return new OctetWriter()
    .u8(flagsOf(unit === '[lb_av]', time !== undefined, user !== undefined, build !== undefined))
    .u16(massCount(value.weight, unit))
    .when(time, writeSaidTime)
    .when(user, (number, octets) => octets.u8(number))
    .when(build, ({ bmi, height }, octets) => {
      octets.u16(Math.round(bmi * 10)).u16(Math.round(height * HEIGHT_COUNTS[unit]));
    })
    .done();
}

/** The weight. Whose it is, in a house with several people on one scale, `user` may tell. */
export function measureWeight(value: Weight, clock: DeviceClock): readonly TimedMeasurement[] {
  return [timed(measureMass(value.weight, value.unit), momentOf(value.time, clock.offsetMinutes))];
}
