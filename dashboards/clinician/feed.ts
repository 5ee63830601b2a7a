// The feed is all that the page knows: JSON text frames from the hub, parsed here once and nowhere else
// (docs/spec/feed.md). Past this file everything is typed and true to the types. The hub is trusted to be
// honest only as far as the proofs go; a broken or hostile message must neither crash the page nor be shown
// in part, so a message is taken whole or refused whole.

import {
  ABSENT_REASONS,
  type AbsentReason,
  KINDS,
  type Kind,
  type Measurement,
  NEWS2_INPUTS,
  ORIGINS,
  type Origin,
  QUALITIES,
  type Quality,
} from '@heartwood/vitals';
import { type Alarm, type Facts, PRESENCES, PRIORITIES } from './alarm.ts';
import type { Score } from './score.ts';

/** A committed reading. Its id `<batch>.<slot>.<index>` names it for ever, also before its batch is sealed. */
export type FeedReading = {
  readonly id: string;
  /** The patient's pseudonym, hex. */
  readonly patient: string;
  readonly device: string;
  readonly seq: number;
  /** Device time, ms since 1970; undefined where the device has no clock. */
  readonly at: number | undefined;
  /** The hub's clock at arrival, ms since 1970. */
  readonly received: number;
  readonly origin: Origin;
  readonly measurement: Measurement;
};

export type Link = 'online' | 'offline' | 'unknown';

export type Device = {
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  readonly link: Link;
  /** The hub's clock when it last heard of the device, ms since 1970; null if it never did. */
  readonly lastReceived: number | null;
};

/** Recent readings of one kind each, as the hub sent them. */
export type Recent = Readonly<Partial<Record<Kind, readonly FeedReading[]>>>;

export type Patient = {
  readonly id: string;
  readonly name: string;
  readonly slot: number;
  readonly devices: readonly Device[];
  /** Those that are not off. */
  readonly alarms: readonly Alarm[];
  /** Undefined where the hub tells none. */
  readonly score: Score | undefined;
  readonly recent: Recent;
};

export type Batch = {
  readonly sequence: number;
  /** End of the batch's interval, ms since 1970. */
  readonly end: number;
  /** Null for those who may not know how much the whole home measures. */
  readonly entries: number | null;
  readonly ledgerSize: number;
};

export type Hub = { readonly origin: string; readonly startedAt: number; readonly intervalMs: number };

export type DiskState = 'well' | 'low' | 'full' | 'read-only' | 'failed';
/** What the hub knows of its disk: while it fails, nothing is stored and no alarm is raised. */
export type Disk = { readonly state: DiskState; readonly since: number; readonly freeBytes: number };

/** What Bluetooth lacks and asks; told to whoever runs the hub. */
export type RadioQuestion = {
  readonly id: number;
  readonly kind: 'show-passkey' | 'confirm-passkey' | 'enter-passkey' | 'renew-bond';
  readonly device: string;
  readonly passkey: string | undefined;
};
export type RadioTrouble = {
  readonly kind: 'no-bluetooth' | 'adapter-hangs' | 'adapter-gone';
  readonly adapter: string | undefined;
  readonly since: number;
};
export type Radio = {
  readonly troubles: readonly RadioTrouble[];
  readonly questions: readonly RadioQuestion[];
};

type Numbered = { readonly feed: number; readonly now: number };
export type FeedMessage = Numbered &
  (
    | {
        readonly type: 'snapshot';
        readonly hub: Hub;
        readonly batch: Batch | null;
        /** Null while there is nothing to tell. */
        readonly disk: Disk | null;
        readonly radio: Radio | null;
        readonly patients: readonly Patient[];
      }
    | { readonly type: 'readings'; readonly readings: readonly FeedReading[] }
    | { readonly type: 'batch'; readonly batch: Batch }
    | { readonly type: 'link'; readonly device: string; readonly link: Link }
    | { readonly type: 'patients'; readonly patients: readonly Patient[] }
    | { readonly type: 'alarms'; readonly patient: string; readonly alarms: readonly Alarm[] }
    | { readonly type: 'disk'; readonly disk: Disk }
    | { readonly type: 'radio'; readonly radio: Radio }
    | {
        readonly type: 'scores';
        readonly scores: readonly { readonly patient: string; readonly score: Score }[];
      }
    | { readonly type: 'tick' }
    /** A type that this page does not know: counted, otherwise ignored. */
    | { readonly type: 'other' }
  );

