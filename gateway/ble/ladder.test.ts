import { describe, expect, it } from 'vitest';
import { climb, type LadderState, WELL } from './ladder.ts';

describe('the ladder of an adapter that hangs', () => {
  it('goes rescan, power cycle, other adapter, alarm, and the alarm comes within 90 s', () => {
    let state: LadderState = WELL;
    const taken: [string, number][] = [];
    for (let nowMs = 1_000; nowMs <= 300_000; nowMs += 1_000) {
      const next = climb(state, false, nowMs);
      state = next.state;
      if (next.act) taken.push([state.rung, nowMs - 1_000]);
    }
    expect(taken.slice(0, 4).map(([rung]) => rung)).toEqual([
      'rescan',
      'power-cycle',
      'other-adapter',
      'alarm',
    ]);
    expect(taken[3]?.[1]).toBeLessThanOrEqual(90_000);
    // It goes on trying.
    expect(taken.length).toBeGreaterThan(5);
  });

  it('comes down at once when the adapter answers, and says so once', () => {
    const up: LadderState = { rung: 'alarm', sinceMs: 1, takenMs: 2 };
    expect(climb(up, true, 10)).toEqual({ state: WELL, act: true });
    expect(climb(WELL, true, 11)).toEqual({ state: WELL, act: false });
  });

  it('does nothing about a single slip', () => {
    const slip = climb(WELL, false, 1_000);
    expect(slip.act).toBe(false);
    expect(climb(slip.state, true, 3_000)).toEqual({ state: WELL, act: false });
  });
});
