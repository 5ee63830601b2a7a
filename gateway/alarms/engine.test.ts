// The engine over random streams of several conditions, patients and people: what is promised of one episode holds of all
// of them together, and a draft that is thrown away has changed nothing.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observed, Priority } from './condition.ts';
import { type Alarm, AlarmEngine, type AlarmNotice } from './engine.ts';
import type { Evidence } from './episode.ts';
import { toFeedAlarms } from './feed-alarm.ts';

const CONDITIONS = ['heart-rate-very-high', 'heart-rate-high', 'spo2-low'] as const;
const PRIORITY: Readonly<Record<string, Priority>> = {
  'heart-rate-very-high': 'high',
  'heart-rate-high': 'medium',
  'spo2-low': 'medium',
};
const observed = (id: string, evidence: Evidence, priority = PRIORITY[id] as Priority): Observed => ({
  id,
  priority,
  timing: { raiseAfterMs: 3000, clearAfterMs: 5000, latching: priority === 'high' },
  evidence,
  facts: {},
});

type Step =
  | { readonly do: 'look'; readonly slot: number; readonly evidence: readonly (Evidence | 'gone')[] }
  | {
      readonly do: 'acknowledge';
      readonly slot: number;
      readonly conditions: readonly string[];
      readonly minutes: number | undefined;
      readonly outlasts: boolean;
    };

const evidence = fc.constantFrom<Evidence | 'gone'>(
  'violated',
  'violated',
  'violated',
  'between',
  'clear',
  'clear',
  'unknown',
  'gone',
);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('look' as const),
        slot: fc.integer({ min: 1, max: 2 }),
        evidence: fc.array(evidence, { minLength: 3, maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('acknowledge' as const),
        slot: fc.integer({ min: 1, max: 2 }),
        conditions: fc.subarray([...CONDITIONS], { minLength: 1 }),
        minutes: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }),
        outlasts: fc.boolean(),
      }),
    },
  ),
  { maxLength: 150 },
);

const START = 1_795_262_400_000;