export type Parsed =
  | { readonly kind: 'message'; readonly message: FeedMessage }
  | { readonly kind: 'malformed'; readonly why: string };

/** Longer texts are refused unread. A snapshot of 16 patients with everything full is about 3 million characters. */
export const MESSAGE_CHARS_MAX = 8_000_000;
const LIST_MAX = 10_000;
const SAMPLES_MAX = 20_000;
const TIME_MAX = 8.64e15;
const READING_ID = /^\d{1,15}\.\d{1,6}\.\d{1,9}$/;
const HEX = /^[0-9a-f]{1,64}$/;

class Malformed extends Error {}

/** Parses one text frame. Never throws; `why` names the field at fault and never quotes a value. */
export function parseFeed(text: string): Parsed {
  if (text.length > MESSAGE_CHARS_MAX) return { kind: 'malformed', why: 'the message is too long' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'malformed', why: 'the message is not JSON' };
  }
  try {
    return { kind: 'message', message: parseMessage(json) };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', why: error.message };
    throw error;
  }
}

function parseMessage(json: unknown): FeedMessage {
  const o = new Fields(json, 'message');
  const numbered: Numbered = { feed: o.count('feed'), now: o.time('now') };
  const type = o.text('type', 64);
  switch (type) {
    case 'snapshot':
      return {
        type,
        ...numbered,
        hub: parseHub(o.get('hub')),
        batch: o.get('batch') === null ? null : parseBatch(o.get('batch')),
        disk: (o.get('disk') ?? null) === null ? null : parseDisk(o.get('disk')),
        radio: (o.get('radio') ?? null) === null ? null : parseRadio(o.get('radio')),
        patients: o.list('patients', parsePatient),
      };
    case 'readings':
      return { type, ...numbered, readings: parseReadings(o, 'readings') };
    case 'batch':
      return { type, ...numbered, batch: parseBatch(o.get('batch')) };
    case 'link':
      return { type, ...numbered, device: o.text('device', 64), link: o.oneOf('link', LINKS) };
    case 'patients':
      return { type, ...numbered, patients: o.list('patients', parsePatient) };
    case 'alarms':
      return { type, ...numbered, patient: o.match('patient', HEX), alarms: o.list('alarms', parseAlarm) };
    case 'disk':
      return { type, ...numbered, disk: parseDisk(o.get('disk')) };
    case 'radio':
      return { type, ...numbered, radio: parseRadio(o.get('radio')) };
    case 'scores':
      return { type, ...numbered, scores: o.list('scores', parsePatientScore) };
    case 'tick':
      return { type, ...numbered };
    default:
      return { type: 'other', ...numbered };
  }
}

const LINKS: readonly Link[] = ['online', 'offline', 'unknown'];

function parseHub(json: unknown): Hub {
  const o = new Fields(json, 'hub');
  return { origin: o.text('origin', 256), startedAt: o.time('startedAt'), intervalMs: o.count('intervalMs') };
}

function parseBatch(json: unknown): Batch {
  const o = new Fields(json, 'batch');
  return {
    sequence: o.count('sequence'),
    end: o.time('end'),
    entries: o.get('entries') === null ? null : o.count('entries'),
    ledgerSize: o.count('ledgerSize'),
  };
}

const DISK_STATES: readonly DiskState[] = ['well', 'low', 'full', 'read-only', 'failed'];

function parseDisk(json: unknown): Disk {
  const o = new Fields(json, 'disk');
  return { state: o.oneOf('state', DISK_STATES), since: o.time('since'), freeBytes: o.count('freeBytes') };
}

const QUESTIONS = ['show-passkey', 'confirm-passkey', 'enter-passkey', 'renew-bond'] as const;
const TROUBLES = ['no-bluetooth', 'adapter-hangs', 'adapter-gone'] as const;
const DIGITS = /^\d{1,16}$/;

