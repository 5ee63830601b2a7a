import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELAY_BOUNDS_MS, Delays, delayAt, LEGS } from './delays.ts';

describe('the delays of the legs', () => {
  it('are counted in the first bucket that holds them, bounds included', () => {
    const delays = new Delays();
    for (const ms of [0, 1, 1.1, 1_000, 1_001, 40_000, -5]) delays.observe('store', ms);
    delays.observe('store', 7, 3);
    const { counts, count, sumMs } = delays.of('store');
    const at = (bound: number): number | undefined => counts[DELAY_BOUNDS_MS.indexOf(bound)];
    expect([at(1), at(2), at(10), at(1_000), at(2_000), counts.at(-1)]).toEqual([3, 1, 3, 1, 1, 1]);
    expect(count).toBe(10);
    expect(sumMs).toBeCloseTo(0 + 1 + 1.1 + 1_000 + 1_001 + 40_000 + 21);
    expect(delays.of('page').count).toBe(0);
  });

  it('are the same whichever thread counted them', () => {
    const noted = fc.array(
      fc.tuple(fc.constantFrom(...LEGS), fc.integer({ min: 0, max: 100_000 }), fc.boolean()),
    );
    fc.assert(
      fc.property(noted, (all) => {
        const [one, here, there] = [new Delays(), new Delays(), new Delays()];
        for (const [leg, ms, far] of all) {
          one.observe(leg, ms);
          (far ? there : here).observe(leg, ms);
          if (ms % 3 === 0) here.add(structuredClone(there.take() ?? new Map()));
        }
        here.add(there.take() ?? new Map());
        expect(there.take()).toBeUndefined();
        for (const leg of LEGS) expect(here.of(leg)).toEqual(one.of(leg));
      }),
    );
  });

  it('say how long most of them took', () => {
    const delays = new Delays();
    expect(delayAt(delays.of('feed'), 0.5)).toBeUndefined();
    delays.observe('feed', 4, 98);
    delays.observe('feed', 900);
    delays.observe('feed', 60_000);
    expect(delayAt(delays.of('feed'), 0.5)).toBe(5);
    expect(delayAt(delays.of('feed'), 0.99)).toBe(1_000);
    expect(delayAt(delays.of('feed'), 1)).toBe(Number.POSITIVE_INFINITY);
  });
});
