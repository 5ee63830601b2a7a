// What is said. Unless the patient allows more, what leaves the house names nobody and nothing: an alarm, how urgent, when.

import type { Priority } from '../alarms/condition.ts';
import type { Disclosure, Message, ToldAlarm } from './message.ts';

/** An alarm with all that is known of it. */
export type KnownAlarm = {
  readonly slot: number;
  /** Undefined for the hub's own. */
  readonly patient: string | undefined;
  readonly condition: string;
  readonly priority: Priority;
  readonly raisedMs: number;
  readonly facts: Readonly<Record<string, string | number>>;
};

/** `03:07 GMT+1`, as the house has it: whoever reads it may be elsewhere. */
const timeOf = (ms: number): string =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(ms);

const OPEN = 'open Heartwood.';
const LINES_MAX = 10;

/** As much of an alarm as the patient lets out. Of the hub's own nothing need be hidden but whose it is: it has no patient. */
export function disclosed(alarm: KnownAlarm, disclose: Disclosure): ToldAlarm {
  const { patient, condition, priority, raisedMs, facts } = alarm;
  const bare = { priority, raised: raisedMs };
  if (disclose === 'nothing') return bare;
  const named = { ...bare, condition, ...(patient !== undefined && { patient }) };
  return disclose === 'name' ? named : { ...named, facts };
}

/** @param key as `Message` says */
export function alarmMessage(key: string, alarms: readonly ToldAlarm[], priority: Priority): Message {
  const at = Math.min(...alarms.map(({ raised }) => raised));
  const head =
    alarms.length === 1
      ? `An alarm of ${priority} priority at ${timeOf(at)}; ${OPEN}`
      : `${alarms.length} alarms, the highest of ${priority} priority, since ${timeOf(at)}; ${OPEN}`;
  const lines = alarms.flatMap(lineOf);
  const text = [head, ...lines.slice(0, LINES_MAX)].join('\n');
  return { key, kind: 'alarm', priority, at, text, alarms };
}

export const testMessage = (key: string, atMs: number): Message => ({
  key,
  kind: 'test',
  priority: 'low',
  at: atMs,
  text: `This is a test at ${timeOf(atMs)}: nothing has happened. An alarm would come like this.`,
  alarms: [],
});

function lineOf({ patient, condition, priority, facts }: ToldAlarm): string[] {
  if (condition === undefined) return [];
  const { value, unit, limit } = facts ?? {};
  // Who is told late is told of the same number: what it is by now, this message does not know.
  const measured =
    value === undefined ? '' : `: ${value}${unit === undefined ? '' : ` ${unit}`} when it began`;
  const bound = measured === '' || limit === undefined ? '' : ` (limit ${limit})`;
  const what = condition.replaceAll('-', ' ').replace(':', ' ');
  return [`${patient ?? 'The hub'}, ${priority}: ${what}${measured}${bound}`];
}
