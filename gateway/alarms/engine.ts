// The alarms of a hub: takes what is seen of every condition and says what happened. It knows no rule, no reading and no
// clock, and keeps nothing on disk: whoever runs it stores what it says before anybody hears of it, and gives it back
// at the next start.

import type { Observed, Priority } from './condition.ts';
import {
  type Acknowledgement,
  type AlarmChange,
  type AlarmState,
  acknowledge,
  observe,
  QUIET,
} from './episode.ts';

/** An alarm that is not off, or a condition that is being waited out. */
export type Alarm = {
  /** Whose: a patient's slot, or the hub's. */
  readonly slot: number;
  readonly condition: string;
  readonly priority: Priority;
  readonly state: AlarmState;
  /** Of the moment at which it was raised, for as long as the episode lasts: they are what its words and its proof say. */
  readonly facts: Readonly<Record<string, string | number>>;
};

/** What happened to one alarm. */
export type AlarmNotice = AlarmChange &
  Pick<Alarm, 'slot' | 'condition' | 'priority' | 'facts'> & {
    /** Of one that was acknowledged: by whom, why and until when. */
    readonly acknowledgement?: Acknowledgement | undefined;
    /** Of one that was resumed: whether somebody knew of it until now, or it was over. */
    readonly was?: 'acknowledged' | 'latched' | undefined;
  };

/** A high alarm is never silenced without an end, nor for longer than this. */
const HIGH_SNOOZE_MAX_MS = 3_600_000;

export class AlarmEngine {
  readonly #bySlot: Map<number, Map<string, Alarm>>;
  /** The slots whose alarms are this engine's alone; the others are shared with the one that it is a draft of. */
  readonly #own = new Set<number>();

  /** @param kept what `all` gave before */
  constructor(kept: Iterable<Alarm> = []) {
    this.#bySlot = new Map();
    for (const alarm of kept) this.#put(alarm);
  }

