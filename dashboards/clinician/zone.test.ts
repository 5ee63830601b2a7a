import { describe, expect, it } from 'vitest';
import { otherClock } from './zone.ts';

const NOON = Date.UTC(2026, 10, 21, 12, 5);

describe('the patient’s clock', () => {
  it('is said where it shows another time than the viewer’s', () => {
    expect(otherClock(NOON, 'Europe/Berlin', 'Europe/London')).toBe('13:05 in Europe/Berlin');
    expect(otherClock(NOON, 'America/New_York', 'Europe/London')).toBe('07:05 in America/New York');
    expect(otherClock(NOON, 'Pacific/Auckland', 'Europe/London')).toBe(
      '2026-11-22 01:05 in Pacific/Auckland',
    );
  });

  it('is not said where it shows the same, whatever the zones are called', () => {
    expect(otherClock(NOON, 'Europe/Berlin', 'Europe/Madrid')).toBeUndefined();
    expect(otherClock(NOON, undefined, 'Europe/Madrid')).toBeUndefined();
    expect(otherClock(NOON, 'Mars/Olympus', 'Europe/Madrid')).toBeUndefined();
  });
});
