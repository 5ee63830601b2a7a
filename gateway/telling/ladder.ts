// Who is told of an alarm, and after how long: the state machine of it. Pure: alarms, ladders, the time and what became of
// messages come in; the next state and the messages that are to go out come out. A state is plain data that can be kept.
//
//   raised ──▶ running ──a step is due──▶ a message goes out, once for this step and episode
//               │   ▲
//   acknowledged│   │its end has passed           (the time in between counts for no step)
//               ▼   │
//              held                               ended ──▶ forgotten
//
// A step is due when the alarm has been unanswered for its time, or at once when the step before it reached nobody.
// A step for somebody who may not see the patient reaches nobody; it goes out by itself, so that it is on record and takes none
// of the others with it.
//
// Alarms of one group say the same (alarms/group.ts). A step that was taken for one that is unanswered is taken for the others
// of its group that are no more urgent: one message, and what becomes of it becomes of the step of each. What somebody knows
// of holds those back, too. One that is more urgent is told as if it were alone.
//
// What is promised (`ladder.test.ts`, `ladder-group.test.ts`): nobody is told twice for one step of one episode; while an alarm is unanswered and
// a step is due, its message is out, or goes out within a minute with others of that patient; who acknowledged is left
// alone; a state put away at any moment and taken up again goes on as if it had not been.

import { PRIORITIES, type Priority } from '../alarms/condition.ts';
import type { ChannelName } from './message.ts';

export type Step = {
  /** Minutes that the alarm has been unanswered. With `contact` it names the step. */
  readonly after: number;
  /** Number of the contact. */
  readonly contact: number;
  readonly channels: readonly ChannelName[];
  /** The lowest priority for which it is taken. */
  readonly from: Priority;
};

export type Ladder = {
  readonly steps: readonly Step[];
  /** When it was set: a new ladder does not wake everybody for what is old. ms since 1970. */
  readonly setMs: number;
};

/** An alarm that is not off. */
export type OpenAlarm = {
  readonly slot: number;
  readonly condition: string;
  readonly episode: number;
  readonly priority: Priority;
  readonly raisedMs: number;
  /** Somebody has acknowledged it, and that holds still. */
  readonly answered: boolean;
  /** What it says; alone, unless given. */
  readonly group?: string | undefined;
};

/** What became of a message: on its way, failing (it is tried again meanwhile), or with somebody. */
export type Became = 'out' | 'failing' | 'told';
type Taken = { readonly message: number; readonly outMs: number; readonly became: Became };

/** One episode of one alarm. */
export type Telling = {
  readonly slot: number;
  readonly condition: string;
  readonly episode: number;
  /** How long it had been unanswered when `sinceMs` began. */
  readonly beforeMs: number;
  /** Since when it is unanswered; undefined while it is held. */
  readonly sinceMs?: number | undefined;
  /** By `stepKey`. */
  readonly taken: Readonly<Record<string, Taken>>;
};

/** A message that went out, for as long as it holds others back. */
type Sent = {
  readonly message: number;
  readonly contact: number;
  readonly slot: number;
  readonly atMs: number;
  readonly priority: Priority;
};

export type LadderState = {
  /** The time of the last look: a clock that was put back is noticed by it. */
  readonly clockMs: number;
  /** Number of the next message. */
  readonly next: number;
  readonly tellings: readonly Telling[];
  readonly sent: readonly Sent[];
};

export type Item = Pick<Telling, 'slot' | 'condition' | 'episode'> & { readonly step: string };

export type Due = {
  readonly number: number;
  readonly contact: number;
  readonly channels: readonly ChannelName[];
  readonly priority: Priority;
  readonly items: readonly Item[];
};

export const NOTHING_TOLD: LadderState = { clockMs: 0, next: 1, tellings: [], sent: [] };

const MINUTE_MS = 60_000;
/** After a message about a patient, others about the same patient to the same contact are gathered so long. */
export const GATHER_MS: number = MINUTE_MS;
/** Of one contact: beyond so many in ten minutes, what comes of all patients is gathered. */
export const MESSAGES_MAX = 20;
export const RATE_MS: number = 10 * MINUTE_MS;
/** A message that nobody has confirmed by then has reached nobody: the next step is due. */
export const CONFIRM_MS = 45_000;

export const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };

export const stepKey = ({ after, contact }: Step): string => `${after}/${contact}`;

/**
 * Takes in the alarms of this moment, all of them.
 * @param ladderOf the ladder of a slot
 * @param mayTell whether a contact may be told of a slot
 */
