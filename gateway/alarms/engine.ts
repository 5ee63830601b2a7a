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
  /** Of the moment at which it last changed. */
  readonly facts: Readonly<Record<string, string | number>>;
};

/** What happened to one alarm. */
export type AlarmNotice = AlarmChange & Pick<Alarm, 'slot' | 'condition' | 'priority' | 'facts'>;

/** A high alarm is never silenced without an end, nor for longer than this. */
const HIGH_SNOOZE_MAX_MS = 3_600_000;

export class AlarmEngine {
  readonly #bySlot = new Map<number, Map<string, Alarm>>();

  /** @param kept what `all` gave before */
  constructor(kept: Iterable<Alarm> = []) {
    for (const alarm of kept) this.#of(alarm.slot).set(alarm.condition, alarm);
  }

  /**
   * Takes in everything that is seen of one patient now. A condition that is no longer among it (a device that was taken
   * away, a limit that was lifted) is over.
   */
  observe(slot: number, seen: Iterable<Observed>, nowMs: number): AlarmNotice[] {
    const alarms = this.#of(slot);
    const notices: AlarmNotice[] = [];
    const gone = new Set(alarms.keys());
    for (const { id, priority, timing, evidence, facts } of seen) {
      gone.delete(id);
      const before = alarms.get(id);
      const { state, changes } = observe(before?.state ?? QUIET, evidence, nowMs, timing);
      // Most of what is seen is quiet, and stays so.
      if (before === undefined && state.presence === 'off' && state.violatedSinceMs === undefined) continue;
      const alarm: Alarm = {
        slot,
        condition: id,
        priority,
        state,
        facts: changes.length > 0 || before === undefined ? facts : before.facts,
      };
      alarms.set(id, alarm);
      for (const change of changes)
        notices.push({ ...change, slot, condition: id, priority, facts: alarm.facts });
    }
    for (const condition of gone) notices.push(...this.#end(alarms, condition, nowMs));
    return notices;
  }

  /**
   * Somebody says that they know of an alarm.
   * @throws RangeError for a high one without an end within an hour
   */
  acknowledge(slot: number, condition: string, by: Acknowledgement): AlarmNotice[] {
    const alarm = this.#of(slot).get(condition);
    if (alarm === undefined || alarm.state.presence === 'off') return [];
    const forMs = (by.untilMs ?? Number.POSITIVE_INFINITY) - by.atMs;
    if (
      alarm.priority === 'high' &&
      alarm.state.presence !== 'latched' &&
      !(forMs > 0 && forMs <= HIGH_SNOOZE_MAX_MS)
    ) {
      throw new RangeError('a high alarm is acknowledged for an hour at most, with its end');
    }
    const { state, changes } = acknowledge(alarm.state, by);
    this.#of(slot).set(condition, { ...alarm, state });
    return changes.map((change) => ({
      ...change,
      slot,
      condition,
      priority: alarm.priority,
      facts: alarm.facts,
    }));
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

  #of(slot: number): Map<string, Alarm> {
    let alarms = this.#bySlot.get(slot);
    if (alarms === undefined) {
      alarms = new Map();
      this.#bySlot.set(slot, alarms);
    }
    return alarms;
  }

  #end(alarms: Map<string, Alarm>, condition: string, nowMs: number): AlarmNotice[] {
    const alarm = alarms.get(condition);
    if (alarm === undefined) return [];
    const { slot, priority, facts, state } = alarm;
    const notice = { slot, condition, priority, facts, atMs: nowMs };
    if (state.presence === 'off') {
      if (state.violatedSinceMs !== undefined) {
        alarms.set(condition, { ...alarm, state: { presence: 'off', episodes: state.episodes } });
      }
      return [];
    }
    alarms.set(condition, { ...alarm, state: { presence: 'off', episodes: state.episode } });
    const { episode } = state;
    const ended: AlarmNotice = { ...notice, change: 'ended', episode };
    return state.presence === 'latched' ? [ended] : [{ ...notice, change: 'over', episode }, ended];
  }
}

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };
const raisedMs = ({ state }: Alarm): number => (state.presence === 'off' ? 0 : state.raisedMs);
