import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlarmChange,
  type AlarmState,
  type AlarmTiming,
  acknowledge,
  type Evidence,
  observe,
  QUIET,
} from './episode.ts';

const timing: AlarmTiming = { raiseAfterMs: 6000, clearAfterMs: 10_000, latching: true };

/** Runs evidence given as [second, evidence], and says what happened, when. */
function run(
  steps: readonly (readonly [second: number, evidence: Evidence])[],
  options: AlarmTiming = timing,
  start: AlarmState = QUIET,
): { state: AlarmState; told: string[] } {
  const told: string[] = [];
  let state = start;
  for (const [second, evidence] of steps) {
    const stepped = observe(state, evidence, second * 1000, options);
    state = stepped.state;
    for (const { change, episode, atMs } of stepped.changes)
      told.push(`${change} ${episode} @${atMs / 1000}`);
  }
  return { state, told };
}

describe('raising', () => {
  it('waits for the validation delay, and then raises once', () => {
    const { told } = run([
      [0, 'violated'],
      [5, 'violated'],
      [6, 'violated'],
      [7, 'violated'],
      [60, 'violated'],
    ]);
    expect(told).toEqual(['raised 1 @6']);
  });
  it('begins the delay anew after any other evidence', () => {
    expect(
      run([
        [0, 'violated'],
        [5, 'between'],
        [6, 'violated'],
        [11, 'violated'],
      ]).told,
    ).toEqual([]);
    expect(
      run([
        [0, 'violated'],
        [5, 'clear'],
        [6, 'violated'],
        [12, 'violated'],
      ]).told,
    ).toEqual(['raised 1 @12']);
  });
  it('raises nothing while nothing is known, and loses no delay over it', () => {
    expect(
      run([
        [0, 'violated'],
        [30, 'unknown'],
      ]).told,
    ).toEqual([]);
    expect(
      run([
        [0, 'violated'],
        [3, 'unknown'],
        [6, 'violated'],
      ]).told,
    ).toEqual(['raised 1 @6']);
  });
  it('raises at once without a delay', () => {
    expect(run([[0, 'violated']], { ...timing, raiseAfterMs: 0 }).told).toEqual(['raised 1 @0']);
  });
});

describe('ending', () => {
  const raised = run([
    [0, 'violated'],
    [6, 'violated'],
  ]).state;

  it('takes the hysteresis and the delay, and latches', () => {
    const { state, told } = run(
      [
        [10, 'between'],
        [20, 'clear'],
        [25, 'between'],
        [30, 'clear'],
        [39, 'clear'],
        [40, 'clear'],
      ],
      timing,
      raised,
    );
    expect(told).toEqual(['over 1 @40']);
    expect(state.presence).toBe('latched');
  });
  it('ends at once where it does not latch', () => {
    const { state, told } = run(
      [
        [20, 'clear'],
        [30, 'clear'],
      ],
      { ...timing, latching: false },
      raised,
    );
    expect(told).toEqual(['over 1 @30', 'ended 1 @30']);
    expect(state).toEqual({ presence: 'off', episodes: 1 });
  });
  it('never comes from data that stop', () => {
    const { state, told } = run(
      [
        [20, 'clear'],
        [29, 'unknown'],
        [4000, 'unknown'],
        [4001, 'clear'],
        [4010, 'clear'],
      ],
      timing,
      raised,
    );
    expect(told).toEqual([]);
    expect(state.presence).toBe('on');
  });
  it('goes on with the same episode when it comes back before anybody has looked', () => {
    const { told } = run(
      [
        [20, 'clear'],
        [30, 'clear'],
        [40, 'violated'],
        [46, 'violated'],
      ],
      timing,
      raised,
    );
    expect(told).toEqual(['over 1 @30', 'resumed 1 @46']);
  });
});

describe('acknowledging', () => {
  const raised = run([
    [0, 'violated'],
    [6, 'violated'],
  ]).state;
  const by = { by: 'nurse', atMs: 8000, why: 'with the patient' };

  it('is quiet for the rest of the episode, which then ends without latching', () => {
    const { state, changes } = acknowledge(raised, by);
    expect(changes).toEqual([{ change: 'acknowledged', episode: 1, atMs: 8000 }]);
    const after = run(
      [
        [9, 'violated'],
        [3600, 'violated'],
        [3700, 'clear'],
        [3710, 'clear'],
      ],
      timing,
      state,
    );
    expect(after.told).toEqual(['over 1 @3710', 'ended 1 @3710']);
    expect(after.state).toEqual({ presence: 'off', episodes: 1 });
  });
  it('with an end is an alarm again from then on, the same episode', () => {
    const { state } = acknowledge(raised, { ...by, untilMs: 68_000 });
    expect(
      run(
        [
          [9, 'violated'],
          [67, 'violated'],
          [68, 'violated'],
        ],
        timing,
        state,
      ).told,
    ).toEqual(['resumed 1 @68']);
  });
  it('with an end is an alarm again even if nothing is known any more', () => {
    const { state } = acknowledge(raised, { ...by, untilMs: 68_000 });
    expect(
      run(
        [
          [67, 'unknown'],
          [68, 'unknown'],
        ],
        timing,
        state,
      ).told,
    ).toEqual(['resumed 1 @68']);
  });
  it('ends what is latched', () => {
    const { state: latched } = run(
      [
        [20, 'clear'],
        [30, 'clear'],
      ],
      timing,
      raised,
    );
    const { state, changes } = acknowledge(latched, { ...by, atMs: 50_000 });
    expect(changes.map(({ change }) => change)).toEqual(['acknowledged', 'ended']);
    expect(state).toEqual({ presence: 'off', episodes: 1 });
  });
  it('that asks to be told again outlasts the episode until then, and no longer', () => {
    const { state } = acknowledge(raised, { ...by, untilMs: 600_000, outlasts: true });
    const { told, state: after } = run(
      [
        [20, 'clear'],
        [30, 'clear'],
        [100, 'violated'],
        [106, 'violated'],
        [599, 'violated'],
        [600, 'violated'],
      ],
      timing,
      state,
    );
    expect(told).toEqual([
      'over 1 @30',
      'ended 1 @30',
      'raised 2 @106',
      'acknowledged 2 @106',
      'resumed 2 @600',
    ]);
    expect(after.presence).toBe('on');
    const later = run(
      [
        [20, 'clear'],
        [30, 'clear'],
        [700, 'violated'],
        [706, 'violated'],
      ],
      timing,
      state,
    );
    expect(later.told.at(-1)).toBe('raised 2 @706');
    expect(later.state.presence).toBe('on');
  });
  it('of nothing changes nothing', () => {
    expect(acknowledge(QUIET, by)).toEqual({ state: QUIET, changes: [] });
  });
});

