// A range proof as lines of text, `heartwood-range/v1`: what one slot held in every batch of a period, without opening a
// reading. One line a batch, so that a year can be written and checked with the memory of one line. What follows from
// other lines is left out: batch root, previous hash and number of each statement are made again while reading, and the
// hub's signature fits only what was signed. Format: docs/spec/range-proof.md.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { HUB_SLOT, isSlotCount } from './batch.ts';
import { bigEndian, joinBytes, parseDecimal, utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import { isKeyName } from './key.ts';
import { SEQUENCE_MAX } from './statement.ts';
import { HASH_SIZE } from './tree.ts';

export const RANGE_FORMAT = 'heartwood-range/v1';

/** The line after which the text of a `.tlog-proof` follows, to the end of the file. */
export const RANGE_LEDGER_LINE = 'ledger';

/** Longest line read, characters: a batch of 4,096 slots has 700, an ML-DSA-44 cosignature 3,300. */
export const RANGE_LINE_MAX = 8192;

const SIGNATURE_BYTES = 64;

/** One line of a range between `slot` and `ledger`. Hashes and keys are 32 bytes, signatures 64, times ms since 1970. */
export type RangeLine =
  /** Who signs from the next statement on, and the number of that one. */
  | { readonly kind: 'hub'; readonly origin: string; readonly keyId: number; readonly sequence: number }
  /** The statement before the range, whole: its end is where the range begins. */
  | {
      readonly kind: 'before';
      readonly endMs: number;
      readonly batchRoot: Uint8Array;
      readonly previous: Uint8Array;
      readonly signature: Uint8Array;
    }
  /** The key that explains the empty intervals from here on. */
  | { readonly kind: 'absent'; readonly key: Uint8Array }
  | RangeBatchLine;

/** What the slot held in one batch. `path` leads from the slot to the batch root, its sibling first. */
export type RangeBatchLine = {
  readonly kind: 'batch';
  readonly endMs: number;
  /** Entries in the segment; 0 for an empty interval. */
  readonly count: number;
  /** RFC 6962 root over the segment's entries; undefined for an empty interval. */
  readonly entriesRoot: Uint8Array | undefined;
  readonly signature: Uint8Array;
  readonly path: readonly Uint8Array[];
};

/** The line `slot <n>`, without its newline. */
export function formatRangeSlot(slot: number): string {
  return `slot ${slot}`;
}

/** The slot of a line `slot <n>`. Throws `bad-range`. */
export function parseRangeSlot(line: string): number {
  const slot = line.startsWith('slot ') ? parseDecimal(line.slice(5)) : undefined;
  if (slot === undefined) throw refused('it must read: slot, space, a number without leading zeros');
  if (slot === HUB_SLOT) throw refused("slot 0 is the hub's own, no patient's");
  return slot;
}

/** One line without its newline. `parseRangeLine(formatRangeLine(l))` equals `l`. */
export function formatRangeLine(line: RangeLine): string {
  switch (line.kind) {
    case 'hub': {
      const keyId = line.keyId.toString(16).padStart(8, '0');
      return `hub ${line.origin} ${keyId} ${`${line.sequence}`.padStart(12, '0')}`;
    }
    case 'before':
      return `before ${timeText(line.endMs)} ${encodeBase64(joinBytes(line.batchRoot, line.previous, line.signature))}`;
    case 'absent':
      return `absent ${encodeBase64(line.key)}`;
    case 'batch': {
      const { count, entriesRoot, signature, path } = line;
      const bytes = joinBytes(...(entriesRoot ? [entriesRoot] : []), signature, ...path);
      return `${timeText(line.endMs)} ${count} ${encodeBase64(bytes)}`;
    }
  }
}

/** Inverse of `formatRangeLine`: one line has one text. Verifies nothing. Throws `bad-range`, `bad-base64`. */
export function parseRangeLine(text: string): RangeLine {
  const words = text.split(' ');
  const [first = '', second = '', third = ''] = words;
  if (first === 'hub' && words.length === 4) return parseHub(second, third, words[3]!);
  if (first === 'absent' && words.length === 2) return { kind: 'absent', key: bytesOf(second, HASH_SIZE) };
  if (words.length !== 3) throw refused('it is none of: hub, before, absent, a batch, ledger');
  if (first === 'before') {
    const bytes = bytesOf(third, 2 * HASH_SIZE + SIGNATURE_BYTES);
    const [batchRoot, previous, signature] = [
      bytes.subarray(0, HASH_SIZE),
      bytes.subarray(HASH_SIZE, 2 * HASH_SIZE),
      bytes.subarray(2 * HASH_SIZE),
    ];
    return { kind: 'before', endMs: timeOf(second), batchRoot, previous, signature };
  }
  return parseBatch(timeOf(first), second, third);
}

function parseHub(origin: string, key: string, digits: string): RangeLine {
  if (!isKeyName(origin)) throw refused('its origin is no name of a key');
  if (!/^[0-9a-f]{8}$/.test(key)) throw refused('its key id must be 8 hexadecimal digits');
  if (!/^0[0-9]{11}$/.test(digits) || Number(digits) > SEQUENCE_MAX) {
    throw refused('its sequence must be 12 digits, the first a zero');
  }
  return { kind: 'hub', origin, keyId: Number.parseInt(key, 16), sequence: Number(digits) };
}

function parseBatch(endMs: number, digits: string, base64: string): RangeLine {
  const count = parseDecimal(digits);
  if (count === undefined) throw refused('its count must be a number without leading zeros');
  const bytes = decodeBase64(base64);
  const rootBytes = count === 0 ? 0 : HASH_SIZE;
  const pathBytes = bytes.length - rootBytes - SIGNATURE_BYTES;
  const depth = pathBytes / HASH_SIZE;
  // The depth first: 2 ** -1 and 2 ** 0.5 are numbers too.
  if (!Number.isInteger(depth) || depth < 0 || !isSlotCount(2 ** depth)) {
    throw refused('its bytes are no signature and path of a batch of 16 to 4,096 slots');
  }
  const signatureEnd = rootBytes + SIGNATURE_BYTES;
  return {
    kind: 'batch',
    endMs,
    count,
    entriesRoot: count === 0 ? undefined : bytes.subarray(0, HASH_SIZE),
    signature: bytes.subarray(rootBytes, signatureEnd),
    path: Array.from({ length: depth }, (_, i) =>
      bytes.subarray(signatureEnd + i * HASH_SIZE, signatureEnd + (i + 1) * HASH_SIZE),
    ),
  };
}

const ABSENCE = utf8('heartwood/v1/absence\0');
const NUMBER = Uint8Array.of(0x69);

/**
 * What an empty interval puts into a patient's slot: HMAC-SHA-256 of the place, under the absence key of the patient's
 * epoch (docs/spec/segment.md). Whoever is told the key can tell that the interval was empty, and nothing else.
 */
export function absenceValue(key: Uint8Array, batch: number, slot: number): Uint8Array {
  const place = joinBytes(ABSENCE, NUMBER, bigEndian(batch, 8), NUMBER, bigEndian(slot, 8));
  return hmac(nobleSha256, key, place);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** A time as statements write it, 24 characters. */
function timeOf(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes the 30th of February for the 2nd of March and 24:00 for the next day.
  if (Number.isNaN(ms) || timeText(ms) !== text)
    throw refused('its end must read like 2026-11-21T13:10:00.000Z');
  return ms;
}

function bytesOf(base64: string, length: number): Uint8Array {
  const bytes = decodeBase64(base64);
  if (bytes.length !== length) throw refused(`it must carry exactly ${length} bytes`);
  return bytes;
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-range', `not a line of a range proof: ${why}`);
}
