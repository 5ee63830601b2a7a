// Alarms, who acknowledged them, and their facts.

import { type Alarm, type Facts, PRESENCES, PRIORITIES } from '../alarm.ts';
import { Fields } from './fields.ts';

export function parseAlarm(json: unknown): Alarm {
  const o = new Fields(json, 'alarm');
  return {
    condition: o.text('condition', 200),
    group: o.has('group') ? o.text('group', 200) : o.text('condition', 200),
    priority: o.oneOf('priority', PRIORITIES),
    presence: o.oneOf('presence', PRESENCES),
    episode: o.count('episode'),
    raised: o.time('raised'),
    since: o.has('since') ? o.time('since') : undefined,
    over: o.has('over') ? o.time('over') : undefined,
    acknowledged: o.has('acknowledged') ? parseAcknowledged(o.get('acknowledged')) : undefined,
    facts: parseFacts(o.get('facts')),
  };
}

function parseAcknowledged(json: unknown): NonNullable<Alarm['acknowledged']> {
  const o = new Fields(json, 'acknowledged');
  const until = o.has('until') ? o.time('until') : undefined;
  return {
    by: o.text('by', 256),
    at: o.time('at'),
    why: o.text('why', 256),
    until,
    snooze: o.get('snooze') === true,
  };
}

function parseFacts(json: unknown): Facts {
  const o = new Fields(json, 'facts');
  return Object.fromEntries(
    o.names().map((name) => [name, typeof o.get(name) === 'number' ? o.number(name) : o.text(name, 256)]),
  );
}