type Step =
  | { readonly do: 'observe'; readonly afterMs: number; readonly evidence: Evidence }
  | {
      readonly do: 'acknowledge';
      readonly afterMs: number;
      readonly forMs: number | undefined;
      readonly outlasts: boolean;
    };

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('observe' as const),
        afterMs: fc.integer({ min: 0, max: 9000 }),
        evidence: fc.constantFrom<Evidence>('violated', 'violated', 'between', 'clear', 'clear', 'unknown'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('acknowledge' as const),
        afterMs: fc.integer({ min: 0, max: 9000 }),
        forMs: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
        outlasts: fc.boolean(),
      }),
    },
  ),
  { maxLength: 120 },
);
const timings = fc.record({
  raiseAfterMs: fc.integer({ min: 0, max: 20_000 }),
  clearAfterMs: fc.integer({ min: 0, max: 20_000 }),
  latching: fc.boolean(),
});

/** Plays steps. `putAway` is what happens to the state between any two of them. */
function play(
  all: readonly Step[],
  options: AlarmTiming,
  putAway = (state: AlarmState): AlarmState => state,
) {
  let state = QUIET;
  let nowMs = 0;
  const trace: { state: AlarmState; step: Step; nowMs: number; changes: readonly AlarmChange[] }[] = [];
  for (const step of all) {
    nowMs += step.afterMs;
    const before = putAway(state);
    const stepped =
      step.do === 'observe'
        ? observe(before, step.evidence, nowMs, options)
        : acknowledge(before, {
            by: 'somebody',
            atMs: nowMs,
            why: 'seen',
            untilMs: step.forMs && nowMs + step.forMs,
            outlasts: step.forMs !== undefined && step.outlasts,
          });
    state = stepped.state;
    trace.push({ state, step, nowMs, changes: stepped.changes });
  }
  return trace;
}

describe('over random streams', () => {
  it('raises each episode once and ends it at most once, in order, with no two at a time', () => {
    fc.assert(
      fc.property(steps, timings, (all, options) => {
        let open: number | undefined;
        let last = 0;
        for (const { changes } of play(all, options)) {
          for (const { change, episode } of changes) {
            if (change === 'raised') {
              expect(open).toBeUndefined();
              expect(episode).toBe(last + 1);
              open = last = episode;
            } else expect(episode).toBe(open);
            if (change === 'ended') open = undefined;
          }
        }
      }),
    );
  });

  it('is never silent while the condition holds longer than the delay and nobody has acknowledged it', () => {
    fc.assert(
      fc.property(steps, timings, (all, options) => {
        let since: number | undefined;
        let quietUntil = -1;
        let outlasts = false;
        let before: AlarmState = QUIET;
        for (const { step, state, nowMs } of play(all, options)) {
          if (step.do === 'acknowledge') {
            // Of an alarm that is off, or over, nothing is silenced that comes later.
            if (before.presence === 'on' || before.presence === 'acknowledged') {
              quietUntil = step.forMs === undefined ? Number.POSITIVE_INFINITY : nowMs + step.forMs;
              outlasts = step.forMs !== undefined && step.outlasts;
            }
            before = state;
            continue;
          }
          since = step.evidence === 'violated' ? (since ?? nowMs) : undefined;
          if (state.presence === 'off' && !outlasts) quietUntil = -1;
          if (since !== undefined && nowMs - since >= options.raiseAfterMs && nowMs >= quietUntil) {
            expect(['on']).toContain(state.presence);
          }
          before = state;
        }
      }),
    );
  });

  it('goes on from a state that was put away, at any step, as if nothing had been', () => {
    const put = (state: AlarmState): AlarmState => JSON.parse(JSON.stringify(state));
    fc.assert(
      fc.property(steps, timings, (all, options) => {
        const straight = play(all, options).flatMap(({ changes }) => changes);
        expect(play(all, options, put).flatMap(({ changes }) => changes)).toEqual(straight);
      }),
    );
  });

  it('ends nothing while evidence is missing', () => {
    fc.assert(
      fc.property(steps, timings, (all, options) => {
        for (const { step, changes } of play(all, options)) {
          if (step.do === 'observe' && step.evidence === 'unknown') {
            expect(changes.some(({ change }) => change === 'over' || change === 'ended')).toBe(false);
          }
        }
      }),
    );
  });
});
