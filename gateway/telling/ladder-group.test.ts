// Alarms that say the same, on the ladder: one message for all of them, and nobody further away for it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES, type Priority } from '../alarms/condition.ts';
import {
  advance,
  type Due,
  GATHER_MS,
  isWanted,
  type LadderState,
  NOTHING_TOLD,
  type OpenAlarm,
  RANK,
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
const alarm = (condition: string, priority: Priority, change: Partial<OpenAlarm> = {}): OpenAlarm => ({
  slot: 1,
  condition,
  episode: 1,
  priority,
  raisedMs: AT,
  answered: false,
  group: 'heart-rate-above',
  ...change,
});
const high = alarm('heart-rate-very-high', 'high');
const medium = alarm('heart-rate-high', 'medium', { raisedMs: AT + 2 * MINUTE });
const low = alarm('worsening:heart-rate', 'low', { raisedMs: AT + 5 * MINUTE });

class Night {
  state: LadderState = NOTHING_TOLD;
  readonly #steps: readonly Step[];

  constructor(...steps: Step[]) {
    this.#steps = steps;
  }

  look(minutes: number, ...alarms: OpenAlarm[]): string[] {
    const ladder = { steps: this.#steps, setMs: 0 };
    const { state, due } = advance(this.state, alarms, () => ladder, AT + minutes * MINUTE);
    this.state = state;
    return due.map(({ contact, items }) => `${contact}: ${items.map(({ condition }) => condition).join()}`);
  }
}

describe('a group', () => {
  it('is told once, by what came first and is as urgent as any', () => {
    const night = new Night(step(0, 1), step(10, 2));
    expect(night.look(0, high)).toEqual(['1: heart-rate-very-high']);
    night.state = settle(night.state, 1, 'told');
    expect(night.look(2, high, medium)).toEqual([]);
    expect(night.look(5, high, medium, low)).toEqual([]);
    expect(night.look(10, high, medium, low)).toEqual(['2: heart-rate-very-high']);
    night.state = settle(night.state, 2, 'told');
    expect(night.look(30, high, medium, low)).toEqual([]);
  });

  it('is told again where it becomes more urgent', () => {
    const night = new Night(step(0, 1), step(10, 2, 'high'));
    expect(night.look(2, medium)).toEqual(['1: heart-rate-high']);
    night.state = settle(night.state, 1, 'told');
    const later = { ...high, raisedMs: AT + 4 * MINUTE };
    expect(night.look(4, medium, later)).toEqual(['1: heart-rate-very-high']);
    night.state = settle(night.state, 2, 'told');
    expect(night.look(14, medium, later)).toEqual(['2: heart-rate-very-high']);
  });

  it('goes on up the ladder for what stays, when what was told of is over', () => {
    const night = new Night(step(0, 1), step(10, 2));
    night.look(0, high);
    night.state = settle(night.state, 1, 'told');
    night.look(2, high, medium);
    expect(night.look(9, medium)).toEqual([]);
    expect(night.look(12, medium)).toEqual(['2: heart-rate-high']);
  });

  it('takes the next step at once for each where the message reaches nobody', () => {
    const night = new Night(step(0, 1), step(30, 2));
    night.look(0, high);
    expect(night.look(0.1, high, { ...medium, raisedMs: AT })).toEqual([]);
    night.state = settle(night.state, 1, 'failing');
    expect(night.look(0.2, high, { ...medium, raisedMs: AT })).toEqual([
      '2: heart-rate-very-high,heart-rate-high',
    ]);
    // What was told of is over: the message about the rest is wanted still.
    night.look(0.3, { ...medium, raisedMs: AT });
    expect(isWanted(night.state, 1)).toBe(true);
  });

  it('is held back by what somebody knows of, and by nothing less urgent', () => {
    const night = new Night(step(0, 1));
    const known = { ...high, answered: true };
    expect(night.look(0, known)).toEqual([]);
    expect(night.look(2, known, medium)).toEqual([]);
    // They knew of it for an hour, and it holds still.
    expect(night.look(60, high, medium)).toEqual(['1: heart-rate-very-high,heart-rate-high']);
    const other = new Night(step(0, 1));
    expect(other.look(2, { ...medium, answered: true }, high)).toEqual(['1: heart-rate-very-high']);
  });

  it('is of one patient, and alone where it says what nothing else does', () => {
    const night = new Night(step(0, 1));
    night.look(0, high);
    expect(night.look(2, high, { ...medium, slot: 2 })).toEqual(['1: heart-rate-high']);
    expect(night.look(4, high, { ...medium, group: undefined })).toEqual(['1: heart-rate-high']);
  });
});

type Move = readonly [
  seconds: number,
  which: number,
  doing: 'raise' | 'end' | 'answer' | 'resume' | 'fail' | 'tell',
];
const moves = fc.array(
  fc.tuple(
    fc.integer({ min: 1, max: 400 }),
    fc.nat(5),
    fc.constantFrom('raise', 'raise', 'end', 'answer', 'resume', 'fail', 'tell'),
  ) as fc.Arbitrary<Move>,
  { maxLength: 40 },
);
const STEPS = [step(0, 1), step(5, 2, 'medium'), step(20, 3, 'high')];

type Look = { readonly alarms: readonly OpenAlarm[]; readonly due: readonly Due[]; readonly nowMs: number };
/** Six alarms of two groups of one patient, of all priorities. */
function live(script: readonly Move[], check: (look: Look, state: LadderState) => void): void {
  let state = NOTHING_TOLD;
  let nowMs = AT;
  let last = 0;
  const open = new Map<number, OpenAlarm>();
  const episodes = [0, 0, 0, 0, 0, 0];
  for (const [seconds, which, doing] of script) {
    nowMs += seconds * 1000;
    const known = open.get(which);
    if (doing === 'raise' && known === undefined) {
      episodes[which] = (episodes[which] ?? 0) + 1;
      const priority = PRIORITIES[which % 3] as Priority;
      const group = which < 3 ? 'a' : 'b';
      const episode = episodes[which] as number;
      open.set(which, alarm(`c${which}`, priority, { group, episode, raisedMs: nowMs }));
    }
    if (doing === 'end') open.delete(which);
    if (known !== undefined && (doing === 'answer' || doing === 'resume'))
      open.set(which, { ...known, answered: doing === 'answer' });
    if (doing === 'fail' || doing === 'tell')
      state = settle(state, last - (which % 2), doing === 'fail' ? 'failing' : 'told');
    const alarms = [...open.values()];
    const looked = advance(state, alarms, () => ({ steps: STEPS, setMs: 0 }), nowMs);
    state = JSON.parse(JSON.stringify(looked.state)) as LadderState;
    last = state.next - 1;
    check({ alarms, due: looked.due, nowMs }, state);
  }
}

const isSame = (one: OpenAlarm, other: OpenAlarm): boolean => one.group === other.group;
const covers = (mate: OpenAlarm, of: OpenAlarm): boolean =>
  isSame(mate, of) && RANK[mate.priority] <= RANK[of.priority];

describe('over random nights', () => {
  it('every step that is due of what nobody knows of was taken, for it or for what says as much', () => {
    fc.assert(
      fc.property(moves, (script) => {
        const sentMs: number[] = [];
        live(script, ({ alarms, due, nowMs }, state) => {
          if (due.length > 0) sentMs.push(nowMs);
          for (const one of alarms) {
            if (alarms.some((mate) => mate.answered && covers(mate, one))) continue;
            const telling = state.tellings.find(
              ({ condition, episode }) => condition === one.condition && episode === one.episode,
            );
            expect(telling?.sinceMs).toBeDefined();
            const waitedMs = (telling?.beforeMs ?? 0) + nowMs - (telling?.sinceMs ?? nowMs);
            for (const each of STEPS) {
              if (RANK[one.priority] > RANK[each.from] || waitedMs < each.after * MINUTE) continue;
              // Or it is gathered behind a message of the last minute.
              const isBehind = sentMs.some((ms) => nowMs - ms < GATHER_MS);
              expect(telling?.taken[stepKey(each)] !== undefined || isBehind).toBe(true);
            }
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('nobody gets a message of what they were told of, as urgent or more, and what still waits for somebody', () => {
    fc.assert(
      fc.property(moves, (script) => {
        /** By contact: what they were told of. */
        const told = new Map<number, Set<string>>();
        const nameOf = ({ condition, episode }: Pick<OpenAlarm, 'condition' | 'episode'>): string =>
          `${condition} ${episode}`;
        live(script, ({ alarms, due }) => {
          for (const { contact, items } of due) {
            const before = told.get(contact) ?? new Set<string>();
            for (const item of items) {
              const one = alarms.find((each) => nameOf(each) === nameOf(item)) as OpenAlarm;
              const isWaiting = (mate: OpenAlarm): boolean =>
                !alarms.some((other) => other.answered && covers(other, mate));
              const knew = alarms.filter(
                (mate) => mate !== one && covers(mate, one) && isWaiting(mate) && before.has(nameOf(mate)),
              );
              expect(knew.map(nameOf)).toEqual([]);
            }
            told.set(contact, new Set([...before, ...items.map(nameOf)]));
          }
        });
      }),
      { numRuns: 300 },
    );
  });
});
