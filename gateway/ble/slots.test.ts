import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSlots, type Wearable } from './slots.ts';

const RULES = { slots: 5, turnMs: 30_000 };
const TICK_MS = 5_000;
const HCI0 = ['hci0'];

type One = {
  id: string;
  kind: 'live' | 'spot';
  /** The adapters that hear it. */
  heardBy: readonly string[];
  held?: { by: string; sinceMs: number };
  servedMs?: number;
  saysForMs: number;
};

type Played = { heldMax: number; waitMaxMs: number; interruptions: Map<string, number>; served: Set<string> };

/** Plays a home for a while: a link takes a tick to end, a spot device says what it has to say and waits again. */
function play(home: One[], ticks: number, rules = RULES): Played {
  let heldMax = 0;
  let waitMaxMs = 0;
  const interruptions = new Map<string, number>();
  const served = new Set<string>();
  const leaving = new Set<One>();
  const waitingSince = new Map(home.map(({ id }) => [id, 0]));
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = tick * TICK_MS;
    const seen = home.map(
      (one): Wearable => ({
        ...one,
        wants: one.held === undefined ? one.heardBy : [],
        leaves: leaving.has(one),
        idle: false,
        done: one.kind === 'spot' && one.held !== undefined && nowMs - one.held.sinceMs >= one.saysForMs,
      }),
    );
    for (const one of leaving) {
      one.servedMs = nowMs;
      delete one.held;
      waitingSince.set(one.id, nowMs);
    }
    leaving.clear();
    const { connect, release } = planSlots(seen, rules, nowMs);
    for (const one of home) {
      if (release.includes(one.id)) {
        expect(one.held).toBeDefined();
        if (one.kind === 'live') interruptions.set(one.id, (interruptions.get(one.id) ?? 0) + 1);
        leaving.add(one);
      }
      const by = connect.find(({ id }) => id === one.id)?.adapter;
      if (by === undefined) continue;
      expect(one.heardBy).toContain(by);
      waitMaxMs = Math.max(waitMaxMs, nowMs - (waitingSince.get(one.id) as number));
      one.held = { by, sinceMs: nowMs };
      served.add(one.id);
    }
    for (const adapter of ['hci0', 'hci1', 'hci2'])
      heldMax = Math.max(heldMax, home.filter((one) => one.held?.by === adapter).length);
  }
  for (const one of home)
    if (one.held === undefined)
      waitMaxMs = Math.max(waitMaxMs, ticks * TICK_MS - (waitingSince.get(one.id) as number));
  return { heldMax, waitMaxMs, interruptions, served };
}

const homeHeardBy = (adapters: fc.Arbitrary<readonly string[]>): fc.Arbitrary<One[]> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom('live' as const, 'spot' as const),
        heardBy: adapters,
        saysForMs: fc.integer({ min: 1000, max: 300_000 }),
      }),
      { minLength: 1, maxLength: 24 },
    )
    .map((all) => all.map((one, n): One => ({ id: `wearable-${String(n).padStart(2, '0')}`, ...one })));
const home = homeHeardBy(fc.constant(HCI0));

/** In no state of its own. */
const asked = (one: Pick<Wearable, 'id' | 'kind'> & Partial<Wearable>): Wearable => ({
  wants: one.held === undefined ? HCI0 : [],
  leaves: false,
  done: false,
  idle: false,
  ...one,
});