/** Plays steps two seconds apart, each on a draft, as the watch does. `between` is what happens to the engine then. */
function play(all: readonly Step[], between = (engine: AlarmEngine): AlarmEngine => engine) {
  let engine = new AlarmEngine();
  const trace: { step: Step; nowMs: number; notices: AlarmNotice[]; alarms: readonly Alarm[] }[] = [];
  for (const [i, step] of all.entries()) {
    const nowMs = START + i * 2000;
    const draft = between(engine).draft();
    let notices: AlarmNotice[] = [];
    try {
      notices =
        step.do === 'look'
          ? draft.observe(step.slot, seenOf(step), nowMs)
          : step.conditions.flatMap((condition) =>
              draft.acknowledge(step.slot, condition, {
                by: 'somebody',
                atMs: nowMs,
                why: 'seen',
                untilMs: step.minutes && nowMs + step.minutes * 60_000,
                outlasts: step.outlasts,
              }),
            );
      engine = draft;
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    trace.push({ step, nowMs, notices, alarms: [...engine.all()] });
  }
  return trace;
}

const seenOf = ({ evidence: seen }: Extract<Step, { do: 'look' }>): Observed[] =>
  CONDITIONS.flatMap((id, i) => (seen[i] === 'gone' ? [] : [observed(id, seen[i] as Evidence)]));

describe('over random streams', () => {
  it('never raises two alarms for one episode, of any condition of any patient', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const open = new Map<string, number>();
        const last = new Map<string, number>();
        for (const { notices } of play(all))
          for (const { slot, condition, change, episode } of notices) {
            const key = `${slot} ${condition}`;
            if (change === 'raised') {
              expect(open.has(key)).toBe(false);
              expect(episode).toBe((last.get(key) ?? 0) + 1);
              open.set(key, episode);
              last.set(key, episode);
            } else expect(open.get(key)).toBe(episode);
            if (change === 'ended') open.delete(key);
          }
      }),
    );
  });

  it('is never silent while a high condition holds, but by somebody, for an hour at most, and of that episode alone', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { alarms, nowMs } of play(all))
          for (const { priority, state } of alarms) {
            if (priority !== 'high') continue;
            if (state.presence === 'off') expect(state.snoozed).toBeUndefined();
            if (state.presence !== 'acknowledged') continue;
            expect(state.acknowledgement.untilMs).toBeLessThanOrEqual(nowMs + 3_600_000);
            expect(state.acknowledgement.atMs).toBeGreaterThanOrEqual(state.raisedMs);
          }
      }),
    );
  });

  it('goes on after a restart at any step as if there had been none', () => {
    const restart = (engine: AlarmEngine): AlarmEngine =>
      new AlarmEngine(JSON.parse(JSON.stringify([...engine.all()])));
    fc.assert(
      fc.property(steps, (all) => {
        const told = (trace: ReturnType<typeof play>) => trace.flatMap(({ notices }) => notices);
        // What is put away as JSON has no fields that are undefined.
        expect(JSON.stringify(told(play(all, restart)))).toBe(JSON.stringify(told(play(all))));
      }),
      { numRuns: 60 },
    );
  });

  it('knows nothing of a draft that was thrown away', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const spoil = (engine: AlarmEngine): AlarmEngine => {
          const before = JSON.stringify([...engine.all()]);
          const draft = engine.draft();
          for (const slot of [1, 2])
            draft.observe(
              slot,
              CONDITIONS.map((id) => observed(id, 'violated')),
              START + 1e9,
            );
          expect(JSON.stringify([...engine.all()])).toBe(before);
          return engine;
        };
        expect(play(all, spoil).flatMap(({ notices }) => notices)).toEqual(
          play(all).flatMap(({ notices }) => notices),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('one that becomes more urgent than when somebody knew of it', () => {
  it('is an alarm again at once', () => {
    const engine = new AlarmEngine();
    const look = (second: number, priority: Priority): string[] =>
      engine
        .observe(1, [observed('trend', 'violated', priority)], START + second * 1000)
        .map(({ change }) => change);
    look(0, 'medium');
    expect(look(3, 'medium')).toEqual(['raised']);
    engine.acknowledge(1, 'trend', { by: 'nurse', atMs: START + 4000, why: 'known' });
    expect(look(5, 'medium')).toEqual([]);
    expect(look(6, 'high')).toEqual(['resumed']);
    expect(engine.of(1)).toMatchObject([{ priority: 'high', state: { presence: 'on' } }]);
  });
});

describe('what is said of one', () => {
  const engine = new AlarmEngine();
  const look = (second: number, seen: Evidence, value: number): AlarmNotice[] =>
    engine.observe(
      1,
      [{ ...observed('heart-rate-very-high', seen), facts: { limit: 150, value } }],
      START + second * 1000,
    );
  const facts = (): unknown => engine.of(1)[0]?.facts;

  it('is the number that raised it, whatever becomes of it', () => {
    look(0, 'violated', 151);
    expect(look(3, 'violated', 172)).toMatchObject([{ change: 'raised', facts: { value: 172 } }]);
    engine.acknowledge(1, 'heart-rate-very-high', {
      by: 'nurse',
      atMs: START + 4000,
      why: 'seen',
      untilMs: START + 60_000,
    });
    const resumed = { change: 'resumed', was: 'acknowledged', facts: { value: 172 } };
    expect(look(60, 'violated', 160)).toMatchObject([resumed]);
    look(61, 'clear', 80);
    expect(look(66, 'clear', 81)).toMatchObject([{ change: 'over', facts: { value: 172 } }]);
    expect(facts()).toEqual({ limit: 150, value: 172 });
    look(70, 'violated', 155);
    expect(look(73, 'violated', 156)).toMatchObject([{ ...resumed, was: 'latched' }]);
    expect(facts()).toEqual({ limit: 150, value: 172 });
  });
  it('is since when nobody knows of it again, until somebody does', () => {
    const since = (): unknown => toFeedAlarms(engine.of(1))[0]?.since;
    expect(since()).toBe(START + 60_000);
    look(80, 'clear', 80);
    look(85, 'clear', 80);
    expect(toFeedAlarms(engine.of(1))).toMatchObject([{ presence: 'latched', since: START + 60_000 }]);
    engine.acknowledge(1, 'heart-rate-very-high', { by: 'nurse', atMs: START + 90_000, why: 'seen' });
    look(100, 'violated', 165);
    look(103, 'violated', 166);
    expect(facts()).toEqual({ limit: 150, value: 166 });
    expect(since()).toBe(undefined);
  });
});

describe('to be told again', () => {
  const raised = (id: string): AlarmEngine => {
    const engine = new AlarmEngine();
    for (const second of [0, 3]) engine.observe(1, [observed(id, 'violated')], START + second * 1000);
    return engine;
  };
  const by = { by: 'nurse', atMs: START + 4000, why: 'asleep', outlasts: true };

  it('needs a time, and an alarm that is not over', () => {
    const engine = raised('heart-rate-very-high');
    expect(() => engine.acknowledge(1, 'heart-rate-very-high', by)).toThrow(/an hour at most/);
    expect(() => raised('spo2-low').acknowledge(1, 'spo2-low', by)).toThrow(/told again/);
    for (const second of [5, 10])
      engine.observe(1, [observed('heart-rate-very-high', 'clear')], START + second * 1000);
    expect(() => engine.acknowledge(1, 'heart-rate-very-high', { ...by, untilMs: START + 60_000 })).toThrow(
      /acknowledge it/,
    );
  });
  it('is said with its author when the next episode begins before then', () => {
    const engine = raised('spo2-low');
    engine.acknowledge(1, 'spo2-low', { ...by, untilMs: START + 600_000 });
    const told: string[] = [];
    for (const [second, seen] of [
      [5, 'clear'],
      [10, 'clear'],
      [20, 'violated'],
      [23, 'violated'],
      [600, 'violated'],
    ] as const)
      for (const { change, acknowledgement } of engine.observe(
        1,
        [observed('spo2-low', seen)],
        START + second * 1000,
      ))
        told.push(`${change} ${acknowledgement?.by ?? ''}`.trim());
    expect(told).toEqual(['over', 'ended', 'raised', 'acknowledged nurse', 'resumed']);
  });
});