function parseRadio(json: unknown): Radio {
  const radio = new Fields(json, 'radio');
  return {
    troubles: radio.list('troubles', (one) => {
      const o = new Fields(one, 'trouble');
      return {
        kind: o.oneOf('kind', TROUBLES),
        adapter: o.has('adapter') ? o.text('adapter', 64) : undefined,
        since: o.time('since'),
      };
    }),
    questions: radio.list('questions', (one) => {
      const o = new Fields(one, 'question');
      return {
        id: o.count('id'),
        kind: o.oneOf('kind', QUESTIONS),
        device: o.text('device', 64),
        passkey: o.has('passkey') ? o.match('passkey', DIGITS) : undefined,
      };
    }),
  };
}

function parsePatient(json: unknown): Patient {
  const o = new Fields(json, 'patient');
  return {
    id: o.match('id', HEX),
    name: o.text('name', 256),
    slot: o.count('slot'),
    devices: o.list('devices', parseDevice),
    alarms: o.list('alarms', parseAlarm),
    score: o.has('score') ? parseScore(o.get('score')) : undefined,
    recent: parseRecent(o.get('recent')),
  };
}

function parsePatientScore(json: unknown): { patient: string; score: Score } {
  const o = new Fields(json, 'score of a patient');
  return { patient: o.match('patient', HEX), score: parseScore(o.get('score')) };
}

function parseScore(json: unknown): Score {
  const o = new Fields(json, 'score');
  const told = new Fields(o.get('inputs'), 'score.inputs');
  const inputs: { -readonly [Input in keyof Score['inputs']]: Score['inputs'][Input] } = {};
  for (const input of NEWS2_INPUTS) {
    if (!told.has(input)) continue;
    const one = new Fields(told.get(input), input);
    const points = one.has('points') ? one.count('points') : undefined;
    if (points !== undefined && points > 3) throw new Malformed(`score.inputs.${input} has too many points`);
    inputs[input] = { at: one.time('at'), points };
  }
  return { score: o.count('score'), most: o.count('most'), scale: o.count('scale') === 2 ? 2 : 1, inputs };
}

function parseAlarm(json: unknown): Alarm {
  const o = new Fields(json, 'alarm');
  return {
    condition: o.text('condition', 200),
    priority: o.oneOf('priority', PRIORITIES),
    presence: o.oneOf('presence', PRESENCES),
    episode: o.count('episode'),
    raised: o.time('raised'),
    over: o.has('over') ? o.time('over') : undefined,
    acknowledged: o.has('acknowledged') ? parseAcknowledged(o.get('acknowledged')) : undefined,
    facts: parseFacts(o.get('facts')),
  };
}

function parseAcknowledged(json: unknown): NonNullable<Alarm['acknowledged']> {
  const o = new Fields(json, 'acknowledged');
  const until = o.has('until') ? o.time('until') : undefined;
  return { by: o.text('by', 256), at: o.time('at'), why: o.text('why', 256), until };
}

function parseFacts(json: unknown): Facts {
  const o = new Fields(json, 'facts');
  return Object.fromEntries(
    o.names().map((name) => [name, typeof o.get(name) === 'number' ? o.number(name) : o.text(name, 256)]),
  );
}

function parseDevice(json: unknown): Device {
  const o = new Fields(json, 'device');
  return {
    id: o.text('id', 64),
    label: o.text('label', 256),
    origin: o.oneOf('origin', ORIGINS),
    link: o.oneOf('link', LINKS),
    lastReceived: o.get('lastReceived') === null ? null : o.time('lastReceived'),
  };
}

function parseRecent(json: unknown): Recent {
  const o = new Fields(json, 'recent');
  const recent: Partial<Record<Kind, readonly FeedReading[]>> = {};
  for (const kind of o.names()) {
    // A kind younger than this page is left out: it has no label or unit here.
    if (!isKind(kind)) continue;
    const readings = parseReadings(o, kind);
    if (readings.some((r) => r.measurement.kind !== kind))
      throw new Malformed(`recent.${kind} holds another kind`);
    recent[kind] = readings;
  }
  return recent;
}

function parseReadings(o: Fields, name: string): readonly FeedReading[] {
  return o.list(name, parseReading).filter((reading) => reading !== undefined);
}