describe('connection slots', () => {
  it('are never exceeded, and nobody starves', () => {
    fc.assert(
      fc.property(home, (all) => {
        const count = all.length;
        const { heldMax, waitMaxMs } = play(all, 300);
        expect(heldMax).toBeLessThanOrEqual(RULES.slots);
        // At worst all take turns in one slot: a turn each, and a tick to change over.
        expect(waitMaxMs).toBeLessThanOrEqual(count * (RULES.turnMs + 3 * TICK_MS));
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
        heardBy: HCI0,
        saysForMs: 10_000,
      }),
    );
    const { interruptions, waitMaxMs, served } = play(all, 400);
    expect(interruptions.size).toBe(0);
    expect(served.size).toBe(20);
    expect(waitMaxMs).toBeLessThan(16 * 20_000);
  });

  it('a cuff that is silent stays while nobody waits, and goes when somebody does, or after long', () => {
    const cuff = asked({ id: 'cuff', kind: 'spot', held: { by: 'hci0', sinceMs: 0 }, done: true });
    const other = asked({ id: 'other', kind: 'spot' });
    const one = { slots: 1, turnMs: 30_000 };
    expect(planSlots([cuff], one, 9_000).release).toEqual([]);
    expect(planSlots([cuff, other], one, 9_000).release).toEqual(['cuff']);
    expect(planSlots([{ ...cuff, idle: true }], one, 60_000).release).toEqual(['cuff']);
  });

  const fiveStreams = Array.from({ length: 5 }, (_, n) =>
    asked({ id: `s${n}`, kind: 'live', held: { by: 'hci0', sinceMs: n } }),
  );

  it('are all used by streams while nobody waits', () => {
    expect(planSlots(fiveStreams, RULES, 1e9)).toEqual({ connect: [], release: [] });
    const cuff = asked({ id: 'cuff', kind: 'spot' });
    expect(planSlots([...fiveStreams, cuff], RULES, 1e9)).toEqual({ connect: [], release: ['s4'] });
  });

  it('of a device that is on its way out are waited for: nobody else is let go for them', () => {
    const leaving = [...fiveStreams.slice(0, 4), { ...(fiveStreams[4] as Wearable), leaves: true }];
    const cuff = asked({ id: 'cuff', kind: 'spot' });
    expect(planSlots([...leaving, cuff], RULES, 1e9)).toEqual({ connect: [], release: [] });
    const second = asked({ id: 'second', kind: 'spot' });
    const spot = asked({ id: 'spot', kind: 'spot', held: { by: 'hci0', sinceMs: 9 } });
    const all = [...leaving.slice(1), spot, cuff, second];
    expect(planSlots(all, RULES, 1e9).release).toEqual(['spot']);
  });

  it('of an adapter that does not hear a device are none for it', () => {
    const cuffs = ['a', 'b', 'c'].map((id) => asked({ id, kind: 'spot' }));
    // hci1 has all of its slots, and hears nobody.
    expect(planSlots([...fiveStreams, ...cuffs], RULES, 1e9)).toEqual({ connect: [], release: ['s4'] });
    const there = asked({ id: 'z', kind: 'spot', wants: ['hci1'] });
    expect(planSlots([...fiveStreams, ...cuffs, there], RULES, 1e9).connect).toEqual([
      { id: 'z', adapter: 'hci1' },
    ]);
    const both = asked({ id: 'both', kind: 'live', wants: ['hci0', 'hci1'] });
    expect(planSlots([...fiveStreams, both], RULES, 1e9)).toEqual({
      connect: [{ id: 'both', adapter: 'hci1' }],
      release: [],
    });
  });

  it('are never exceeded at any of three adapters, and nobody starves behind one that is full', () => {
    const some = fc.subarray(['hci0', 'hci1', 'hci2'], { minLength: 1 });
    fc.assert(
      fc.property(homeHeardBy(some), (all) => {
        const count = all.length;
        const { heldMax, waitMaxMs } = play(all, 300, { slots: 2, turnMs: 30_000 });
        expect(heldMax).toBeLessThanOrEqual(2);
        expect(waitMaxMs).toBeLessThanOrEqual(count * (RULES.turnMs + 3 * TICK_MS));
      }),
      { numRuns: 60 },
    );
  });

  it('of several adapters the one that hears a device well connects it, though another is emptier', () => {
    const near = (id: string, dbm: readonly (readonly [string, number])[]): Wearable => ({
      id,
      kind: 'spot',
      wants: ['hci0', 'hci1'],
      heard: new Map(dbm),
      leaves: false,
      done: false,
      idle: false,
    });
    const held = ['a', 'b', 'c'].map(
      (id, n): Wearable => ({
        ...near(id, []),
        wants: [],
        held: { by: 'hci0', sinceMs: n },
      }),
    );
    const chosen = (one: Wearable, slots = 5): unknown =>
      planSlots([...held, one], { slots, turnMs: 30_000 }, 10).connect;
    // At the other end of the house.
    const far = near('far', [
      ['hci0', -60],
      ['hci1', -88],
    ]);
    expect(chosen(far)).toEqual([{ id: 'far', adapter: 'hci0' }]);
    // As well as it can: there is no room at the better one.
    expect(chosen(far, 3)).toEqual([{ id: 'far', adapter: 'hci1' }]);
    // Heard alike, or not told: the emptier one.
    const alike = near('alike', [
      ['hci0', -60],
      ['hci1', -66],
    ]);
    expect(chosen(alike)).toEqual([{ id: 'alike', adapter: 'hci1' }]);
    expect(chosen(near('untold', []))).toEqual([{ id: 'untold', adapter: 'hci1' }]);
    expect(chosen(near('half', [['hci0', -60]]))).toEqual([{ id: 'half', adapter: 'hci0' }]);
  });

  it('a turn in which records are on their way may be made longer', () => {
    const of = (patience: number): Wearable => ({
      id: 'meter',
      kind: 'spot',
      wants: [],
      leaves: false,
      done: false,
      idle: false,
      patience,
      held: { by: 'hci0', sinceMs: 0 },
    });
    const waits: Wearable = {
      id: 'scale',
      kind: 'spot',
      wants: ['hci0'],
      leaves: false,
      done: false,
      idle: false,
    };
    const released = (patience: number, nowMs: number): readonly string[] =>
      planSlots([of(patience), waits], { slots: 1, turnMs: 30_000 }, nowMs).release;
    expect([released(1, 31_000), released(2, 31_000), released(2, 61_000)]).toEqual([
      ['meter'],
      [],
      ['meter'],
    ]);
  });
});
