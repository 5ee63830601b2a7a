import { KIND_NAMES } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { heartRate, NOW } from './feed-sample.ts';
import { freshness, isHistory, LIMITS, measuredAt } from './freshness.ts';

const HOUR = 3_600_000;

describe('freshness', () => {
  it('is live, then delayed, then stale', () => {
    expect(freshness('heart-rate', 0)).toBe('live');
    expect(freshness('heart-rate', 15_000)).toBe('live');
    expect(freshness('heart-rate', 15_001)).toBe('delayed');
    expect(freshness('heart-rate', 60_001)).toBe('stale');
  });

  it('knows that a cuff is slow', () => {
    expect(freshness('blood-pressure', HOUR)).toBe('live');
    expect(freshness('blood-pressure', 13 * HOUR)).toBe('stale');
  });

  it('has limits in order for every kind', () => {
    for (const kind of KIND_NAMES) {
      expect(LIMITS[kind].liveMs).toBeGreaterThan(0);
      expect(LIMITS[kind].staleMs).toBeGreaterThan(LIMITS[kind].liveMs);
    }
  });
});

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

  it('never lets a device clock that runs ahead freshen a number', () => {
    const ahead = heartRate('1.1.0', NOW, { at: NOW + 31 * HOUR });
    expect(isHistory(ahead)).toBe(false);
    expect(measuredAt(ahead)).toBe(NOW);
  });
});