/** Undefined for a kind younger than this page. */
function parseReading(json: unknown): FeedReading | undefined {
  const o = new Fields(json, 'reading');
  const kind = o.text('kind', 64);
  if (!isKind(kind)) return undefined;
  return {
    id: o.match('id', READING_ID),
    patient: o.match('patient', HEX),
    device: o.text('device', 64),
    seq: o.count('seq'),
    at: o.has('at') ? o.time('at') : undefined,
    received: o.time('received'),
    origin: o.oneOf('origin', ORIGINS),
    measurement: parseMeasurement(kind, o),
  };
}

function parseMeasurement(kind: Kind, o: Fields): Measurement {
  const said: { quality?: Quality } = o.has('quality') ? { quality: o.oneOf('quality', QUALITIES) } : {};
  if (o.has('absent')) {
    // Never both: a number beside "absent" could be shown for one that was not measured.
    if (['value', 'systolic', 'diastolic', 'mean', 'wave'].some((name) => o.has(name)))
      throw new Malformed('reading.absent stands beside a value');
    return { ...said, kind, absent: o.oneOf<AbsentReason>('absent', ABSENT_REASONS) };
  }
  if (kind === 'blood-pressure') {
    const parts: { systolic?: number; diastolic?: number; mean?: number } = {};
    for (const part of ['systolic', 'diastolic', 'mean'] as const)
      if (o.has(part)) parts[part] = o.number(part);
    if (Object.keys(parts).length === 0) throw new Malformed('reading has no pressure');
    return { ...said, kind, ...parts };
  }
  if (kind === 'ecg' || kind === 'ppg') {
    const wave = new Fields(o.get('wave'), 'wave');
    const rateHz = wave.number('rateHz');
    const gain = wave.number('gain');
    if (rateHz <= 0 || rateHz > 100_000) throw new Malformed('wave.rateHz is out of range');
    if (gain === 0) throw new Malformed('wave.gain is zero');
    return {
      ...said,
      kind,
      wave: {
        lead: wave.text('lead', 16),
        rateHz,
        gain,
        baseline: wave.number('baseline'),
        samples: parseSamples(wave.get('samples')),
      },
    };
  }
  return { ...said, kind, value: o.number('value') };
}

function parseSamples(json: unknown): Int32Array {
  if (!Array.isArray(json) || json.length > SAMPLES_MAX) throw new Malformed('wave.samples is not a list');
  const samples = new Int32Array(json.length);
  for (let i = 0; i < json.length; i++) {
    const sample: unknown = json[i];
    if (typeof sample !== 'number' || (sample | 0) !== sample)
      throw new Malformed('wave.samples holds what is no 32-bit integer');
    samples[i] = sample;
  }
  return samples;
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

/** The fields of one JSON object, read by name and type. Own properties only: `__proto__` in a message is nothing. */
class Fields {
  readonly #object: Record<string, unknown>;
  readonly #what: string;

  constructor(json: unknown, what: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new Malformed(`${what} is not an object`);
    this.#object = json as Record<string, unknown>;
    this.#what = what;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  get(name: string): unknown {
    return this.has(name) ? this.#object[name] : undefined;
  }

  names(): readonly string[] {
    return Object.keys(this.#object);
  }

  text(name: string, charsMax: number): string {
    const value = this.get(name);
    if (typeof value !== 'string' || value.length > charsMax) throw this.#fault(name, 'is not a short text');
    return value;
  }

  match(name: string, pattern: RegExp): string {
    const value = this.text(name, 256);
    if (!pattern.test(value)) throw this.#fault(name, 'has another form');
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.get(name);
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw this.#fault(name, 'is none of the allowed words');
    return found;
  }

  number(name: string): number {
    const value = this.get(name);
    // JSON.parse makes Infinity of 1e999.
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#fault(name, 'is not a number');
    return value;
  }

  count(name: string): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value) || value < 0) throw this.#fault(name, 'is not a count');
    return value;
  }

  time(name: string): number {
    const value = this.number(name);
    if (value < 0 || value > TIME_MAX) throw this.#fault(name, 'is not a time');
    return value;
  }

  list<T>(name: string, parse: (item: unknown) => T): T[] {
    const value = this.get(name);
    if (!Array.isArray(value) || value.length > LIST_MAX) throw this.#fault(name, 'is not a list');
    return value.map((item) => parse(item));
  }

  #fault(name: string, fault: string): Malformed {
    return new Malformed(`${this.#what}.${name} ${fault}`);
  }
}
