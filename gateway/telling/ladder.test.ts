import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES, type Priority } from '../alarms/condition.ts';
import {
  advance,
  CONFIRM_MS,
  type Due,
  GATHER_MS,
  isWanted,
  type Ladder,
  type LadderState,
  MESSAGES_MAX,
  NOTHING_TOLD,
  type OpenAlarm,
  RATE_MS,
  type Step,
  settle,
  stepKey,
} from './ladder.ts';

const AT = Date.UTC(2026, 10, 21, 3, 0, 0);
const MINUTE = 60_000;
const step = (after: number, contact: number, from: Priority = 'low'): Step => ({
  after,
  contact,
  channels: ['mail'],
  from,
});
const ladder = (...steps: Step[]): Ladder => ({ steps, setMs: 0 });
const alarm = (change: Partial<OpenAlarm> = {}): OpenAlarm => ({
  slot: 1,
  condition: 'heart-rate-very-high',
  episode: 1,
  priority: 'high',
  raisedMs: AT,
  answered: false,
  ...change,
});

/** A night: what goes out, moment by moment. */
class Night {
  state: LadderState = NOTHING_TOLD;
  readonly due: (Due & { readonly atMs: number })[] = [];
  readonly #ladder: Ladder;

  constructor(...steps: Step[]) {
    this.#ladder = ladder(...steps);
  }