export function advance(
  before: LadderState,
  alarms: readonly OpenAlarm[],
  ladderOf: (slot: number) => Ladder,
  nowMs: number,
  mayTell: (contact: number, slot: number) => boolean = () => true,
): { readonly state: LadderState; readonly due: readonly Due[] } {
  const state = withClock(before, nowMs);
  const known = new Map(state.tellings.map((one) => [keyOf(one), one]));
  const groups = Map.groupBy(alarms, groupOf);
  const open = alarms.map((alarm) => {
    const mates = groups.get(groupOf(alarm)) ?? [];
    return { alarm, telling: follow(known.get(keyOf(alarm)), withMates(alarm, mates), nowMs) };
  });
  const byKey = new Map(open.map(({ alarm, telling }) => [keyOf(alarm), telling]));

  const out = new Map<string, Record<string, Taken>>();
  const take = (item: Pick<Telling, 'slot' | 'condition' | 'episode'>, step: string, taken: Taken): void =>
    void out.set(keyOf(item), { ...out.get(keyOf(item)), [step]: taken });
  const waiting: Waiting[] = [];
  for (const { alarm, telling } of open)
    for (const step of dueSteps(telling, alarm, ladderOf(alarm.slot), nowMs)) {
      const mates = groups.get(groupOf(alarm)) ?? [];
      const taken = takenByMate(alarm, mates, (mate) => byKey.get(keyOf(mate)), stepKey(step));
      if (taken === undefined) waiting.push({ alarm, step });
      else take(alarm, stepKey(step), taken);
    }
  const sent = state.sent.filter(({ atMs }) => nowMs - atMs < RATE_MS);
  let next = state.next;
  const due: Due[] = [];
  for (const [contact, theirs] of Map.groupBy(waiting, ({ step }) => step.contact)) {
    const allowed = theirs.filter(({ alarm }) => mayTell(contact, alarm.slot));
    for (const group of gather(
      allowed,
      sent.filter((one) => one.contact === contact),
      nowMs,
    )) {
      const one = toDue(next++, contact, group);
      due.push(one);
      for (const slot of new Set(one.items.map((item) => item.slot)))
        sent.push({ message: one.number, contact, slot, atMs: nowMs, priority: one.priority });
    }
    const forbidden = theirs.filter((one) => !allowed.includes(one));
    if (forbidden.length > 0) due.push(toDue(next++, contact, forbidden));
  }

  for (const { number, items } of due)
    for (const item of items) take(item, item.step, { message: number, outMs: nowMs, became: 'out' });
  const tellings = open.map(({ telling }) => {
    const added = out.get(keyOf(telling));
    return added === undefined ? telling : { ...telling, taken: { ...telling.taken, ...added } };
  });
  return { state: { clockMs: nowMs, next, tellings, sent }, due };
}

/**
 * What became of a message. One that reached somebody stays so.
 * @param slots of these patients alone: of what it speaks of, and of what was taken to be said by it
 */
export function settle(
  state: LadderState,
  message: number,
  became: 'failing' | 'told',
  slots?: ReadonlySet<number>,
): LadderState {
  return {
    ...state,
    tellings: state.tellings.map((telling) => {
      if (slots?.has(telling.slot) === false) return telling;
      const taken = Object.entries(telling.taken).map(([step, one]): [string, Taken] => [
        step,
        one.message === message && one.became !== 'told' ? { ...one, became } : one,
      ]);
      return { ...telling, taken: Object.fromEntries(taken) };
    }),
  };
}

/** Whether anything of a message is still unanswered. */
export const isWanted = ({ tellings }: LadderState, message: number): boolean =>
  tellings.some(
    ({ sinceMs, taken }) =>
      sinceMs !== undefined && Object.values(taken).some((one) => one.message === message),
  );

type Waiting = { readonly alarm: OpenAlarm; readonly step: Step };

const keyOf = ({ slot, condition, episode }: Pick<Telling, 'slot' | 'condition' | 'episode'>): string =>
  `${slot} ${condition} ${episode}`;

const groupOf = ({ slot, condition, group = condition }: OpenAlarm): string => `${slot} ${group}`;

/** What somebody knows of covers what says the same and is no more urgent. */
const withMates = (alarm: OpenAlarm, mates: readonly OpenAlarm[]): OpenAlarm =>
  !alarm.answered && mates.some((mate) => mate.answered && RANK[mate.priority] <= RANK[alarm.priority])
    ? { ...alarm, answered: true }
    : alarm;

