// Date Time, 2A08: year, month, day, hour, minute and second on the device's wall. It names no zone, so it becomes
// a moment only with an offset that somebody else knows. Year, month or day 0 mean "unknown".
//
// Devices whose clock was never set send all sorts of things here. A good measurement is not thrown away with a bad
// clock: inside a measurement such a time is read as 'invalid'.

import { TIME_MAX_MS } from '../limit.ts';
import { decodeWith, type OctetReader } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

export type DateTime = {
  /** 0 unknown, else 1582 to 9999. */
  readonly year: number;
  /** 0 unknown. */
  readonly month: number;
  /** 0 unknown. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
};
/** A time inside a measurement: as the device said it, or word that it cannot be one. */
export type SaidTime = DateTime | 'invalid';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function isDateTime({ year, month, day, hour, minute, second }: DateTime): boolean {
  const inCalendar = (year === 0 || (year >= 1582 && year <= 9999)) && month <= 12 && day <= 31;
  return inCalendar && hour <= 23 && minute <= 59 && second <= 59;
}

/** The seven octets of a time inside a measurement. */
export function readSaidTime(octets: OctetReader): SaidTime {
  const said = {
    year: octets.u16(),
    month: octets.u8(),
    day: octets.u8(),
    hour: octets.u8(),
    minute: octets.u8(),
    second: octets.u8(),
  };
  return isDateTime(said) ? said : 'invalid';
}

/** As `readSaidTime`, where the time is the point of the matter: refuses what cannot be one. */
export function readDateTime(octets: OctetReader): DateTime {
  const said = readSaidTime(octets);
  return said === 'invalid' ? refuse('out-of-range', 'date and time lie outside of the calendar') : said;
}

/** Seven octets; 'invalid' becomes seven times FF, as sent by devices that never had the time. */
export function writeSaidTime(time: SaidTime, octets: OctetWriter): void {
  if (time === 'invalid') octets.bytes([255, 255, 255, 255, 255, 255, 255]);
  else if (!isDateTime(time)) throw new RangeError('date and time lie outside of the calendar');
  else octets.u16(time.year).bytes([time.month, time.day, time.hour, time.minute, time.second]);
}

/** 2A08. */
export function decodeDateTime(bytes: Uint8Array): Decoded<DateTime> {
  return decodeWith(bytes, readDateTime);
}

/** 2A08, 7 octets. RangeError for a time outside of the calendar. */
export function encodeDateTime(time: DateTime): Uint8Array {
  const octets = new OctetWriter();
  writeSaidTime(time, octets);
  return octets.done();
}

/** Days of a month, 1 to 12, in the Gregorian calendar. */
function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * The moment of a wall-clock time that is `offsetMinutes` ahead of UTC, ms since 1970. Undefined where year, month
 * or day is unknown, the month has no such day, or the moment lies before 1970 or after 9999.
 */
export function toEpochMs(time: DateTime, offsetMinutes: number): number | undefined {
  const { year, month, day, hour, minute, second } = time;
  if (year === 0 || month === 0 || day === 0 || day > daysOfMonth(year, month)) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * MINUTE_MS;
  return ms >= 0 && ms <= TIME_MAX_MS ? ms : undefined;
}

/** The moment of a time inside a measurement, where the hub knows the offset; undefined where there is none. */
export function momentOf(time: SaidTime | undefined, offsetMinutes: number | undefined): number | undefined {
  if (time === undefined || time === 'invalid' || offsetMinutes === undefined) return undefined;
  return toEpochMs(time, offsetMinutes);
}

/**
 * What a wall clock `offsetMinutes` ahead of UTC shows at `epochMs` (0 to TIME_MAX_MS less a day): the inverse of
 * `toEpochMs` to the second. Counted in eras of 400 years, 146097 days, that begin on the 1st of March.
 */
export function dateTimeAt(epochMs: number, offsetMinutes: number): DateTime {
  const local = epochMs + offsetMinutes * MINUTE_MS;
  const days = Math.floor(local / DAY_MS);
  const seconds = Math.floor((local - days * DAY_MS) / 1000);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
  };
}