  look(nowMs: number, ...alarms: OpenAlarm[]): number[] {
    const { state, due } = advance(this.state, alarms, () => this.#ladder, nowMs);
    this.state = state;
    this.due.push(...due.map((one) => ({ ...one, atMs: nowMs })));
    return due.map(({ contact }) => contact);
  }
}

describe('a ladder', () => {
  it('tells each step when its time has come, once', () => {
    const night = new Night(step(0, 1), step(10, 2), step(30, 3));
    expect(night.look(AT, alarm())).toEqual([1]);
    night.state = settle(night.state, 1, 'told');
    expect(night.look(AT + 10 * MINUTE - 1, alarm())).toEqual([]);
    expect(night.look(AT + 10 * MINUTE, alarm())).toEqual([2]);
    night.state = settle(night.state, 2, 'told');
    expect(night.look(AT + 29 * MINUTE, alarm())).toEqual([]);
    expect(night.look(AT + 90 * MINUTE, alarm())).toEqual([3]);
    expect(night.look(AT + 900 * MINUTE, alarm())).toEqual([]);
  });

  it('takes a step for alarms of its priority and above', () => {
    const night = new Night(step(0, 1, 'high'), step(0, 2, 'medium'), step(0, 3, 'low'));
    expect(night.look(AT, alarm({ priority: 'medium' }))).toEqual([2, 3]);
    expect(night.look(AT + 1000, alarm({ priority: 'high' }))).toEqual([1]);
  });

  it('stands still while somebody knows, and goes on where it was', () => {
    const night = new Night(step(0, 1), step(10, 2));
    night.look(AT, alarm());
    night.state = settle(night.state, 1, 'told');
    night.look(AT + 4 * MINUTE, alarm({ answered: true }));
    expect(isWanted(night.state, 1)).toBe(false);
    expect(night.look(AT + 60 * MINUTE, alarm({ answered: true }))).toEqual([]);
    expect(night.look(AT + 64 * MINUTE, alarm())).toEqual([]);
    expect(isWanted(night.state, 1)).toBe(true);
    expect(night.look(AT + 69 * MINUTE, alarm())).toEqual([]);
    expect(night.look(AT + 70 * MINUTE, alarm())).toEqual([2]);
  });

  it('goes to the next step at once when a message fails, and when nobody confirms it', () => {
    const failing = new Night(step(0, 1), step(30, 2), step(60, 3));
    failing.look(AT, alarm());
    failing.state = settle(failing.state, 1, 'failing');
    expect(failing.look(AT + 1000, alarm())).toEqual([2]);
    const silent = new Night(step(0, 1), step(30, 2), step(60, 3));
    silent.look(AT, alarm());
    expect(silent.look(AT + CONFIRM_MS - 1, alarm())).toEqual([]);
    expect(silent.look(AT + CONFIRM_MS, alarm())).toEqual([2]);
    silent.state = settle(silent.state, 2, 'told');
    expect(silent.look(AT + 2 * CONFIRM_MS, alarm())).toEqual([]);
  });

  it('begins anew with the next episode', () => {
    const night = new Night(step(0, 1));
    expect(night.look(AT, alarm())).toEqual([1]);
    expect(night.look(AT + MINUTE)).toEqual([]);
    expect(night.look(AT + 2 * MINUTE, alarm({ episode: 2, raisedMs: AT + 2 * MINUTE }))).toEqual([1]);
  });

  it('tells of an alarm that was raised before a stop without warning', () => {
    expect(new Night(step(0, 1), step(10, 2)).look(AT + 12 * MINUTE, alarm())).toEqual([1, 2]);
  });

  it('that was just set waits its time for alarms that are old', () => {
    const fresh: Ladder = { steps: [step(10, 1)], setMs: AT + 600 * MINUTE };
    const at = (nowMs: number): number => advance(NOTHING_TOLD, [alarm()], () => fresh, nowMs).due.length;
    expect([at(AT + 600 * MINUTE), at(AT + 609 * MINUTE), at(AT + 610 * MINUTE)]).toEqual([0, 0, 1]);
  });

  it('waits no longer when the clock is put back', () => {
    const night = new Night(step(0, 1), step(10, 2));
    night.look(AT, alarm());
    night.state = settle(night.state, 1, 'told');
    night.look(AT + 4 * MINUTE, alarm());
    night.look(AT - 600 * MINUTE, alarm());
    expect(night.look(AT - 594 * MINUTE, alarm())).toEqual([2]);
  });
});

describe('a contact who may not see a patient', () => {
  it('is sent the others’ alarms; the next is told of that one when it has failed, and nothing else waits for it', () => {
    let state = NOTHING_TOLD;
    const steps = ladder(step(0, 1), step(30, 2));
    const home = Array.from({ length: 30 }, (_, slot) => alarm({ slot: slot + 1 }));
    const look = (nowMs: number): Due[] => {
      const next = advance(
        state,
        home,
        () => steps,
        nowMs,
        (contact, slot) => contact !== 1 || slot > 2,
      );
      state = next.state;
      return [...next.due];
    };
    const [told, forbidden, ...rest] = look(AT) as [Due, Due];
    expect(rest).toEqual([]);
    expect(told.items.map(({ slot }) => slot)).toEqual(home.slice(2).map(({ slot }) => slot));
    expect(forbidden.items.map(({ slot }) => slot)).toEqual([1, 2]);
    state = settle(settle(state, told.number, 'told'), forbidden.number, 'failing');
    expect(look(AT + 1000).map(({ contact, items }) => [contact, items.map(({ slot }) => slot)])).toEqual([
      [2, [1]],
      [2, [2]],
    ]);
    expect(look(AT + 2000)).toEqual([]);
  });
});

describe('a storm', () => {
  it('of one patient is one message, then one a minute', () => {
    const night = new Night(step(0, 1));
    const many = Array.from({ length: 30 }, (_, n) => alarm({ condition: `c${n}`, raisedMs: AT + n * 1000 }));
    for (let second = 0; second < 120; second += 1)
      night.look(AT + second * 1000, ...many.slice(0, second + 1));
    expect(night.due.map(({ atMs, items }) => [atMs - AT, items.length])).toEqual([
      [0, 1],
      [GATHER_MS, 29],
    ]);
  });

  it('does not hold back what is more urgent than what was said', () => {
    const night = new Night(step(0, 1));
    const low = alarm({ condition: 'battery-low', priority: 'low' });
    const medium = alarm({ condition: 'silent', priority: 'medium' });
    expect(night.look(AT, low)).toEqual([1]);
    expect(night.look(AT + 1000, low, medium)).toEqual([1]);
    expect(night.look(AT + 2000, low, medium, alarm())).toEqual([1]);
    expect(night.look(AT + 3000, low, medium, alarm(), alarm({ condition: 'other' }))).toEqual([]);
  });

  it('of everybody at once is gathered, and nobody is left out', () => {
    const night = new Night(step(0, 1));
    const home = Array.from({ length: 200 }, (_, slot) => alarm({ slot: slot + 1 }));
    for (let second = 0; second < 1500; second += 1) night.look(AT + second * 1000, ...home);
    expect(new Set(night.due.flatMap(({ items }) => items.map(({ slot }) => slot))).size).toBe(200);
    expect(night.due).toHaveLength(1);
  });
});

/** A step of a random night: seconds pass, then something happens. */
type Move =
  | { readonly do: 'raise' | 'end' | 'answer' | 'resume'; readonly which: number }
  | { readonly do: 'settle'; readonly which: number; readonly became: 'told' | 'failing' }
  | { readonly do: 'restart' | 'nothing' };
const which = fc.nat(5);
const moves = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 900 })),
    fc.oneof(
      fc.record({ do: fc.constantFrom('raise', 'raise', 'raise', 'end', 'answer', 'resume'), which }),
      fc.record({ do: fc.constant('settle'), which, became: fc.constantFrom('told', 'failing') }),
      fc.record({ do: fc.constantFrom('restart', 'nothing') }),
    ) as fc.Arbitrary<Move>,
  ),
  { maxLength: 60, size: 'max' },
);
const ladders = fc
  .uniqueArray(
    fc.record({
      after: fc.constantFrom(0, 1, 5, 15),
      contact: fc.integer({ min: 1, max: 3 }),
      channels: fc.constant(['mail'] as const),
      from: fc.constantFrom(...PRIORITIES),
    }),
    { selector: stepKey, maxLength: 5, size: 'max' },
  )
  .map((steps): Ladder => ladder(...steps));
const RANK = { high: 0, medium: 1, low: 2 };

type Seen = { readonly due: (Due & { readonly atMs: number })[]; readonly state: LadderState };