/** The step as it was taken for one of the same group that is unanswered and at least as urgent: the newest, which holds. */
function takenByMate(
  alarm: OpenAlarm,
  mates: readonly OpenAlarm[],
  tellingOf: (mate: OpenAlarm) => Telling | undefined,
  step: string,
): Taken | undefined {
  return mates
    .flatMap((mate) => {
      const telling = mate === alarm ? undefined : tellingOf(mate);
      const isWaiting = telling?.sinceMs !== undefined && RANK[mate.priority] <= RANK[alarm.priority];
      return isWaiting ? (telling.taken[step] ?? []) : [];
    })
    .toSorted((left, right) => right.message - left.message)[0];
}

/** A clock that was put back puts everything that was measured by it back by as much: no delay begins anew. */
function withClock(state: LadderState, nowMs: number): LadderState {
  return nowMs >= state.clockMs ? state : moved(state, nowMs - state.clockMs);
}

/** Everything that was measured by a clock, after that was put on by so many ms, or back where negative: no delay is cut. */
export function moved(state: LadderState, byMs: number): LadderState {
  return {
    ...state,
    tellings: state.tellings.map((telling) => ({
      ...telling,
      ...(telling.sinceMs !== undefined && { sinceMs: telling.sinceMs + byMs }),
      taken: Object.fromEntries(
        Object.entries(telling.taken).map(([step, one]) => [step, { ...one, outMs: one.outMs + byMs }]),
      ),
    })),
    sent: state.sent.map((one) => ({ ...one, atMs: one.atMs + byMs })),
  };
}

function follow(telling: Telling | undefined, alarm: OpenAlarm, nowMs: number): Telling {
  const { slot, condition, episode, answered, raisedMs } = alarm;
  if (telling === undefined) {
    const sinceMs = answered ? undefined : Math.min(raisedMs, nowMs);
    return { slot, condition, episode, beforeMs: 0, sinceMs, taken: {} };
  }
  if (answered === (telling.sinceMs === undefined)) return telling;
  if (answered) return { ...telling, beforeMs: unansweredMs(telling, nowMs), sinceMs: undefined };
  return { ...telling, sinceMs: nowMs };
}

const unansweredMs = ({ beforeMs, sinceMs }: Telling, nowMs: number): number =>
  beforeMs + (sinceMs === undefined ? 0 : nowMs - sinceMs);

function dueSteps(telling: Telling, alarm: OpenAlarm, { steps, setMs }: Ladder, nowMs: number): Step[] {
  if (telling.sinceMs === undefined) return [];
  // Set in the future: the clock was put back since.
  const waitedMs = Math.min(unansweredMs(telling, nowMs), setMs > nowMs ? Infinity : nowMs - setMs);
  const theirs = steps
    .filter(({ from }) => RANK[alarm.priority] <= RANK[from])
    .toSorted((left, right) => left.after - right.after || left.contact - right.contact);
  return theirs.filter((step, i) => {
    if (telling.taken[stepKey(step)] !== undefined) return false;
    const before = theirs[i - 1];
    return (
      waitedMs >= step.after * MINUTE_MS ||
      (before !== undefined && reachedNobody(telling.taken[stepKey(before)], nowMs))
    );
  });
}

const reachedNobody = (taken: Taken | undefined, nowMs: number): boolean =>
  taken?.became === 'failing' || (taken?.became === 'out' && nowMs - taken.outMs >= CONFIRM_MS);

/** What goes to one contact now, as messages: a patient's together, and in a storm everybody's. */
function gather(waiting: readonly Waiting[], sent: readonly Sent[], nowMs: number): Waiting[][] {
  const bySlot = [...Map.groupBy(waiting, ({ alarm }) => alarm.slot)];
  const messages = new Set(sent.map(({ message }) => message)).size;
  if (messages + bySlot.length > MESSAGES_MAX) {
    const rests = sent.every(({ atMs }) => nowMs - atMs >= GATHER_MS);
    return rests ? [[...waiting]] : [];
  }
  return bySlot.flatMap(([slot, theirs]) => {
    const lately = sent.filter((one) => one.slot === slot && nowMs - one.atMs < GATHER_MS);
    const told = Math.min(...lately.map(({ priority }) => RANK[priority]));
    // Something higher than what was said within the minute does not wait for its end.
    return Math.min(...theirs.map(({ alarm }) => RANK[alarm.priority])) < told ? [theirs] : [];
  });
}

function toDue(number: number, contact: number, group: readonly Waiting[]): Due {
  const rank = Math.min(...group.map(({ alarm }) => RANK[alarm.priority]));
  return {
    number,
    contact,
    channels: [...new Set(group.flatMap(({ step }) => step.channels))],
    priority: PRIORITIES[rank] as Priority,
    items: group.map(({ alarm: { slot, condition, episode }, step }) => ({
      slot,
      condition,
      episode,
      step: stepKey(step),
    })),
  };
}
