import { describe, expect, it } from 'vitest';
import { formatAge, formatAgo } from './age.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('formatAge', () => {
  it.each([
    [-5_000, '0 s'],
    [0, '0 s'],
    [999, '0 s'],
    [3_999, '3 s'],
    [2 * MINUTE - 1, '119 s'],
    [2 * MINUTE, '2 min'],
    [12.9 * MINUTE, '12 min'],
    [2 * HOUR - 1, '119 min'],
    [31 * HOUR + 59 * MINUTE, '31 h'],
    [72 * HOUR - 1, '71 h'],
    [72 * HOUR, '3 d'],
    [400 * 24 * HOUR, '400 d'],
  ])('%d ms is %s', (ageMs, text) => {
    expect(formatAge(ageMs)).toBe(text);
  });
});

describe('formatAgo', () => {
  it('says "just now" only below two seconds', () => {
    expect(formatAgo(1_999)).toBe('just now');
    expect(formatAgo(2_000)).toBe('2 s ago');
  });
});
