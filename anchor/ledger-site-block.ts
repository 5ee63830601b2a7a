// One block of a published log, 256 entries or fewer: its bundle, its tile of level 0, and where the two part. What is found
// is named by file and byte.

import { badByteOfEntry, leafDigits, rightLength } from './ledger-bad-byte.ts';
import { DIGITS } from './ledger-digit-tree.ts';
import { TILE_WIDTH } from './tile.ts';

export type SiteProblem = {
  /** The file, below the log's prefix. */
  readonly path: string;
  /** Offset in it of the first byte that is wrong or missing, or from which on `length` bytes hold a wrong one. */
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
  /** The entry it concerns, from 0. */
  readonly index?: number | undefined;
  /** A sentence. */
  readonly text: string;
};

export type Block = {
  readonly index: number;
  /** Entries it should have. */
  readonly width: number;
  readonly bundlePath: string;
  readonly tilePath: string;
  readonly bytes: Buffer;
  /** Hashes of its tile. */
  readonly digits: string;
  /** Hashes of its entries; fewer than its width where the bundle ends too early. */
  readonly leaves: readonly string[];
  /** Where the first entry begins that the tile does not confirm. */
  readonly doubt: { readonly offset: number; readonly entry: number } | undefined;
  /** Where its last entry ends. */
  readonly end: number;
};

/** Hashes the entries of a bundle, and compares them with the tile. */
export function hashBlock(
  given: Pick<Block, 'index' | 'width' | 'bundlePath' | 'tilePath' | 'bytes' | 'digits'>,
): Block {
  const { bytes, digits, width } = given;
  const leaves: string[] = [];
  let doubt: Block['doubt'];
  let at = 0;
  while (leaves.length < width) {
    const start = at + 2;
    const end = start + lengthAt(bytes, at);
    if (end > bytes.length) {
      doubt ??= { offset: at, entry: leaves.length };
      break;
    }
    const leaf = leafDigits(bytes, start, end);
    if (!digits.startsWith(leaf, leaves.length * DIGITS)) doubt ??= { offset: at, entry: leaves.length };
    leaves.push(leaf);
    at = end;
  }
  return { ...given, leaves, doubt, end: at };
}

/** Length of the entry whose two bytes of length stand there. */
export const lengthAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Where `count` more entries end that begin at `at`; beyond the bytes where they do not hold so many. */
export function endOf(bytes: Uint8Array, at: number, count: number): number {
  let end = at;
  for (let i = 0; i < count && end <= bytes.length; i++) {
    end += end + 2 > bytes.length ? bytes.length + 1 : 2 + lengthAt(bytes, end);
  }
  return end;
}

/** The first entry of a block that its tile does not confirm, where the tile is right: its byte, or all of it. */
export function entryFault({
  index: block,
  bundlePath: path,
  bytes,
  digits,
  doubt,
  leaves,
}: Block): SiteProblem {
  const { offset, entry } = doubt ?? { offset: 0, entry: 0 };
  const index = block * TILE_WIDTH + entry;
  const expected = digits.slice(entry * DIGITS, (entry + 1) * DIGITS);
  const start = offset + 2;
  const length = lengthAt(bytes, offset);
  const end = Math.min(start + length, bytes.length);
  const within = leaves.length > entry ? badByteOfEntry(bytes.subarray(start, end), expected) : undefined;
  if (within !== undefined) {
    const text = `entry ${index}: this byte is not the one that was signed`;
    return { path, offset: start + within, index, text };
  }
  const right = rightLength(bytes, start, expected);
  if (right !== undefined && right !== length) {
    const at = right >> 8 === bytes[offset] ? offset + 1 : offset;
    return { path, offset: at, index, text: `entry ${index}: this byte of its length is wrong` };
  }
  if (start + length > bytes.length) {
    return { path, offset: bytes.length, index, text: `it ends within entry ${index}` };
  }
  return disagreement(
    { bundlePath: path, bytes, doubt, index: block },
    `somewhere in these ${end - offset} bytes it is not what was signed`,
  );
}

/** The first entry of a block that its tile does not confirm, where nothing says which of the two is right. */
export function disagreement(
  { bundlePath: path, bytes, doubt, index: block }: Pick<Block, 'bundlePath' | 'bytes' | 'doubt' | 'index'>,
  text: string,
): SiteProblem {
  const { offset, entry } = doubt ?? { offset: 0, entry: 0 };
  const index = block * TILE_WIDTH + entry;
  const length = Math.min(2 + lengthAt(bytes, offset), bytes.length - offset);
  return { path, offset, length, index, text: `entry ${index}: ${text}` };
}

/** The first byte in which a tile is not what it must be, both as digits; undefined where there is none. */
export function tileFault(path: string, stored: string, right: string): SiteProblem | undefined {
  let at = 0;
  while (at < right.length && stored[at] === right[at]) at += 1;
  if (at >= right.length || at >= stored.length) return undefined;
  return { path, offset: Math.floor(at / 2), text: 'this byte is not that of the hash it should be' };
}