  /** One that knows the same, and whose changes this one does not see: costs as many steps as there are patients. */
  draft(): AlarmEngine {
    const draft = new AlarmEngine();
    for (const [slot, alarms] of this.#bySlot) draft.#bySlot.set(slot, alarms);
    return draft;
  }

  /**
   * Takes in everything that is seen of one patient now. A condition that is no longer among it (a device that was taken
   * away, a limit that was lifted) is over.
   */
  observe(slot: number, seen: Iterable<Observed>, nowMs: number): AlarmNotice[] {
    const notices: AlarmNotice[] = [];
    const gone = new Set(this.#of(slot).keys());
    for (const { id, priority: now, timing, evidence, facts } of seen) {
      gone.delete(id);
      const before = this.#of(slot).get(id);
      // What nobody can see is as urgent as it was.
      const priority = evidence === 'unknown' ? (before?.priority ?? now) : now;
      const { state, changes } = observe(stateFor(before, priority, nowMs), evidence, nowMs, timing);
      // Most of what is seen is quiet, and stays so.
      if (before === undefined && state.presence === 'off' && state.violatedSinceMs === undefined) continue;
      const alarm: Alarm = {
        slot,
        condition: id,
        priority,
        state,
        facts: before === undefined || before.state.presence === 'off' ? facts : before.facts,
      };
      if (before?.priority !== priority || !sameState(before.state, state)) this.#put(alarm);
      const was = before?.state.presence === 'latched' ? 'latched' : 'acknowledged';
      for (const change of changes)
        notices.push({ ...noticeOf(alarm, change), ...(change.change === 'resumed' && { was }) });
    }
    for (const condition of gone) notices.push(...this.#end(slot, condition, nowMs));
    return notices;
  }

  /**
   * Somebody says that they know of an alarm, or that they want to be told again.
   * @throws RangeError for a high one without an end within an hour; for telling again without an end, or of one that is over
   */
  acknowledge(slot: number, condition: string, by: Acknowledgement): AlarmNotice[] {
    const alarm = this.#of(slot).get(condition);
    if (alarm === undefined || alarm.state.presence === 'off') return [];
    const forMs = (by.untilMs ?? Number.POSITIVE_INFINITY) - by.atMs;
    const isHigh = alarm.priority === 'high';
    const isOver = alarm.state.presence === 'latched';
    if (isHigh && !isOver && !(forMs > 0 && forMs <= HIGH_SNOOZE_MAX_MS))
      throw new RangeError('A high alarm is silenced for an hour at most, with its end.');
    if (by.outlasts === true && (isOver || by.untilMs === undefined))
      throw new RangeError(
        isOver ? 'This alarm is over: acknowledge it.' : 'Say when you want to be told again.',
      );
    // A new episode of danger is told whatever was said of the last one.
    const acknowledgement = isHigh && by.outlasts ? { ...by, outlasts: undefined } : by;
    const { state, changes } = acknowledge(alarm.state, acknowledgement);
    const known: Alarm = { ...alarm, state };
    this.#put(known);
    return changes.map((change) => ({
      ...noticeOf(known, change),
      ...(change.change === 'acknowledged' && { acknowledgement: by }),
    }));
  }

  /** What must be known again of one patient after a restart. */
  kept(slot: number): readonly Alarm[] {
    return [...this.#of(slot).values()];
  }

  /** Everything that must be known again after a restart. */
  *all(): Generator<Alarm> {
    for (const alarms of this.#bySlot.values()) yield* alarms.values();
  }

  /** The alarms of a patient that are not off: the highest first, then the oldest. */
  of(slot: number): readonly Alarm[] {
    const raised = [...this.#of(slot).values()].filter(({ state }) => state.presence !== 'off');
    return raised.sort(
      (left, right) => RANK[left.priority] - RANK[right.priority] || raisedMs(left) - raisedMs(right),
    );
  }

  #of(slot: number): ReadonlyMap<string, Alarm> {
    return this.#bySlot.get(slot) ?? NONE;
  }

  #put(alarm: Alarm): void {
    const { slot, condition } = alarm;
    let alarms = this.#bySlot.get(slot);
    if (alarms === undefined || !this.#own.has(slot)) {
      alarms = new Map(alarms);
      this.#bySlot.set(slot, alarms);
      this.#own.add(slot);
    }
    alarms.set(condition, alarm);
  }

  #end(slot: number, condition: string, nowMs: number): AlarmNotice[] {
    const alarm = this.#of(slot).get(condition);
    if (alarm === undefined) return [];
    const { state } = alarm;
    if (state.presence === 'off') {
      if (state.violatedSinceMs !== undefined || state.snoozed !== undefined) {
        this.#put({ ...alarm, state: { presence: 'off', episodes: state.episodes } });
      }
      return [];
    }
    this.#put({ ...alarm, state: { presence: 'off', episodes: state.episode } });
    const { episode } = state;
    const ended = noticeOf(alarm, { change: 'ended', episode, atMs: nowMs });
    return state.presence === 'latched'
      ? [ended]
      : [noticeOf(alarm, { change: 'over', episode, atMs: nowMs }), ended];
  }
}

const NONE: ReadonlyMap<string, Alarm> = new Map();
const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };
const raisedMs = ({ state }: Alarm): number => (state.presence === 'off' ? 0 : state.raisedMs);

const noticeOf = ({ slot, condition, priority, facts, state }: Alarm, change: AlarmChange): AlarmNotice => ({
  ...change,
  slot,
  condition,
  priority,
  facts,
  ...(change.change === 'acknowledged' &&
    state.presence === 'acknowledged' && { acknowledgement: state.acknowledgement }),
});

/** Where it is more urgent than when somebody knew of it, they know of something less: it is an alarm again. */
function stateFor(before: Alarm | undefined, priority: Priority, nowMs: number): AlarmState {
  if (before === undefined) return QUIET;
  const { state } = before;
  if (RANK[priority] >= RANK[before.priority]) return state;
  if (state.presence === 'off') return { ...state, snoozed: undefined };
  return state.presence === 'acknowledged'
    ? { ...state, acknowledgement: { ...state.acknowledgement, untilMs: nowMs, outlasts: undefined } }
    : state;
}

/** States are flat but for an acknowledgement, which is handed on as it is. */
function sameState(a: AlarmState, b: AlarmState): boolean {
  const [left, right] = [a, b] as unknown as Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => left?.[key] === right?.[key]);
}
