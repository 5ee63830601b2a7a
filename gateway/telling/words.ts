// What is said. Unless the patient allows more, what leaves the house names nobody and nothing: an alarm, how urgent, when.

import type { Priority } from '../alarms/condition.ts';
import type { Language } from './language.ts';
import type { Disclosure, Message, ToldAlarm } from './message.ts';
import { TEXTS, type Texts } from './texts.ts';

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
const timeOf = (ms: number, { locale }: Texts): string =>
  new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(ms);

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
export function alarmMessage(
  key: string,
  alarms: readonly ToldAlarm[],
  priority: Priority,
  language: Language = 'en',
): Message {
  const texts = TEXTS[language];
  const at = Math.min(...alarms.map(({ raised }) => raised));
  const time = timeOf(at, texts);
  const head =
    alarms.length === 1 ? texts.alarm(priority, time) : texts.alarms(alarms.length, priority, time);
  const lines = alarms.flatMap((alarm) => lineOf(alarm, texts));
  const text = [head, ...lines.slice(0, LINES_MAX)].join('\n');
  return { key, kind: 'alarm', priority, at, text, alarms, language };
}

export const testMessage = (key: string, atMs: number, language: Language = 'en'): Message => ({
  key,
  kind: 'test',
  priority: 'low',
  at: atMs,
  text: TEXTS[language].test(timeOf(atMs, TEXTS[language])),
  alarms: [],
  language,
});

/** What a mail is called. One that was written before messages had a language is English. */
export function subjectOf({
  kind,
  priority,
  language = 'en',
}: Pick<Message, 'kind' | 'priority' | 'language'>): string {
  const texts = TEXTS[language];
  return kind === 'test' ? texts.testSubject : texts.subject(priority);
}

function lineOf({ patient, condition, priority, facts }: ToldAlarm, texts: Texts): string[] {
  if (condition === undefined) return [];
  const { value, unit, limit } = facts ?? {};
  const number = (one: string | number): string =>
    typeof one === 'number' && texts !== TEXTS.en ? one.toLocaleString(texts.locale) : String(one);
  // Who is told late is told of the same number: what it is by now, this message does not know.
  const measured =
    value === undefined
      ? ''
      : `: ${texts.measured(`${number(value)}${unit === undefined ? '' : ` ${unit}`}`)}`;
  const bound = measured === '' || limit === undefined ? '' : texts.limit(number(limit));
  return [
    `${patient ?? texts.hub}, ${texts.priority[priority]}: ${texts.condition(condition)}${measured}${bound}`,
  ];
}
