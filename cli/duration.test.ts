import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('duration', () => {
  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['60s', 60_000],
    ['1.5s', 1500],
    ['0.07m', 4200],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    '',
    '60',
    '0s',
    '-5s',
    '5 s',
    ' 5s',
    '5S',
    '5sec',
    '1h30m',
    's',
    '.5s',
    '1e3s',
    '0.5ms',
    '1.0000001h',
    '9'.repeat(13).concat('d'),
  ])('refuses %j', (text) => expect(parseDuration(text)).toBeUndefined());

  it('reads back what it formats', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 - 1 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
    expect(formatDuration(90_000)).toBe('90s');
    expect(formatDuration(3_600_000)).toBe('1h');
  });
});
