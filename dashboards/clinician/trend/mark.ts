// What happened around a patient, out of the hub's record: asked for by pieces, told in words, marked above the charts.
// Each can be proved like a reading.

import { alarmWords, PRIORITIES, PRIORITY_SIGNS, type Priority } from '../alarm.ts';

/** An event of the hub as `GET /api/patients/<id>/events` tells it (docs/spec/feed.md). */
export type HubEventTold = {
  /** `<batch>.0.<index>`. */
  readonly id: string;
  /** The hub's clock, ms since 1970. */
  readonly at: number;
  readonly name: string;
  readonly detail: Readonly<Record<string, string | number>>;
  readonly device: string | undefined;
};

export type Mark = {
  readonly event: HubEventTold;
  readonly at: number;
  readonly kind: 'raised' | 'answered' | 'over' | 'device' | 'note';
  /** Set for what is about an alarm. */
  readonly priority: Priority | undefined;
  /** Its sign above the chart. */
  readonly sign: string;
  readonly words: string;
};

const EVENT_ID = /^\d{1,15}\.0\.\d{1,9}$/;
const PIECES_MAX = 200;

/** What the hub tells of a patient between two times. Throws where it does not answer. */
export async function fetchEvents(
  patient: string,
  { from, to }: { readonly from: number; readonly to: number },
  tell: (events: readonly HubEventTold[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let until = to;
  for (let piece = 0; until > from && piece < PIECES_MAX; piece++) {
    const answer = await fetch(`/api/patients/${patient}/events?from=${from}&to=${until}`, { signal });
    if (!answer.ok) throw new Error(`The hub did not tell what happened (it answered ${answer.status}).`);
    const told = parseEvents(await answer.json());
    if (signal.aborted) return;
    tell(told.events);
    if (!(told.from < until)) return;
    until = told.from;
  }
}

/** Events of another form are left out. */
export function parseEvents(json: unknown): {
  readonly from: number;
  readonly events: readonly HubEventTold[];
} {
  const from = field(json, 'from');
  const events = field(json, 'events');
  return {
    from: typeof from === 'number' && Number.isFinite(from) ? from : 0,
    events: Array.isArray(events) ? events.flatMap((one) => parseEvent(one) ?? []) : [],
  };
}

function parseEvent(json: unknown): HubEventTold | undefined {
  const [id, at, name, told, device] = ['id', 'at', 'name', 'detail', 'device'].map((key) =>
    field(json, key),
  );
  if (typeof id !== 'string' || !EVENT_ID.test(id) || typeof name !== 'string') return undefined;
  if (typeof at !== 'number' || !Number.isFinite(at) || typeof told !== 'object' || told === null)
    return undefined;
  const detail = Object.entries(told).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return {
    id,
    at,
    name,
    detail: Object.fromEntries(detail),
    device: typeof device === 'string' ? device : undefined,
  };
}

function field(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Record<string, unknown>)[name];
}

const text = (value: unknown, otherwise = ''): string => (value === undefined ? otherwise : String(value));

/** What would have been an alarm, and what spoke against it. */
export function heldBackWords({ detail }: HubEventTold): string {
  const alarm = alarmWords({ condition: text(detail['condition']), facts: detail });
  const because = HELD_BACK[text(detail['because'])]?.(detail) ?? text(detail['because']);
  return `${alarm}; ${because}`;
}

const HELD_BACK: Readonly<Record<string, (detail: HubEventTold['detail']) => string>> = {
  pulse: ({ pulse }) => `the finger had a regular pulse of ${pulse} /min`,
  ecg: ({ ecg }) => `a good ECG showed ${ecg} /min`,
  count: ({ count }) => `another device counted ${count} /min`,
  'poor-signal': () => 'the ECG could not be read',
  'lead-off': () => 'the ECG showed a flat line: an electrode that is off, as far as can be seen',
};

/** Undefined for what needs no mark: an alarm that goes on after a restart, say. */
export function markOf(event: HubEventTold): Mark | undefined {
  const { at, name, detail } = event;
  const priority = PRIORITIES.find((each) => each === detail['priority']);
  const alarm = (): string => alarmWords({ condition: text(detail['condition']), facts: detail });
  const base = { event, at, priority };
  switch (name) {
    case 'alarm-raised': {
      const sign = priority === undefined ? '!' : PRIORITY_SIGNS[priority];
      return { ...base, kind: 'raised', sign, words: `Alarm: ${alarm()}` };
    }
    case 'alarm-acknowledged': {
      const by = text(detail['by'], 'somebody');
      return {
        ...base,
        kind: 'answered',
        sign: '✓',
        words: `${by} knows: ${alarm()} (${text(detail['why'])})`,
      };
    }
    case 'alarm-held-back':
      return {
        ...base,
        priority: undefined,
        kind: 'note',
        sign: '⊘',
        words: `Held back: ${heldBackWords(event)}`,
      };
    case 'alarm-over':
      return { ...base, kind: 'over', sign: '·', words: `Over: ${alarm()}` };
    case 'device-assigned':
    case 'device-enrolled':
    case 'device-revoked': {
      const verb = name === 'device-revoked' ? 'was turned away' : 'measures this patient';
      return { ...base, kind: 'device', sign: '◆', words: `${event.device ?? 'A device'} ${verb}` };
    }
    default: {
      if (name.startsWith('alarm-')) return undefined;
      const said = Object.entries(detail)
        .filter(([key]) => key !== 'slot' && key !== 'device' && key !== 'person')
        .map(([key, value]) => `${key} ${value}`)
        .join(', ');
      return { ...base, kind: 'note', sign: '✎', words: `${name.replaceAll('-', ' ')}: ${said}` };
    }
  }
}
