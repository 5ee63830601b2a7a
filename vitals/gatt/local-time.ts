// Local Time Information, 2A0F (read, written): the zone in quarters of an hour, and what daylight saving adds.
// 2AAA, the start of a glucose sensor's session, has the same two octets.

import { decodeWith, type OctetReader, present } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

export type LocalTime = {
  /** Minutes by which standard time is ahead of UTC, in quarters of an hour, -720 to 840. Absent: unknown. */
  readonly zoneMinutes?: number;
  /** What daylight saving adds: 0, 30, 60 or 120. Absent: unknown. */
  readonly daylightMinutes?: number;
};

const ZONE_UNKNOWN = -128;
const DAYLIGHT_UNKNOWN = 255;
/** Code: minutes. */
const DAYLIGHT: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [2, 30],
  [4, 60],
  [8, 120],
]);

export function readLocalTime(octets: OctetReader): LocalTime {
  const zone = octets.s8();
  const daylight = octets.u8();
  if (zone !== ZONE_UNKNOWN && (zone < -48 || zone > 56)) {
    refuse('out-of-range', 'a zone lies from -48 to 56 quarters of an hour');
  }
  const daylightMinutes = DAYLIGHT.get(daylight);
  if (daylightMinutes === undefined && daylight !== DAYLIGHT_UNKNOWN) {
    refuse('reserved-value', 'daylight saving is 0, 2, 4, 8 or 255');
  }
  return present<LocalTime>({
    zoneMinutes: zone === ZONE_UNKNOWN ? undefined : zone * 15,
    daylightMinutes,
  });
}

export function writeLocalTime(value: LocalTime, octets: OctetWriter): void {
  const { zoneMinutes, daylightMinutes } = value;
  const code = [...DAYLIGHT].find(([, minutes]) => minutes === daylightMinutes)?.[0];
  if (daylightMinutes !== undefined && code === undefined) {
    throw new RangeError('daylight saving adds 0, 30, 60 or 120 minutes');
  }
  if (zoneMinutes !== undefined && (zoneMinutes < -720 || zoneMinutes > 840)) {
    throw new RangeError('a zone lies from -720 to 840 minutes');
  }
  octets.s8(zoneMinutes === undefined ? ZONE_UNKNOWN : zoneMinutes / 15).u8(code ?? DAYLIGHT_UNKNOWN);
}

/** 2A0F. */
export function decodeLocalTime(bytes: Uint8Array): Decoded<LocalTime> {
  return decodeWith(bytes, readLocalTime);
}

/** 2A0F, two octets. RangeError for what the codes cannot say. */
export function encodeLocalTime(value: LocalTime): Uint8Array {
  const octets = new OctetWriter();
  writeLocalTime(value, octets);
  return octets.done();
}

/** Minutes by which the wall clock is ahead of UTC; undefined where either part is unknown. */
export function localOffsetMinutes(value: LocalTime): number | undefined {
  const { zoneMinutes, daylightMinutes } = value;
  return zoneMinutes === undefined || daylightMinutes === undefined
    ? undefined
    : zoneMinutes + daylightMinutes;
}
