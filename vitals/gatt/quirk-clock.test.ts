// Clocks as devices have them. The quirks are listed in docs/spec/gatt.md.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  decodeBloodPressure,
  decodeDateTime,
  decodeLocalTime,
  decodeSpotOximetry,
  encodeDateTime,
  measureBloodPressure,
  measureSpotOximetry,
  toEpochMs,
} from './index.ts';
import { decoded, refused } from './outcome.ts';

const CLOCK = { offsetMinutes: 0 };

describe('clocks', () => {
  const withTime = (time: string): Uint8Array => hexToBytes(`02 7900 4f00 5d00 ${time}`);
  const at = (time: string, offsetMinutes?: number): number | undefined => {
    const clock = offsetMinutes === undefined ? {} : { offsetMinutes };
    return measureBloodPressure(decoded(decodeBloodPressure(withTime(time))), clock)[0]?.at;
  };

  it('the zone is nowhere in it: an offset makes it a moment, without one it has none', () => {
    const noon = 'ea07 0b 15 0c 00 00';
    expect(at(noon, 60)).toBe(Date.parse('2026-11-21T11:00:00Z'));
    expect(at(noon, -330)).toBe(Date.parse('2026-11-21T17:30:00Z'));
    expect(at(noon)).toBeUndefined();
  });
  it('year 0, month 0 and day 0 are unknown: a time that is no moment', () => {
    for (const time of ['0000 0b 15 0c 00 00', 'ea07 00 15 0c 00 00', 'ea07 0b 00 0c 00 00']) {
      expect(at(time, 0)).toBeUndefined();
      expect(decodeDateTime(hexToBytes(time)).kind).toBe('decoded');
    }
  });
  it('years 1970 and 2094 are said as they are: whether to believe them is not for a decoder', () => {
    expect(at('b207 01 01 00 00 00', 0)).toBe(0);
    expect(at('2e08 01 01 00 00 00', 0)).toBe(Date.parse('2094-01-01T00:00:00Z'));
    expect(at('b207 01 01 00 00 00', 60)).toBeUndefined();
  });
  it('nonsense for a time does not cost the measurement', () => {
    for (const time of [
      'ffff ff ff ff ff ff',
      'ea07 0d 15 0c 00 00',
      'ea07 0b 15 18 00 00',
      '0100 01 01 00 00 00',
    ]) {
      const value = decoded(decodeBloodPressure(withTime(time)));
      expect(value.time).toBe('invalid');
      expect(measureBloodPressure(value, CLOCK)).toStrictEqual([
        { measurement: { kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 } },
      ]);
      expect(refused(decodeDateTime(hexToBytes(time)))).toBe('out-of-range');
    }
  });
  it('the 31st of November and the 29th of February 2100 are no moments', () => {
    const midnight = { hour: 0, minute: 0, second: 0 };
    expect(toEpochMs({ year: 2026, month: 11, day: 31, ...midnight }, 0)).toBeUndefined();
    expect(toEpochMs({ year: 2100, month: 2, day: 29, ...midnight }, 0)).toBeUndefined();
    expect(toEpochMs({ year: 2024, month: 2, day: 29, ...midnight }, 0)).toBe(Date.parse('2024-02-29'));
    expect(toEpochMs({ year: 2000, month: 2, day: 29, ...midnight }, 0)).toBe(Date.parse('2000-02-29'));
    expect(() => encodeDateTime({ year: 1500, month: 1, day: 1, ...midnight })).toThrow(RangeError);
  });
  it('clock not set flag: the oximeter has a time and does not mean it', () => {
    const time = 'ea07 0b 15 0c 00 00';
    const set = decoded(decodeSpotOximetry(hexToBytes(`01 6100 4800 ${time}`)));
    const unset = decoded(decodeSpotOximetry(hexToBytes(`11 6100 4800 ${time}`)));
    expect(measureSpotOximetry(set, CLOCK)[0]?.at).toBe(Date.parse('2026-11-21T12:00:00Z'));
    expect(measureSpotOximetry(unset, CLOCK)).toStrictEqual([
      { measurement: { kind: 'spo2', value: 97 } },
      { measurement: { kind: 'heart-rate', value: 72 } },
    ]);
  });
  it('zone -128 and daylight saving 255 are unknown, other oddities are refused', () => {
    expect(decoded(decodeLocalTime(hexToBytes('80 ff')))).toStrictEqual({});
    expect(decoded(decodeLocalTime(hexToBytes('fc 04')))).toStrictEqual({
      zoneMinutes: -60,
      daylightMinutes: 60,
    });
    expect(refused(decodeLocalTime(hexToBytes('39 00')))).toBe('out-of-range');
    expect(refused(decodeLocalTime(hexToBytes('00 03')))).toBe('reserved-value');
  });
});
