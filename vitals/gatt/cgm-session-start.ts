// CGM Session Start Time, 2AAA (read): when a glucose sensor's session began, in local time with its zone. The
// minutes of 2AA7 count from here.

import { crc16 } from './crc.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import { type LocalTime, localOffsetMinutes, readLocalTime, writeLocalTime } from './local-time.ts';
import { decodeWith } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

export type CgmSessionStart = {
  readonly time: SaidTime;
  readonly zone: LocalTime;
  /** The value carried a CRC, and it was right. */
  readonly checked: boolean;
};

/** 2AAA. */
export function decodeCgmSessionStart(bytes: Uint8Array): Decoded<CgmSessionStart> {
  return decodeWith(bytes, (octets) => {
    const value = { time: readSaidTime(octets), zone: readLocalTime(octets) };
    const checked = octets.left > 0;
    if (checked && octets.u16() !== crc16(bytes.subarray(0, 9))) refuse('bad-crc', 'the CRC is wrong');
    return { ...value, checked };
  });
}

/** 2AAA, 9 octets, or 11 with a CRC. */
export function encodeCgmSessionStart(value: CgmSessionStart): Uint8Array {
  const octets = new OctetWriter();
  writeSaidTime(value.time, octets);
  writeLocalTime(value.zone, octets);
  const bytes = octets.done();
  return value.checked ? octets.u16(crc16(bytes)).done() : bytes;
}

/** For `DeviceClock.sessionStartMs`: ms since 1970, or undefined where time or zone are unknown. */
export function sessionStartMs(value: CgmSessionStart): number | undefined {
  return momentOf(value.time, localOffsetMinutes(value.zone));
}
