// A text frame of the feed (docs/spec/feed.md) made a typed message, once: past this folder everything is typed and true
// to the types. The hub is trusted to be honest only as far as the proofs go; a broken or hostile message must neither
// crash the page nor be shown in part, so a message is taken whole or refused whole.

import type { FeedMessage, Numbered } from '../feed.ts';
import { parseAlarm } from './alarm.ts';
import { parseCare, parseRule } from './care.ts';
import { Fields, HEX, Malformed } from './fields.ts';
import { parseBatch, parseDisk, parseHub, parseRadio } from './hub.ts';
import { Packed } from './packed.ts';
import { LINKS, parsePatient, parsePatientScore } from './patient.ts';
import { parseReadings } from './reading.ts';

export type Parsed =
  | { readonly kind: 'message'; readonly message: FeedMessage }
  | { readonly kind: 'malformed'; readonly why: string };

/** Longer texts are refused unread. A snapshot of 16 patients with everything full is about 3 million characters. */
export const MESSAGE_CHARS_MAX = 8_000_000;
const SESSION = /^[\w-]{1,64}$/;

/** Parses one text frame. Never throws; `why` names the field at fault and never quotes a value. */
export function parseFeed(text: string): Parsed {
  return parseParts(text, NO_SAMPLES);
}

const NO_SAMPLES = new Uint8Array();

/** The same with the samples of its waveforms beside it. */
export function parseParts(text: string, samples: Uint8Array): Parsed {
  if (text.length > MESSAGE_CHARS_MAX) return { kind: 'malformed', why: 'the message is too long' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'malformed', why: 'the message is not JSON' };
  }
  try {
    const packed = new Packed(samples);
    const message = parseMessage(json, packed);
    packed.end();
    return { kind: 'message', message };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', why: error.message };
    throw error;
  }
}

function parseMessage(json: unknown, packed: Packed): FeedMessage {
  const o = new Fields(json, 'message');
  const numbered: Numbered = { feed: o.count('feed'), now: o.time('now') };
  const type = o.text('type', 64);
  switch (type) {
    case 'snapshot':
      return {
        type,
        ...numbered,
        session: o.has('session') ? o.match('session', SESSION) : undefined,
        hub: parseHub(o.get('hub')),
        batch: o.get('batch') === null ? null : parseBatch(o.get('batch')),
        disk: (o.get('disk') ?? null) === null ? null : parseDisk(o.get('disk')),
        radio: (o.get('radio') ?? null) === null ? null : parseRadio(o.get('radio')),
        limits: o.has('limits') ? o.list('limits', parseRule) : [],
        patients: o.list('patients', parsePatient),
      };
    case 'readings':
      return { type, ...numbered, readings: parseReadings(o, 'readings', packed) };
    case 'batch':
      return { type, ...numbered, batch: parseBatch(o.get('batch')) };
    case 'link':
      return { type, ...numbered, device: o.text('device', 64), link: o.oneOf('link', LINKS) };
    case 'patients':
      return { type, ...numbered, patients: o.list('patients', parsePatient) };
    case 'alarms':
      return { type, ...numbered, patient: o.match('patient', HEX), alarms: o.list('alarms', parseAlarm) };
    case 'care':
      return { type, ...numbered, patient: o.match('patient', HEX), care: parseCare(o.get('care')) };
    case 'disk':
      return { type, ...numbered, disk: parseDisk(o.get('disk')) };
    case 'radio':
      return { type, ...numbered, radio: parseRadio(o.get('radio')) };
    case 'scores':
      return { type, ...numbered, scores: o.list('scores', parsePatientScore) };
    case 'tick':
    case 'resumed':
      return { type, ...numbered };
    default:
      return { type: 'other', ...numbered };
  }
}
