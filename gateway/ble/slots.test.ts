import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSlots, type Wearable } from './slots.ts';

const RULES = { slots: 5, turnMs: 30_000 };
const TICK_MS = 5_000;

type One = { id: string; kind: 'live' | 'spot'; heldSinceMs?: number; servedMs?: number; saysForMs: number };

/** Plays a home for a while: a link takes a tick to end, a spot device says what it has to say and waits again. */
function play(
  home: One[],
  ticks: number,
  rules = RULES,
): { heldMax: number; waitMaxMs: number; interruptions: Map<string, number> } {
  let heldMax = 0;
  let waitMaxMs = 0;
  const interruptions = new Map<string, number>();
  const waitingSince = new Map(home.map(({ id }) => [id, 0]));
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = tick * TICK_MS;
    const seen: Wearable[] = home.map((one) => ({
      ...one,
      wants: true,
      idle: false,
      done: one.kind === 'spot' && one.heldSinceMs !== undefined && nowMs - one.heldSinceMs >= one.saysForMs,
    }));
    const { connect, release } = planSlots(seen, rules, nowMs);
    for (const one of home) {
      if (release.includes(one.id)) {
        if (one.kind === 'live') interruptions.set(one.id, (interruptions.get(one.id) ?? 0) + 1);
        one.servedMs = nowMs;
        delete one.heldSinceMs;
        waitingSince.set(one.id, nowMs);
      }
      if (connect.includes(one.id)) {
        waitMaxMs = Math.max(waitMaxMs, nowMs - (waitingSince.get(one.id) as number));
        one.heldSinceMs = nowMs;
      }
    }
    heldMax = Math.max(heldMax, home.filter((one) => one.heldSinceMs !== undefined).length);
  }
  for (const one of home)
    if (one.heldSinceMs === undefined)
      waitMaxMs = Math.max(waitMaxMs, ticks * TICK_MS - (waitingSince.get(one.id) as number));
  return { heldMax, waitMaxMs, interruptions };
}

const home = fc
  .array(
    fc.record({
      kind: fc.constantFrom('live' as const, 'spot' as const),
      saysForMs: fc.integer({ min: 1000, max: 300_000 }),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .map((all) => all.map((one, n): One => ({ id: `wearable-${String(n).padStart(2, '0')}`, ...one })));

describe('connection slots', () => {
  it('are never exceeded, and nobody starves', () => {
    fc.assert(
      fc.property(home, (all) => {
        const count = all.length;
        const { heldMax, waitMaxMs } = play(all, 300);
        expect(heldMax).toBeLessThanOrEqual(RULES.slots);
        // At worst all take turns in one slot: a turn each, and a tick to change over.
        expect(waitMaxMs).toBeLessThanOrEqual(count * (RULES.turnMs + 2 * TICK_MS));
      }),
      { numRuns: 100 },
    );
  });

  it('are kept by the streams that began first: all but one slot', () => {
    fc.assert(
      fc.property(home, (all) => {
        const { interruptions } = play(all, 300);
        const live = all.filter((one) => one.kind === 'live');
        const never = live.filter((one) => !interruptions.has(one.id));
        expect(never.length).toBeGreaterThanOrEqual(Math.min(live.length, RULES.slots - 1));
      }),
      { numRuns: 100 },
    );
  });

  it('20 wearables share 5: four straps stream on without a pause, sixteen others come in turn', () => {
    const all = Array.from(
      { length: 20 },
      (_, n): One => ({
        id: `w${String(n).padStart(2, '0')}`,
        kind: n < 4 ? 'live' : 'spot',
        saysForMs: 10_000,
      }),
    );
    const { interruptions, waitMaxMs } = play(all, 400);
    expect(interruptions.size).toBe(0);
    expect(all.slice(4).every((one) => one.servedMs !== undefined || one.heldSinceMs !== undefined)).toBe(
      true,
    );
    expect(waitMaxMs).toBeLessThan(16 * 20_000);
  });

  it('a cuff that is silent stays while nobody waits, and goes when somebody does, or after long', () => {
    const cuff: Wearable = { id: 'cuff', kind: 'spot', wants: true, heldSinceMs: 0, done: true, idle: false };
    const other: Wearable = { id: 'other', kind: 'spot', wants: true, done: false, idle: false };
    const one = { slots: 1, turnMs: 30_000 };
    expect(planSlots([cuff], one, 9_000).release).toEqual([]);
    expect(planSlots([cuff, other], one, 9_000).release).toEqual(['cuff']);
    expect(planSlots([{ ...cuff, idle: true }], one, 60_000).release).toEqual(['cuff']);
  });

  it('are all used by streams while nobody waits', () => {
    const held = Array.from(
      { length: 5 },
      (_, n): Wearable => ({
        id: `s${n}`,
        kind: 'live',
        wants: true,
        heldSinceMs: n,
        done: false,
        idle: false,
      }),
    );
    expect(planSlots(held, RULES, 1e9)).toEqual({ connect: [], release: [] });
    const cuff: Wearable = { id: 'cuff', kind: 'spot', wants: true, done: false, idle: false };
    expect(planSlots([...held, cuff], RULES, 1e9)).toEqual({ connect: [], release: ['s4'] });
  });
});
