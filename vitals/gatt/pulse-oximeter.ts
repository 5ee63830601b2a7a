// Pulse oximeters: PLX Spot-check, 2A5E (indicated, with a time), and PLX Continuous, 2A5F (notified, without one).

import type { TimedMeasurement } from '../reading.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import { type DeviceClock, scalarOfFloat, timed } from './measured.ts';
import { type MedicalFloat, readSfloat, writeSfloat } from './medical-float.ts';
import { decodeWith, type OctetReader, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import { judgeOximeter } from './oximeter-status.ts';
import type { Decoded } from './refusal.ts';

/** Saturation in %, pulse in beats a minute. */
export type OximeterPair = { readonly spo2: MedicalFloat; readonly pulse: MedicalFloat };
type Signal = OximeterPair & {
  /** Bits: OXIMETER_MEASUREMENT_BITS. */
  readonly status?: number;
  /** Bits: OXIMETER_SENSOR_BITS. */
  readonly sensor?: number;
  /** Pulse amplitude index in %, which the house calls perfusion index. */
  readonly amplitude?: MedicalFloat;
};
export type SpotOximetry = Signal & {
  readonly time?: SaidTime;
  /** The device says that nobody has set its clock: its time means nothing. */
  readonly clockNotSet: boolean;
};
export type ContinuousOximetry = Signal & { readonly fast?: OximeterPair; readonly slow?: OximeterPair };

function readPair(octets: OctetReader): OximeterPair {
  return { spo2: readSfloat(octets), pulse: readSfloat(octets) };
}
function writePair(pair: OximeterPair, octets: OctetWriter): void {
  writeSfloat(pair.spo2, octets);
  writeSfloat(pair.pulse, octets);
}
function writeSignal(value: Signal, octets: OctetWriter): Uint8Array {
  return octets
    .when(value.status, (bits, into) => into.u16(bits))
    .when(value.sensor, (bits, into) => into.unsigned(bits, 3))
    .when(value.amplitude, writeSfloat)
    .done();
}

/** 2A5E. */
export function decodeSpotOximetry(bytes: Uint8Array): Decoded<SpotOximetry> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x1f);
    return present<SpotOximetry>({
      ...readPair(octets),
      clockNotSet: (flags & 16) !== 0,
      time: octets.when(flags & 1, () => readSaidTime(octets)),
      status: octets.when(flags & 2, () => octets.u16()),
      sensor: octets.when(flags & 4, () => octets.u24()),
      amplitude: octets.when(flags & 8, () => readSfloat(octets)),
    });
  });
}

/** 2A5E. */
export function encodeSpotOximetry(value: SpotOximetry): Uint8Array {
  const { time, status, sensor, amplitude, clockNotSet } = value;
  const octets = new OctetWriter().u8(
    flagsOf(
      time !== undefined,
      status !== undefined,
      sensor !== undefined,
      amplitude !== undefined,
      clockNotSet,
    ),
  );
  writePair(value, octets);
  return writeSignal(value, octets.when(time, writeSaidTime));
}

/** 2A5F. */
export function decodeContinuousOximetry(bytes: Uint8Array): Decoded<ContinuousOximetry> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x1f);
    return present<ContinuousOximetry>({
      ...readPair(octets),
      fast: octets.when(flags & 1, () => readPair(octets)),
      slow: octets.when(flags & 2, () => readPair(octets)),
      status: octets.when(flags & 4, () => octets.u16()),
      sensor: octets.when(flags & 8, () => octets.u24()),
      amplitude: octets.when(flags & 16, () => readSfloat(octets)),
    });
  });
}

/** 2A5F. */
export function encodeContinuousOximetry(value: ContinuousOximetry): Uint8Array {
  const { fast, slow, status, sensor, amplitude } = value;
  const octets = new OctetWriter().u8(
    flagsOf(
      fast !== undefined,
      slow !== undefined,
      status !== undefined,
      sensor !== undefined,
      amplitude !== undefined,
    ),
  );
  writePair(value, octets);
  return writeSignal(value, octets.when(fast, writePair).when(slow, writePair));
}

function measure(value: Signal, at: number | undefined): readonly TimedMeasurement[] {
  const verdict = judgeOximeter(value.status, value.sensor);
  const measured = [
    timed(scalarOfFloat('spo2', value.spo2, '%', verdict), at),
    timed(scalarOfFloat('heart-rate', value.pulse, '/min', verdict), at),
  ];
  if (value.amplitude !== undefined) {
    measured.push(timed(scalarOfFloat('perfusion-index', value.amplitude, '%', verdict), at));
  }
  return measured;
}

/** 2A5E: saturation, pulse and perfusion. The time counts only where the device's clock has been set. */
export function measureSpotOximetry(value: SpotOximetry, clock: DeviceClock): readonly TimedMeasurement[] {
  return measure(value, value.clockNotSet ? undefined : momentOf(value.time, clock.offsetMinutes));
}

/** 2A5F: saturation, pulse and perfusion of the ordinary averaging; fast and slow stay in the structure. */
export function measureContinuousOximetry(value: ContinuousOximetry): readonly TimedMeasurement[] {
  return measure(value, undefined);
}
