// A proof bundle: one JSON file that a person can mail, with everything between one entry and a signed ledger. Format:
// docs/spec/proof-bundle.md, `heartwood-proof/v1`. One bundle has one text: whatever would not be printed again byte for
// byte is refused, so that no byte of the file is without meaning. Notes are printed as their lines, to be read by eye.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { type BundleAnchor, parseAnchors, printAnchor } from './bundle-anchors.ts';
import { textOf } from './bytes.ts';
import { AnchorError } from './error.ts';

export const BUNDLE_FORMAT = 'heartwood-proof/v1';

/** Longest file read, in bytes: a reading's is about 3 kB, a long waveform's tens of kB. */
export const BUNDLE_BYTES_MAX = 1_000_000;

/** Longest path in any tree here: no tree of up to 2^63 leaves has longer ones. */
const PATH_MAX = 63;

export type ProofBundle = {
  /** Salt (32 bytes) and canonical bytes: what the leaf hashes. */
  readonly entry: Uint8Array;
  /** Where the entry stands in its segment, and the path to the segment's root. Hashes of 32 bytes, sibling first. */
  readonly segment: { readonly index: number; readonly size: number; readonly path: readonly Uint8Array[] };
  /** Which slot of the batch the segment fills, and the path to the batch root. */
  readonly batch: { readonly slot: number; readonly slots: number; readonly path: readonly Uint8Array[] };
  /** The statement's signed note. */
  readonly statement: string;
  /** The text of a `.tlog-proof` for the statement. */
  readonly ledger: string;
  /** Evidence of second anchors for the checkpoint in `ledger`; absent where there is none, and may be dropped. */
  readonly anchors?: readonly BundleAnchor[];
};

/** The file's text: JSON, two spaces, keys in this order, a newline at the end. Throws `bad-bundle` for what it cannot carry. */
export function formatBundle(bundle: ProofBundle): string {
  const { entry, segment, batch, statement, ledger, anchors } = bundle;
  const text = print({
    format: BUNDLE_FORMAT,
    entry: encodeBase64(entry),
    segment: { index: segment.index, size: segment.size, path: segment.path.map(encodeBase64) },
    batch: { slot: batch.slot, slots: batch.slots, path: batch.path.map(encodeBase64) },
    statement: linesOf(statement, 'statement'),
    ledger: linesOf(ledger, 'ledger'),
    ...(anchors && { anchors: anchors.map(printAnchor) }),
  });
  parseBundle(text);
  return text;
}

/** Inverse of `formatBundle`: the form only, nothing is verified. Throws `bad-bundle` with the place in the file. */
export function parseBundle(file: string | Uint8Array): ProofBundle {
  if (file.length > BUNDLE_BYTES_MAX) throw refused(`it is longer than ${BUNDLE_BYTES_MAX} bytes`);
  const text = typeof file === 'string' ? file : textOf(file);
  if (text === undefined || !text.isWellFormed()) throw refused('it is not UTF-8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused('it is not JSON (damaged, or cut off?)', cause);
  }
  const keys = ['format', 'entry', 'segment', 'batch', 'statement', 'ledger'];
  const anchored = typeof json === 'object' && json !== null && 'anchors' in json;
  const file_ = fieldsOf(json, anchored ? [...keys, 'anchors'] : keys, 'the file');
  if (file_['format'] !== BUNDLE_FORMAT) throw refused(`"format" is not "${BUNDLE_FORMAT}"`);
  const segment = fieldsOf(file_['segment'], ['index', 'size', 'path'], '"segment"');
  const batch = fieldsOf(file_['batch'], ['slot', 'slots', 'path'], '"batch"');
  const bundle: ProofBundle = {
    entry: bytesOf(file_['entry'], '"entry"'),
    segment: {
      index: countOf(segment['index'], '"index"'),
      size: countOf(segment['size'], '"size"'),
      path: pathOf(segment['path'], 'the path of "segment"'),
    },
    batch: {
      slot: countOf(batch['slot'], '"slot"'),
      slots: countOf(batch['slots'], '"slots"'),
      path: pathOf(batch['path'], 'the path of "batch"'),
    },
    statement: textOfLines(file_['statement'], '"statement"'),
    ledger: textOfLines(file_['ledger'], '"ledger"'),
    ...(anchored && { anchors: parseAnchors(file_['anchors'], refused) }),
  };
  // Catches what JSON.parse forgives: other spacing, other escapes, 1.0 or 1e0 for 1, a key written twice.
  if (print(json) !== text) throw refused('it is not printed as this format prints it (was it edited?)');
  return bundle;
}

function print(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}

function linesOf(text: string, what: string): string[] {
  if (!text.endsWith('\n')) throw refused(`"${what}" must end in a newline`);
  return text.slice(0, -1).split('\n');
}

function textOfLines(value: unknown, what: string): string {
  const lines = listOf(value, what).map((line) => {
    if (typeof line !== 'string' || line.includes('\n')) throw refused(`${what} must be a list of lines`);
    return line;
  });
  if (lines.length === 0) throw refused(`${what} is empty`);
  return `${lines.join('\n')}\n`;
}

function pathOf(value: unknown, what: string): Uint8Array[] {
  const path = listOf(value, what).map((hash) => bytesOf(hash, what));
  if (path.length > PATH_MAX) throw refused(`${what} is longer than ${PATH_MAX} hashes`);
  if (path.some((hash) => hash.length !== 32)) throw refused(`${what} has a hash that is not 32 bytes`);
  return path;
}

function bytesOf(value: unknown, what: string): Uint8Array {
  if (typeof value !== 'string') throw refused(`${what} must be base64`);
  try {
    return decodeBase64(value);
  } catch (cause) {
    throw refused(`${what} is not canonical base64`, cause);
  }
}

function countOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw refused(`${what} must be a whole number from 0`);
  }
  return value;
}

function listOf(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw refused(`${what} must be a list`);
  return value;
}

/** An object with exactly these keys in this order. */
function fieldsOf(value: unknown, keys: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused(`${what} must be an object`);
  }
  if (Object.keys(value).join(' ') !== keys.join(' ')) {
    throw refused(`${what} must have the keys ${keys.join(', ')}, in this order and no others`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-bundle', `not a proof bundle: ${why}`, { cause });
}
