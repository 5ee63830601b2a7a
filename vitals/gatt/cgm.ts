// CGM Measurement, 2AA7 (notified): continuous glucose, one or several records in one value. Each record begins
// with its own size, which also tells whether a CRC is at its end.
//
// The three status octets stand in the order status, calibration/temperature, warning, and flag bits 7, 6, 5 say
// which are there: bit 7 belongs to the first octet. (One widely used parser has it the other way round; with all
// three there nobody notices.)

import type { TimedMeasurement } from '../reading.ts';
import { crc16 } from './crc.ts';
import { type DeviceClock, scalarOfFloat, timed, type Verdict } from './measured.ts';
import { type MedicalFloat, readSfloat, writeSfloat } from './medical-float.ts';
import { decodeWith, OctetReader, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

/** Bits of the three octets of `CgmRecord`. */
export const CGM_STATUS_BITS = {
  sessionStopped: 0x01,
  batteryLow: 0x02,
  sensorType: 0x04,
  malfunction: 0x08,
  alert: 0x10,
  fault: 0x20,
} as const;
export const CGM_CALIBRATION_BITS = {
  timeSyncNeeded: 0x01,
  notAllowed: 0x02,
  recommended: 0x04,
  needed: 0x08,
  tooHot: 0x10,
  tooCold: 0x20,
} as const;
export const CGM_WARNING_BITS = {
  belowPatientLow: 0x01,
  abovePatientHigh: 0x02,
  hypo: 0x04,
  hyper: 0x08,
  fallingFast: 0x10,
  risingFast: 0x20,
  belowSensor: 0x40,
  aboveSensor: 0x80,
} as const;

export type CgmRecord = {
  /** mg/dL. */
  readonly glucose: MedicalFloat;
  /** Since the start of the session. */
  readonly minutes: number;
  /** Bits: CGM_STATUS_BITS. */
  readonly status?: number;
  /** Bits: CGM_CALIBRATION_BITS. */
  readonly calibration?: number;
  /** Bits: CGM_WARNING_BITS. */
  readonly warning?: number;
  /** mg/dL a minute. */
  readonly trend?: MedicalFloat;
  /** %, the sensor's confidence. */
  readonly quality?: MedicalFloat;
  /** The record carried a CRC, and it was right. A sensor whose features promise one must always have it. */
  readonly checked: boolean;
};

/** Size, flags, glucose, minutes. */
const RECORD_MIN_BYTES = 6;

function readRecord(bytes: Uint8Array): CgmRecord {
  const octets = new OctetReader(bytes);
  octets.u8();
  const flags = octets.flags8(0xe3);
  const record = {
    glucose: readSfloat(octets),
    minutes: octets.u16(),
    status: octets.when(flags & 0x80, () => octets.u8()),
    calibration: octets.when(flags & 0x40, () => octets.u8()),
    warning: octets.when(flags & 0x20, () => octets.u8()),
    trend: octets.when(flags & 0x01, () => readSfloat(octets)),
    quality: octets.when(flags & 0x02, () => readSfloat(octets)),
  };
  const checked = octets.left === 2;
  if (checked && octets.u16() !== crc16(bytes.subarray(0, bytes.length - 2))) {
    refuse('bad-crc', 'the CRC of a record is wrong');
  }
  octets.end();
  return present<CgmRecord>({ ...record, checked });
}

/** 2AA7: at least one record. One bad record refuses them all, for after it nothing has a sure place. */
export function decodeCgm(bytes: Uint8Array): Decoded<readonly CgmRecord[]> {
  return decodeWith(bytes, (octets) => {
    const records: CgmRecord[] = [];
    let at = 0;
    do {
      const size = octets.u8();
      if (size < RECORD_MIN_BYTES) refuse('bad-length', 'a record is smaller than its mandatory fields');
      octets.bytes(size - 1);
      records.push(readRecord(bytes.subarray(at, at + size)));
      at += size;
    } while (octets.left > 0);
    return records;
  });
}

/** 2AA7. Records that are `checked` get their CRC. */
export function encodeCgm(records: readonly CgmRecord[]): Uint8Array {
  const all = new OctetWriter();
  for (const record of records) all.bytes(encodeRecord(record));
  return all.done();
}

function encodeRecord(record: CgmRecord): Uint8Array {
  const { glucose, minutes, status, calibration, warning, trend, quality, checked } = record;
  const flags = flagsOf(
    trend !== undefined,
    quality !== undefined,
    false,
    false,
    false,
    warning !== undefined,
    calibration !== undefined,
    status !== undefined,
  );
  const octets = new OctetWriter().u8(flags);
  writeSfloat(glucose, octets);
  const octet = (bits: number, into: OctetWriter): void => {
    into.u8(bits);
  };
  const body = octets
    .u16(minutes)
    .when(status, octet)
    .when(calibration, octet)
    .when(warning, octet)
    .when(trend, writeSfloat)
    .when(quality, writeSfloat)
    .done();
  const sized = new OctetWriter()
    .u8(body.length + (checked ? 3 : 1))
    .bytes(body)
    .done();
  return checked ? new OctetWriter().bytes(sized).u16(crc16(sized)).done() : sized;
}

function verdictOf(record: CgmRecord): Verdict {
  const { status, calibration, warning } = record;
  const failed = CGM_STATUS_BITS.sensorType | CGM_STATUS_BITS.malfunction | CGM_STATUS_BITS.fault;
  const beyond = CGM_WARNING_BITS.belowSensor | CGM_WARNING_BITS.aboveSensor;
  const { needed, tooHot, tooCold } = CGM_CALIBRATION_BITS;
  if (((status ?? 0) & failed) !== 0) return { absent: 'device-error' };
  if (((warning ?? 0) & beyond) !== 0) return { absent: 'out-of-range' };
  if (((calibration ?? 0) & (needed | tooHot | tooCold)) !== 0) return { quality: 'uncertain' };
  return (status ?? calibration ?? warning) === undefined ? {} : { quality: 'ok' };
}

/** The glucose of each record, at session start + minutes where the start is known. */
export function measureCgm(records: readonly CgmRecord[], clock: DeviceClock): readonly TimedMeasurement[] {
  const start = clock.sessionStartMs;
  return records.map((record) =>
    timed(
      scalarOfFloat('glucose', record.glucose, 'mg/dL', verdictOf(record)),
      start === undefined ? undefined : start + record.minutes * 60_000,
    ),
  );
}
