// Hub events: what was done at the hub, proved as readings are. They stand in the hub's own slot under the hub's
// own pseudonym. Same discipline as a reading: deterministic CBOR, key 0 = 2, one form each (docs/spec/reading.md).

import { decodeReading, ENTRY_EVENT, ENTRY_READING, SUBJECT_BYTES } from './canonical.ts';
import { CborReader, EntryError } from './cbor-reader.ts';
import { CborWriter, MAP, TEXT } from './cbor-writer.ts';
import { codesOf } from './code.ts';
import { KeyReader } from './key-reader.ts';
import { DETAIL_ENTRIES_MAX, DETAIL_TEXT_MAX_BYTES, TIME_MAX_MS } from './limit.ts';
import type { Reading } from './reading.ts';

/** Every event, in the order of its code (from 1). The list grows at its end only. */
export const HUB_EVENT_NAMES = [
  'hub-started',
  'hub-stopped',
  'patient-added',
  'device-enrolled',
  'device-revoked',
  'device-assigned',
  'reading-proved',
  'data-exported',
  'login',
  'epoch-begun',
  'alarm-raised',
  'alarm-resumed',
  'alarm-over',
  'alarm-acknowledged',
  'alarm-ended',
  'person-added',
  'person-removed',
  'person-changed',
  'patient-seen',
  'logout',
  'readings-let-go',
  'limit-changed',
  'chart-noted',
  'order-given',
  'contact-changed',
  'ladder-changed',
  'alarm-told',
  'alarm-held-back',
  'pairing-answered',
  'note-written',
] as const;
export type HubEventName = (typeof HUB_EVENT_NAMES)[number];

/** One event. Keys of `detail` are kebab-case, at most 32 characters; texts at most 256 bytes of UTF-8. */
export type HubEvent = {
  /** The hub's own pseudonym, 16 bytes. */
  readonly subject: Uint8Array;
  /** The hub's clock, ms since 1970. */
  readonly at: number;
  readonly name: HubEventName;
  readonly detail: Readonly<Record<string, string | number>>;
};

/** An entry of any type. */
export type Entry =
  | { readonly type: 'reading'; readonly reading: Reading }
  | { readonly type: 'event'; readonly event: HubEvent };

const KEY = { type: 0, subject: 1, at: 2, name: 3, detail: 4 } as const;
const CODES = codesOf(HUB_EVENT_NAMES);
const DETAIL_KEY = /^[a-z][a-z0-9-]{0,31}$/;
const UTF8 = new TextEncoder();
const writer = new CborWriter(1024);

/** The canonical bytes of an event. Throws `EntryError` where it breaks a limit of its type. */
export function encodeEvent(event: HubEvent): Uint8Array {
  const code = CODES.codeOf.get(event.name);
  if (code === undefined) throw new EntryError('unknown-code', 'an event has a name of no code');
  checkEvent(event);
  writer.start();
  writer.head(MAP, 5);
  writer.int(KEY.type);
  writer.int(ENTRY_EVENT);
  writer.int(KEY.subject);
  writer.bytes(event.subject);
  writer.int(KEY.at);
  writer.int(event.at);
  writer.int(KEY.name);
  writer.int(code);
  writer.int(KEY.detail);
  const names = Object.keys(event.detail).sort(byEncodedKey);
  writer.head(MAP, names.length);
  for (const name of names) {
    writer.ascii(name);
    const value = event.detail[name]!;
    if (typeof value === 'string') writer.text(value);
    else writer.number(value);
  }
  return writer.finish();
}

/** The event of canonical bytes; `EntryError` for any bytes that `encodeEvent` would not have made. */
export function decodeEvent(bytes: Uint8Array): HubEvent {
  const reader = new CborReader(bytes);
  const keys = new KeyReader(reader);
  if (keys.required(KEY.type) !== ENTRY_EVENT)
    throw new EntryError('unknown-code', 'the entry is not an event');
  keys.enter(KEY.subject);
  const subject = reader.bytes();
  const at = keys.required(KEY.at, TIME_MAX_MS);
  const name = CODES.wordOf.get(keys.required(KEY.name));
  if (name === undefined) throw new EntryError('unknown-code', 'an event has a code of no name');
  keys.enter(KEY.detail);
  const detail = readDetail(reader);
  keys.end();
  reader.end();
  const event = { subject, at, name, detail };
  checkEvent(event);
  return event;
}

/** Whatever an entry's canonical bytes hold. Throws `EntryError`. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const type = new KeyReader(new CborReader(bytes)).required(KEY.type);
  if (type === ENTRY_READING) return { type: 'reading', reading: decodeReading(bytes) };
  if (type === ENTRY_EVENT) return { type: 'event', event: decodeEvent(bytes) };
  throw new EntryError('unknown-code', 'the entry is neither a reading nor an event');
}

function readDetail(reader: CborReader): Record<string, string | number> {
  const count = reader.map();
  if (count > DETAIL_ENTRIES_MAX) throw new EntryError('out-of-range', 'an event has too many details');
  const detail: Record<string, string | number> = {};
  let last: string | undefined;
  for (let index = 0; index < count; index += 1) {
    const name = reader.text();
    if (last !== undefined && byEncodedKey(last, name) >= 0) {
      throw new EntryError('not-deterministic', 'details are out of order');
    }
    if (!DETAIL_KEY.test(name)) throw new EntryError('out-of-range', 'a detail is named as none can be');
    detail[name] = reader.peek() === TEXT ? reader.text() : reader.number();
    last = name;
  }
  return detail;
}

/** RFC 8949 section 4.2.1 for ASCII keys: the shorter first, then by character. */
function byEncodedKey(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}

function checkEvent(event: HubEvent): void {
  if (event.subject.length !== SUBJECT_BYTES)
    throw new EntryError('out-of-range', 'a subject is not 16 bytes');
  if (!Number.isInteger(event.at) || event.at < 0 || event.at > TIME_MAX_MS) {
    throw new EntryError('out-of-range', 'a time is outside of its limits');
  }
  const names = Object.keys(event.detail);
  if (names.length > DETAIL_ENTRIES_MAX)
    throw new EntryError('out-of-range', 'an event has too many details');
  for (const name of names) {
    if (!DETAIL_KEY.test(name)) throw new EntryError('out-of-range', 'a detail is named as none can be');
    checkDetail(event.detail[name]!);
  }
}

function checkDetail(value: string | number): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new EntryError('out-of-range', 'a detail is not a finite number');
  } else if (!value.isWellFormed() || UTF8.encode(value).length > DETAIL_TEXT_MAX_BYTES) {
    throw new EntryError('out-of-range', 'a detail is not well-formed text of at most 256 bytes');
  }
}
