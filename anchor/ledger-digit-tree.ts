// The tree of a published log over hashes as hexadecimal text, as `ledger-rederive.ts` has them and for the same reason:
// node:crypto gives 64 digits three times as fast as a Buffer. Level by level as tiles are cut: a row of hashes of full
// blocks, above it a row of one for each 256 of them, and so on.

import { hash } from 'node:crypto';
import { TILE_WIDTH, tilePath } from './tile.ts';

/** Digits of one hash. */
export const DIGITS = 64;

export type Climbed = {
  /** Hashes of each level from 1 up, as they were made. */
  readonly rows: readonly (readonly string[])[];
  /** Tiles of level 1 whose hashes do not lead to the one above, which was believed instead. */
  readonly wrongBelow: readonly string[];
};

/** Makes the levels above the blocks. Where all of a tile of level 1 lies below `believed`, the hash above it is taken as stored. */
export function climb(
  blocks: readonly string[],
  stored: readonly (readonly string[])[],
  believed: number,
): Climbed {
  const rows: (readonly string[])[] = [blocks];
  const wrongBelow: string[] = [];
  for (let row = blocks; row.length > 0; ) {
    const next: string[] = [];
    for (let index = 0; (index + 1) * TILE_WIDTH <= row.length; index++) {
      const made = rootOf(row.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH));
      const above = stored[1]?.[index];
      const isBelieved = row === blocks && (index + 1) * TILE_WIDTH ** 2 <= believed && above !== undefined;
      if (isBelieved && above !== made) {
        wrongBelow.push(tilePath({ level: 1, index, width: TILE_WIDTH }));
        next.push(above);
      } else {
        next.push(made);
      }
    }
    row = next;
    rows.push(row);
  }
  return { rows, wrongBelow };
}

const PAIR = Buffer.alloc(65, 1);
function join(left: string, right: string): string {
  PAIR.write(left, 1, 'hex');
  PAIR.write(right, 33, 'hex');
  return hash('sha256', PAIR, 'hex');
}

/** RFC 6962 root over hashes of a number that is a power of two. */
export function rootOf(hashes: readonly string[]): string {
  let row = hashes;
  while (row.length > 1) {
    const above: string[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(join(row[i]!, row[i + 1]!));
    row = above;
  }
  return row[0]!;
}

/** The root over the last leaves and, above them, the hashes of each level that are not part of a full tile's. */
export function rootOver(rows: readonly (readonly string[])[], leaves: readonly string[]): string {
  let root: string | undefined;
  for (const row of [leaves, ...rows]) {
    const rest = row === leaves ? row : row.slice(Math.floor(row.length / TILE_WIDTH) * TILE_WIDTH);
    const subtrees: string[] = [];
    let at = 0;
    for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
      if ((rest.length & width) === 0) continue;
      subtrees.push(rootOf(rest.slice(at, at + width)));
      at += width;
    }
    for (const left of subtrees.reverse()) root = root === undefined ? left : join(left, root);
  }
  return root ?? hash('sha256', '', 'hex');
}

export function split(digits: string): string[] {
  return Array.from({ length: digits.length / DIGITS }, (_, i) => digits.slice(i * DIGITS, (i + 1) * DIGITS));
}
