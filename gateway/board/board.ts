// What alarms come to over some days: how many, of whom, how many somebody acted on and how soon, and which rule is the
// noisiest. A ward that is called in vain comes later the next time: this is where it shows. Pure: events come in.

import type { HubEvent } from '@heartwood/vitals';
import type { Priority } from '../alarms/condition.ts';

/** An event of the hub's slot, as far as it is told here. */
export type AlarmEvent = Pick<HubEvent, 'name' | 'at' | 'detail'>;

/** What some alarms come to. */
export type Tally = {
  readonly raised: number;
  /** That somebody acknowledged. */
  readonly actedOn: number;
  /** From raised to first acknowledged, ms; undefined where none was. */
  readonly medianMs: number | undefined;
};

export type AlarmBoard = Tally & {
  /** Ms since 1970, by the hub's clock. */
  readonly from: number;
  readonly to: number;
  readonly byPriority: Readonly<Record<Priority, number>>;
  /** That were held back: what the ECG said and the finger's pulse did not. */
  readonly heldBack: number;
  readonly patients: readonly (Tally & { readonly slot: number; readonly perDay: number })[];
  /** The noisiest first. Conditions of one device each are one rule. */
  readonly rules: readonly (Tally & { readonly rule: string })[];
};

type Alarm = {
  readonly slot: number;
  readonly rule: string;
  readonly priority: Priority;
  readonly raisedMs: number;
  tookMs: number | undefined;
};

const DAY_MS = 86_400_000;

/** `silent:watch-1` is the rule `silent`. */
const ruleOf = (condition: string): string => condition.split(':', 1)[0] as string;

/** @param events of a time to before another, in their order */
export function alarmBoard(
  events: Iterable<AlarmEvent>,
  { from, to }: { readonly from: number; readonly to: number },
): AlarmBoard {
  const alarms = new Map<string, Alarm>();
  let heldBack = 0;
  for (const { name, at, detail } of events) {
    const { slot, condition, priority, episode } = detail;
    if (typeof slot !== 'number' || typeof condition !== 'string') continue;
    const key = `${slot} ${condition} ${episode}`;
    const alarm = alarms.get(key);
    if (name === 'alarm-held-back') heldBack += 1;
    else if (name === 'alarm-raised')
      alarms.set(key, {
        ...{ slot, rule: ruleOf(condition), priority: priority as Priority },
        ...{ raisedMs: at, tookMs: undefined },
      });
    // One that was raised before is not of these days.
    else if (name === 'alarm-acknowledged' && alarm !== undefined) alarm.tookMs ??= at - alarm.raisedMs;
  }
  const all = [...alarms.values()];
  const days = Math.max(1, (to - from) / DAY_MS);
  return {
    from,
    to,
    ...tally(all),
    byPriority: {
      high: count(all, 'high'),
      medium: count(all, 'medium'),
      low: count(all, 'low'),
    },
    heldBack,
    patients: grouped(all, ({ slot }) => slot).map(([slot, of]) => ({
      ...{ slot, perDay: of.length / days },
      ...tally(of),
    })),
    rules: grouped(all, ({ rule }) => rule).map(([rule, of]) => ({ rule, ...tally(of) })),
  };
}

const count = (alarms: readonly Alarm[], wanted: Priority): number =>
  alarms.filter(({ priority }) => priority === wanted).length;

function tally(alarms: readonly Alarm[]): Tally {
  const took = alarms.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs])).sort((a, b) => a - b);
  const middle = took.length / 2;
  return {
    raised: alarms.length,
    actedOn: took.length,
    // Of an even number the mean of the two in the middle.
    medianMs:
      took.length === 0
        ? undefined
        : ((took[Math.ceil(middle) - 1] as number) + (took[Math.floor(middle)] as number)) / 2,
  };
}

/** The largest group first. */
function grouped<Key>(alarms: readonly Alarm[], keyOf: (alarm: Alarm) => Key): [Key, Alarm[]][] {
  return [...Map.groupBy(alarms, keyOf)].sort(([, a], [, b]) => b.length - a.length);
}
