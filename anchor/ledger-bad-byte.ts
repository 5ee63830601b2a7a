// Which byte is wrong, where only a hash or a signature says what would be right: every byte is tried in turn, since what
// a card or a cable does to a file is most often one byte. Where more than one was altered nothing is found, and the whole
// entry or line is named. Costs: an entry of 300 bytes 76,500 hashes, 50 ms; a checkpoint's text 11,000 Ed25519
// verifications, under a second. Both only after a finding.

import { hash } from 'node:crypto';
import { textOf } from './bytes.ts';
import type { VerifierKey } from './key.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';

/** Longest entry searched, bytes; a statement has 300. */
const SEARCH_MAX = 2048;
/** A checkpoint's text and its first signature have 220 bytes where the log's name has 40. */
const NOTE_SEARCH_MAX = 512;

/** Hexadecimal leaf hash, SHA-256(0x00 || entry), of the bytes from `start` to `end`. `bytes` is as before when it returns. */
export function leafDigits(bytes: Buffer, start: number, end: number): string {
  if (start === 0) return hash('sha256', Buffer.concat([Buffer.of(0), bytes.subarray(0, end)]), 'hex');
  // What stands before the entry gives its place to the zero for a moment: a copy costs more than the hash.
  const before = bytes[start - 1]!;
  bytes[start - 1] = 0;
  const digits = hash('sha256', bytes.subarray(start - 1, end), 'hex');
  bytes[start - 1] = before;
  return digits;
}

/** Offset of the one byte of an entry that makes it another than the one hashed; undefined where it is not one byte. */
export function badByteOfEntry(entry: Uint8Array, digits: string): number | undefined {
  if (entry.length > SEARCH_MAX) return undefined;
  const bytes = Buffer.alloc(entry.length + 1);
  bytes.set(entry, 1);
  for (let at = 1; at < bytes.length; at++) {
    const stored = bytes[at]!;
    for (let other = 0; other < 256; other++) {
      bytes[at] = other;
      if (hash('sha256', bytes, 'hex') === digits) return at - 1;
    }
    bytes[at] = stored;
  }
  return undefined;
}

/** Length that the entry which begins at `start` must have to be the one hashed; undefined where no length does. */
export function rightLength(bytes: Buffer, start: number, digits: string): number | undefined {
  const longest = Math.min(bytes.length - start, SEARCH_MAX);
  for (let length = 0; length <= longest; length++) {
    if (leafDigits(bytes, start, start + length) === digits) return length;
  }
  return undefined;
}

/** What a signed note may be made of: the printable characters, newline, and the bytes of a dash. */
const NOTE_BYTES: readonly number[] = [
  0x0a,
  ...Array.from({ length: 95 }, (_, i) => 0x20 + i),
  0xe2,
  0x80,
  0x94,
];

/**
 * The note as it was signed by `key` (Ed25519), and the offset of the one byte in which this one differs, at most at `end`;
 * undefined where it is not one byte.
 */
export function repairNote(
  note: Uint8Array,
  key: VerifierKey,
  end: number,
): { readonly offset: number; readonly note: string } | undefined {
  const bytes = Buffer.from(note);
  for (let offset = 0; offset < Math.min(end, bytes.length, NOTE_SEARCH_MAX); offset++) {
    const stored = bytes[offset]!;
    for (const other of NOTE_BYTES) {
      bytes[offset] = other;
      const text = other === stored ? undefined : textOf(bytes);
      if (text !== undefined && isSignedBy(text, key)) return { offset, note: text };
    }
    bytes[offset] = stored;
  }
  return undefined;
}

function isSignedBy(note: string, key: VerifierKey): boolean {
  // Only this key's own line is looked at: the others may be right or wrong.
  try {
    verifyNote(note, [key], nodeVerifyEd25519);
    return true;
  } catch {
    return false;
  }
}
