// Body Composition Measurement, 2A9C (indicated), in one value or in two that belong together.

import type { TimedMeasurement } from '../reading.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import {
  type Mass,
  type MassUnit,
  massCount,
  massUnit,
  measureMass,
  readMass,
  readWeight,
  UNSUCCESSFUL,
} from './mass.ts';
import { type DeviceClock, timed } from './measured.ts';
import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

export type BodyComposition = {
  readonly unit: MassUnit;
  /** This is one of two values that make one measurement. */
  readonly partial: boolean;
  /** Body fat in %. */
  readonly fat: number | 'unsuccessful';
  readonly time?: SaidTime;
  /** Which of the scale's users; 255 unknown. */
  readonly user?: number;
  readonly metabolismKj?: number;
  /** Muscle in %. */
  readonly muscle?: number;
  readonly muscleMass?: Mass;
  readonly fatFreeMass?: Mass;
  readonly softLeanMass?: Mass;
  readonly waterMass?: Mass;
  readonly impedanceOhm?: number;
  readonly weight?: Mass | 'unsuccessful';
  /** Metres (unit kg) or inches (unit pounds). */
  readonly height?: number;
};

const HEIGHT_COUNTS: Readonly<Record<MassUnit, number>> = { kg: 1000, '[lb_av]': 10 };

/** 2A9C, one value of it. `joinBodyComposition` joins two. */
export function decodeBodyComposition(bytes: Uint8Array): Decoded<BodyComposition> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags16(0x1fff);
    const unit = massUnit(flags & 1);
    const fat = octets.u16();
    const mass = () => readMass(octets, unit);
    return present<BodyComposition>({
      unit,
      partial: (flags & 0x1000) !== 0,
      fat: fat === UNSUCCESSFUL ? 'unsuccessful' : fat / 10,
      time: octets.when(flags & 0x002, () => readSaidTime(octets)),
      user: octets.when(flags & 0x004, () => octets.u8()),
      metabolismKj: octets.when(flags & 0x008, () => octets.u16()),
      muscle: octets.when(flags & 0x010, () => octets.u16() / 10),
      muscleMass: octets.when(flags & 0x020, mass),
      fatFreeMass: octets.when(flags & 0x040, mass),
      softLeanMass: octets.when(flags & 0x080, mass),
      waterMass: octets.when(flags & 0x100, mass),
      impedanceOhm: octets.when(flags & 0x200, () => octets.u16() / 10),
      weight: octets.when(flags & 0x400, () => readWeight(octets, unit)),
      height: octets.when(flags & 0x800, () => octets.u16() / HEIGHT_COUNTS[unit]),
    });
  });
}

/** 2A9C, one value of it. */
export function encodeBodyComposition(value: BodyComposition): Uint8Array {
  const { unit, fat } = value;
  const mass = (amount: Mass | 'unsuccessful', octets: OctetWriter): void => {
    octets.u16(massCount(amount, unit));
  };
  const tenths = (amount: number, octets: OctetWriter): void => {
    octets.u16(Math.round(amount * 10));
  };
  return new OctetWriter()
    .u16(
      flagsOf(
        unit === '[lb_av]',
        value.time !== undefined,
        value.user !== undefined,
        value.metabolismKj !== undefined,
        value.muscle !== undefined,
        value.muscleMass !== undefined,
        value.fatFreeMass !== undefined,
        value.softLeanMass !== undefined,
        value.waterMass !== undefined,
        value.impedanceOhm !== undefined,
        value.weight !== undefined,
        value.height !== undefined,
        value.partial,
      ),
    )
    .u16(fat === 'unsuccessful' ? UNSUCCESSFUL : Math.round(fat * 10))
    .when(value.time, writeSaidTime)
    .when(value.user, (user, octets) => octets.u8(user))
    .when(value.metabolismKj, (energy, octets) => octets.u16(energy))
    .when(value.muscle, tenths)
    .when(value.muscleMass, mass)
    .when(value.fatFreeMass, mass)
    .when(value.softLeanMass, mass)
    .when(value.waterMass, mass)
    .when(value.impedanceOhm, tenths)
    .when(value.weight, mass)
    .when(value.height, (height, octets) => octets.u16(Math.round(height * HEIGHT_COUNTS[unit])))
    .done();
}

/** The weight, where there is one; of the rest the house has no kind, so it stays in the structure. */
export function measureBodyComposition(
  value: BodyComposition,
  clock: DeviceClock,
): readonly TimedMeasurement[] {
  if (value.weight === undefined) return [];
  return [timed(measureMass(value.weight, value.unit), momentOf(value.time, clock.offsetMinutes))];
}

/** Where joining stands: `held` waits for its other half, `complete` is ready to be measured. */
export type JoinedBodyComposition = {
  readonly held?: BodyComposition;
  readonly complete: readonly BodyComposition[];
};

/** Fields that the two halves share and may both say. */
const SHARED: ReadonlySet<string> = new Set(['unit', 'partial', 'fat']);

function belongTogether(first: BodyComposition, second: BodyComposition): boolean {
  const says = (field: string): boolean => field in first && field in second && !SHARED.has(field);
  return first.unit === second.unit && !Object.keys(second).some(says);
}

/**
 * Takes the next value of a connection, with what was held before it. Two partial values in a row whose fields do
 * not overlap are one measurement. A half whose other half never comes is still true, and is given as complete with
 * the next value. After a lost connection the caller measures what it held and starts anew without it.
 */
export function joinBodyComposition(
  held: BodyComposition | undefined,
  next: BodyComposition,
): JoinedBodyComposition {
  if (!next.partial) return { complete: held === undefined ? [next] : [held, next] };
  if (held === undefined) return { held: next, complete: [] };
  if (!belongTogether(held, next)) return { held: next, complete: [held] };
  const fat = held.fat === 'unsuccessful' ? next.fat : held.fat;
  return { complete: [{ ...held, ...next, fat, partial: false }] };
}
