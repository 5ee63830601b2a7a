import { describe, expect, it } from 'vitest';
import { heartRate, NOW } from './feed-sample.ts';
import { isHistory, measuredAt } from './freshness.ts';

const HOUR = 3_600_000;

describe('measuredAt', () => {
  it('is the receive time without a device clock, or with one that is about right', () => {
    expect(measuredAt(heartRate('1.1.0', NOW))).toBe(NOW);
    expect(measuredAt(heartRate('1.1.0', NOW, { at: NOW - 4_000 }))).toBe(NOW);
  });

  it('is the device time for what was caught up', () => {
    const late = heartRate('1.1.0', NOW, { at: NOW - 31 * HOUR });
    expect(isHistory(late)).toBe(true);
    expect(measuredAt(late)).toBe(NOW - 31 * HOUR);
  });

  it('is the receive time of what the hub takes to be of the present, whatever the device says', () => {
    const slow = heartRate('1.1.0', NOW, { at: NOW - 31 * HOUR, present: true });
    expect(isHistory(slow)).toBe(false);
    expect(measuredAt(slow)).toBe(NOW);
  });

  it('never lets a device clock that runs ahead freshen a number', () => {
    const ahead = heartRate('1.1.0', NOW, { at: NOW + 31 * HOUR });
    expect(isHistory(ahead)).toBe(false);
    expect(measuredAt(ahead)).toBe(NOW);
  });
});
