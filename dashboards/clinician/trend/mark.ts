// What happened, as a mark above the charts and in words.

import { PRIORITIES, PRIORITY_SIGNS, type Priority } from '../alarm.ts';
import { alarmWords, type Numbers } from '../alarm-words.ts';
import { chartsText } from '../text/charts.ts';
import { type HubEventTold, noteWords } from './event.ts';

export type Mark = {
  readonly event: HubEventTold;
  readonly at: number;
  readonly kind: 'raised' | 'answered' | 'over' | 'device' | 'note';
  /** Set for what is about an alarm. */
  readonly priority: Priority | undefined;
  /** Its sign above the chart. */
  readonly sign: string;
};

/** Undefined for what needs no mark: an alarm that was over and is put away, say. */
export function markOf(event: HubEventTold): Mark | undefined {
  const { at, name, detail } = event;
  const priority = PRIORITIES.find((each) => each === detail['priority']);
  const base = { event, at, priority };
  switch (name) {
    case 'alarm-raised':
    case 'alarm-resumed':
      return { ...base, kind: 'raised', sign: priority === undefined ? '!' : PRIORITY_SIGNS[priority] };
    case 'alarm-acknowledged':
      return { ...base, kind: 'answered', sign: '✓' };
    case 'alarm-held-back':
      return { ...base, priority: undefined, kind: 'note', sign: '⊘' };
    case 'alarm-over':
      return { ...base, kind: 'over', sign: '·' };
    case 'device-assigned':
    case 'device-revoked':
      return { ...base, kind: 'device', sign: '◆' };
    // Whose it is from then on stands beside it.
    case 'device-enrolled':
      return undefined;
    default:
      return name.startsWith('alarm-') ? undefined : { ...base, kind: 'note', sign: '✎' };
  }
}

const text = (value: unknown, otherwise = ''): string => (value === undefined ? otherwise : String(value));

/** What would have been an alarm, and what spoke against it. */
export function heldBackWords({ detail }: HubEventTold): string {
  const alarm = alarmWords({ condition: text(detail['condition']), facts: detail }, 'now');
  const why = text(detail['because']);
  const words: Readonly<Record<string, (count: string) => string>> = chartsText().because;
  const because = Object.hasOwn(words, why) ? words[why]?.(text(detail[why])) : undefined;
  return `${alarm}; ${because ?? why}`;
}

const NOTE_KINDS = ['note', 'correction', 'withdrawal'] as const;
const noteKind = (kind: unknown): (typeof NOTE_KINDS)[number] =>
  NOTE_KINDS.find((each) => each === kind) ?? 'note';

/** A line of a list has room for the beginning of a note. */
const SHORT = 120;
const short = (words: string): string => {
  const characters = [...words.replaceAll(/\s+/g, ' ')];
  return characters.length <= SHORT ? characters.join('') : `${characters.slice(0, SHORT - 1).join('')}…`;
};

/** What happened, in the language that is shown. What this page does not know is said as the record has it. */
export function markWords(event: HubEventTold): string {
  const { name, detail } = event;
  const said = chartsText();
  // The number that raised it is said once: what it was when somebody answered, or when it was over, is in the charts.
  const alarm = (numbers: Numbers = 'none'): string =>
    alarmWords({ condition: text(detail['condition']), facts: detail }, numbers);
  const device = event.device ?? said.aDevice;
  switch (name) {
    case 'alarm-raised':
      return said.alarm(alarm('now'));
    case 'alarm-resumed':
      return detail['was'] === 'latched' ? said.cameBack(alarm()) : said.unknownAgain(alarm());
    case 'alarm-acknowledged':
      return said.knows(text(detail['by'], said.somebody), alarm(), text(detail['why']));
    case 'alarm-held-back':
      return said.heldBack(heldBackWords(event));
    case 'alarm-over':
      return said.over(alarm());
    case 'note-written':
      return said.note[noteKind(detail['kind'])](
        text(detail['by'], said.somebody),
        short(noteWords(detail)),
        text(detail['about']),
      );
    case 'device-assigned':
      return said.measures(device);
    case 'device-revoked':
      return said.turnedAway(device);
    default: {
      const all = Object.entries(detail)
        .filter(([key]) => key !== 'slot' && key !== 'device' && key !== 'person')
        .map(([key, value]) => `${key} ${value}`)
        .join(', ');
      return `${name.replaceAll('-', ' ')}: ${all}`;
    }
  }
}
