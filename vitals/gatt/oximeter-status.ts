// What a pulse oximeter says of its own numbers: measurement status (16 bits) and device and sensor status (24 bits)
// of 2A5E and 2A5F, kept as bits and judged here.

import type { Verdict } from './measured.ts';

/** Bits 5 to 15 of the measurement status; the lower ones are reserved. */
export const OXIMETER_MEASUREMENT_BITS = {
  ongoing: 0x0020,
  earlyEstimate: 0x0040,
  validated: 0x0080,
  fullyQualified: 0x0100,
  fromStorage: 0x0200,
  demonstration: 0x0400,
  testing: 0x0800,
  calibrating: 0x1000,
  unavailable: 0x2000,
  questionable: 0x4000,
  invalid: 0x8000,
} as const;
const M = OXIMETER_MEASUREMENT_BITS;
const NOT_OF_A_BODY = M.demonstration | M.testing | M.calibrating;

/** Bits 0 to 15 of the device and sensor status; the upper eight are reserved. */
export const OXIMETER_SENSOR_BITS = {
  extendedDisplay: 0x0001,
  malfunction: 0x0002,
  irregular: 0x0004,
  inadequate: 0x0008,
  poor: 0x0010,
  lowPerfusion: 0x0020,
  erratic: 0x0040,
  nonPulsatile: 0x0080,
  questionablePulse: 0x0100,
  analysisOngoing: 0x0200,
  interference: 0x0400,
  unconnectedToUser: 0x0800,
  unknownSensor: 0x1000,
  displaced: 0x2000,
  sensorMalfunction: 0x4000,
  disconnected: 0x8000,
} as const;
const S = OXIMETER_SENSOR_BITS;
const SENSOR_OFF = S.unconnectedToUser | S.displaced | S.disconnected;
const BROKEN = S.malfunction | S.sensorMalfunction;
const POOR =
  S.irregular | S.inadequate | S.poor | S.lowPerfusion | S.erratic | S.nonPulsatile | S.interference;
const DOUBTFUL = S.questionablePulse | S.analysisOngoing | S.unknownSensor;

/**
 * Off beats broken beats invalid beats poor beats doubtful. Numbers of a demonstration, a test or a calibration are
 * no body's: absent as device-error. Without either status the device says nothing.
 */
export function judgeOximeter(status: number | undefined, sensor: number | undefined): Verdict {
  if (status === undefined && sensor === undefined) return {};
  const measurementBits = status ?? 0;
  const sensorBits = sensor ?? 0;
  if ((sensorBits & SENSOR_OFF) !== 0) return { absent: 'sensor-off' };
  if ((sensorBits & BROKEN) !== 0 || (measurementBits & NOT_OF_A_BODY) !== 0) {
    return { absent: 'device-error' };
  }
  if ((measurementBits & M.invalid) !== 0) return { absent: 'artefact' };
  if ((measurementBits & M.unavailable) !== 0) return { absent: 'unknown' };
  if ((sensorBits & POOR) !== 0) return { quality: 'poor', blank: 'artefact' };
  const doubtful =
    (sensorBits & DOUBTFUL) !== 0 || (measurementBits & (M.questionable | M.earlyEstimate)) !== 0;
  return { quality: doubtful ? 'uncertain' : 'ok' };
}
