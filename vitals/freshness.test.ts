import { describe, expect, it } from 'vitest';
import { FRESHNESS, freshness } from './freshness.ts';
import { KIND_NAMES } from './kind.ts';

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
      expect(FRESHNESS[kind].liveMs).toBeGreaterThan(0);
      expect(FRESHNESS[kind].staleMs).toBeGreaterThan(FRESHNESS[kind].liveMs);
    }
  });
});