/** Runs a random night; `restarts` says whether the state is put away and taken up again where a move says so. */
function run(
  script: readonly (readonly [number, Move])[],
  steps: Ladder,
  restarts: boolean,
  check?: (alarms: readonly OpenAlarm[], seen: Seen, nowMs: number) => void,
): Seen['due'] {
  let state = NOTHING_TOLD;
  let nowMs = AT;
  const due: Seen['due'][number][] = [];
  const open = new Map<number, OpenAlarm>();
  const episodes = [0, 0, 0, 0, 0, 0];
  const messages: number[] = [];
  const look = (): void => {
    const alarms = [...open.values()];
    const next = advance(state, alarms, () => steps, nowMs);
    state = next.state;
    due.push(...next.due.map((one) => ({ ...one, atMs: nowMs })));
    messages.push(...next.due.map(({ number }) => number));
    check?.(alarms, { due, state }, nowMs);
  };
  for (const [seconds, move] of script) {
    nowMs += seconds * 1000;
    look();
    const known = 'which' in move ? open.get(move.which) : undefined;
    if (move.do === 'raise' && known === undefined) {
      const priority = PRIORITIES[move.which % 3] as Priority;
      const episode = (episodes[move.which] ?? 0) + 1;
      episodes[move.which] = episode;
      const slot = move.which < 3 ? 1 : 2;
      open.set(move.which, alarm({ slot, condition: `c${move.which}`, priority, episode, raisedMs: nowMs }));
    }
    if (move.do === 'end') open.delete(move.which);
    if (known && (move.do === 'answer' || move.do === 'resume'))
      open.set(move.which, { ...known, answered: move.do === 'answer' });
    const message = move.do === 'settle' ? messages.at(-1 - move.which) : undefined;
    if (message !== undefined && move.do === 'settle') state = settle(state, message, move.became);
    if (move.do === 'restart' && restarts) state = JSON.parse(JSON.stringify(state));
    look();
  }
  return due;
}

describe('over random nights', () => {
  it('nobody is told twice for one step of one episode, nor of what is answered or over', () => {
    fc.assert(
      fc.property(moves, ladders, (script, steps) => {
        const told = new Set<string>();
        let counted = 0;
        run(script, steps, true, (alarms, { due }) => {
          for (const { items } of due.slice(counted))
            for (const { slot, condition, episode, step: key } of items) {
              const name = `${slot} ${condition} ${episode} ${key}`;
              expect(told.has(name)).toBe(false);
              told.add(name);
              expect(alarms).toContainEqual(
                expect.objectContaining({ slot, condition, episode, answered: false }),
              );
            }
          counted = due.length;
        });
      }),
      { numRuns: 400 },
    );
  });

  it('what is due is out, or waits behind a message of the last minute to the same contact about the same patient', () => {
    fc.assert(
      fc.property(moves, ladders, (script, steps) => {
        run(script, steps, true, (alarms, { due, state }, nowMs) => {
          for (const { answered, priority, slot, condition, episode } of alarms) {
            const telling = state.tellings.find(
              (one) => one.slot === slot && one.condition === condition && one.episode === episode,
            );
            expect(telling?.sinceMs === undefined).toBe(answered);
            if (telling?.sinceMs === undefined) continue;
            const waitedMs = telling.beforeMs + nowMs - telling.sinceMs;
            for (const one of steps.steps) {
              if (RANK[priority] > RANK[one.from] || waitedMs < one.after * MINUTE) continue;
              if (telling.taken[stepKey(one)] !== undefined) continue;
              const theirs = due.filter(
                ({ contact, atMs }) => contact === one.contact && nowMs - atMs < RATE_MS,
              );
              const behind = theirs.some(
                (sent) =>
                  nowMs - sent.atMs < GATHER_MS &&
                  sent.items.some((item) => item.slot === slot) &&
                  RANK[sent.priority] <= RANK[priority],
              );
              expect(behind || theirs.length >= MESSAGES_MAX - 2).toBe(true);
            }
          }
        });
      }),
      { numRuns: 400 },
    );
  });

  it('a restart at any moment changes nothing', () => {
    fc.assert(
      fc.property(moves, ladders, (script, steps) => {
        expect(run(script, steps, true)).toEqual(run(script, steps, false));
      }),
      { numRuns: 300 },
    );
  });

  it('a contact gets three messages a minute about a patient at most, and not more than their number in ten', () => {
    fc.assert(
      fc.property(moves, ladders, (script, steps) => {
        const due = run(script, steps, true);
        for (const { contact, atMs } of due) {
          const lately = due.filter(
            (one) => one.contact === contact && atMs - one.atMs < RATE_MS && one.atMs <= atMs,
          );
          expect(lately.length).toBeLessThanOrEqual(MESSAGES_MAX + RATE_MS / GATHER_MS);
          for (const slot of [1, 2]) {
            const about = lately.filter(
              (one) => atMs - one.atMs < GATHER_MS && one.items.some((item) => item.slot === slot),
            );
            expect(about.length).toBeLessThanOrEqual(3);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
