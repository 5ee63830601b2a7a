// Temperature Measurement, 2A1C (indicated), and Intermediate Temperature, 2A1E (notified), of one layout.
//
// A finger or a toe is colder than the core without anybody being ill: such a temperature is kept as uncertain, and
// so is one shown while the thermometer still rises (2A1E).

import type { Quality, TimedMeasurement } from '../reading.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import { type DeviceClock, scalarOfFloat, timed } from './measured.ts';
import { type MedicalFloat, readFloat, writeFloat } from './medical-float.ts';
import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

/** In the order of their codes; 0 and those above 9 are reserved. */
const SITES = [
  'reserved',
  'armpit',
  'body',
  'ear',
  'finger',
  'gastro-intestinal-tract',
  'mouth',
  'rectum',
  'toe',
  'tympanum',
] as const;
export type TemperatureSite = (typeof SITES)[number];

export type Temperature = {
  readonly unit: 'Cel' | '[degF]';
  readonly temperature: MedicalFloat;
  readonly time?: SaidTime;
  readonly site?: TemperatureSite;
};

/** 2A1C and 2A1E. */
export function decodeTemperature(bytes: Uint8Array): Decoded<Temperature> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x07);
    return present<Temperature>({
      unit: (flags & 1) === 0 ? 'Cel' : '[degF]',
      temperature: readFloat(octets),
      time: octets.when(flags & 2, () => readSaidTime(octets)),
      site: octets.when(flags & 4, () => SITES[octets.u8()] ?? 'reserved'),
    });
  });
}

/** 2A1C and 2A1E. */
export function encodeTemperature(value: Temperature): Uint8Array {
  const { unit, temperature, time, site } = value;
  const octets = new OctetWriter().u8(flagsOf(unit === '[degF]', time !== undefined, site !== undefined));
  writeFloat(temperature, octets);
  return octets
    .when(time, writeSaidTime)
    .when(site, (where, into) => into.u8(SITES.indexOf(where)))
    .done();
}

function measure(value: Temperature, clock: DeviceClock, doubt: boolean): readonly TimedMeasurement[] {
  const verdict: { quality?: Quality } = doubt ? { quality: 'uncertain' } : {};
  const measurement = scalarOfFloat('body-temperature', value.temperature, value.unit, verdict);
  return [timed(measurement, momentOf(value.time, clock.offsetMinutes))];
}

/** 2A1C: the body's temperature, uncertain at a finger or a toe. */
export function measureTemperature(value: Temperature, clock: DeviceClock): readonly TimedMeasurement[] {
  return measure(value, clock, value.site === 'finger' || value.site === 'toe');
}

/** 2A1E: the temperature so far, always uncertain. */
export function measureIntermediateTemperature(
  value: Temperature,
  clock: DeviceClock,
): readonly TimedMeasurement[] {
  return measure(value, clock, true);
}
