// Clocks to moments and back.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  currentTimeAt,
  type DateTime,
  dateTimeAt,
  decodeCgmSessionStart,
  encodeCurrentTime,
  encodeLocalTime,
  localOffsetMinutes,
  sessionStartMs,
  toEpochMs,
} from './index.ts';

const offset = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15);
/** Seconds of 1971 to 9998: whatever the offset, a year of the calendar. */
const moment = fc.integer({ min: 31_536_000, max: 253_370_764_799 }).map((seconds) => seconds * 1000);

function fromDate(date: Date): DateTime {
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

describe('a wall clock', () => {
  it('shows what a Date shows', () => {
    fc.assert(
      fc.property(moment, offset, (at, minutes) => {
        expect(dateTimeAt(at, minutes)).toEqual(fromDate(new Date(at + minutes * 60_000)));
      }),
      { numRuns: 2000 },
    );
  });

  it('and an offset give the moment back', () => {
    fc.assert(
      fc.property(moment, offset, (at, minutes) => {
        expect(toEpochMs(dateTimeAt(at, minutes), minutes)).toBe(at);
      }),
      { numRuns: 2000 },
    );
  });

  it('knows the ends of February', () => {
    for (const day of ['1972-02-29', '2000-02-29', '2000-03-01', '2100-02-28', '2100-03-01', '2026-12-31']) {
      expect(dateTimeAt(Date.parse(day), 0)).toEqual(fromDate(new Date(day)));
    }
  });
});

describe('Current Time, as the hub writes it', () => {
  it('octet by octet: 2026-11-21T12:34:56.5 in UTC is a Saturday an hour later in Vienna', () => {
    const written = encodeCurrentTime(currentTimeAt(Date.parse('2026-11-21T12:34:56.500Z'), 60));
    expect(written).toEqual(hexToBytes('ea07 0b 15 0d 22 38 06 80 02'));
  });

  it('has the day of the week of a Date', () => {
    fc.assert(
      fc.property(moment, offset, (at, minutes) => {
        const day = new Date(at + minutes * 60_000).getUTCDay();
        expect(currentTimeAt(at, minutes).weekday).toBe(day === 0 ? 7 : day);
      }),
    );
  });
});

describe('Local Time', () => {
  it('is an offset where both parts are known', () => {
    expect(localOffsetMinutes({ zoneMinutes: 60, daylightMinutes: 60 })).toBe(120);
    expect(localOffsetMinutes({ zoneMinutes: 60 })).toBeUndefined();
    expect(localOffsetMinutes({ daylightMinutes: 0 })).toBeUndefined();
  });

  it('refuses to write what it has no code for', () => {
    for (const value of [{ zoneMinutes: 7 }, { zoneMinutes: 900 }, { daylightMinutes: 15 }]) {
      expect(() => encodeLocalTime(value)).toThrow(RangeError);
    }
  });
});

describe('the start of a session', () => {
  it('is a moment by its own zone, and refused with a wrong CRC', () => {
    const start = decodeCgmSessionStart(hexToBytes('ea07 0b 15 0d 00 00 04 00'));
    expect(start).toMatchObject({ kind: 'decoded', value: { checked: false } });
    if (start.kind === 'decoded')
      expect(sessionStartMs(start.value)).toBe(Date.parse('2026-11-21T12:00:00Z'));
    const bad = decodeCgmSessionStart(hexToBytes('ea07 0b 15 0d 00 00 04 00 0000'));
    expect(bad).toMatchObject({ kind: 'refused', reason: 'bad-crc' });
  });
});
