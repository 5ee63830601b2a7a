// Every hash of a ledger, made again from its entries and compared with the stored ones, at full speed: no statement is
// parsed and no signature verified, which is enough to see that what lies on the disk is what was signed, once a
// checkpoint's root is compared. Stored hashes are numbered in the order in which they become full (`nodeId`), so that
// entries and hashes are two lists read side by side, a few thousand at a time.
// Hashes travel as hexadecimal text here: with Node 24.21, node:crypto gives 64 digits in 0.21 µs and a Buffer in 0.66 µs,
// and SQLite joins a thousand hashes into one text four times faster than it makes rows. Speed: docs/spec/ledger.md.

import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { nodeCount, SQL } from './ledger-store.ts';
import { EMPTY_FRONTIER, type Frontier, HASH_SIZE } from './tree.ts';

/** Entries read at once. */
const ROWS = 4096;
const DIGITS = 2 * HASH_SIZE;

export type Rederivation = {
  /** The stored hash of the `2^level` entries that end with `index` is not the one that they give; not `stored`: there is none. */
  readonly onWrongHash: (index: number, level: number, stored: boolean) => void;
  /** Sizes at which the frontier is wanted, rising. */
  readonly sizes: readonly number[];
  readonly onSize: (frontier: Frontier) => void;
};

/** Reads all entries. Returns how many are there without a gap. */
export function rederive(db: Database.Database, { onWrongHash, sizes, onSize }: Rederivation): number {
  const entries = db.prepare<[number, number], string>(SQL.notes).pluck();
  const due = [...sizes];
  const pair = Buffer.alloc(1 + 2 * HASH_SIZE);
  pair[0] = 1;
  /** Roots of the full subtrees, largest first, as a frontier has them. */
  const subtrees: string[] = [];
  let at = 0;
  const takeSizes = (): void => {
    while (due[0] === at) onSize(frontierOf(due.shift()!, subtrees));
  };
  takeSizes();
  for (;;) {
    // A range with a gap in it has fewer rows than numbers: what lies before the gap is found by halving it.
    const notes = withoutGap(entries, at, ROWS);
    if (notes.length === 0) return at;
    const stored = storedHashes(db, nodeCount(at), nodeCount(at + notes.length));
    let node = 0;
    for (const note of notes) {
      let digits = hash('sha256', `\0${note}`, 'hex');
      for (let level = 0, place = at; ; level++) {
        const isSame = stored(node++, digits);
        if (isSame !== true) onWrongHash(at, level, isSame === false);
        if (place % 2 === 0) break;
        pair.write(subtrees.pop()!, 1, 'hex');
        pair.write(digits, 1 + HASH_SIZE, 'hex');
        digits = hash('sha256', pair, 'hex');
        place = (place - 1) / 2;
      }
      subtrees.push(digits);
      at += 1;
      if (due[0] === at) takeSizes();
    }
  }
}

function withoutGap(
  entries: Database.Statement<[number, number], string>,
  start: number,
  count: number,
): string[] {
  const notes = entries.all(start, start + count);
  const isWhole = notes.length === count || entries.all(start, start + notes.length).length === notes.length;
  if (isWhole) return notes;
  return withoutGap(entries, start, Math.floor(count / 2));
}

/** Whether hash `n` of those from number `first` up to `end` has these digits; undefined where it is missing. */
function storedHashes(
  db: Database.Database,
  first: number,
  end: number,
): (n: number, digits: string) => boolean | undefined {
  const joined = db.prepare<[number, number], string | null>(SQL.joinedNodes).pluck().get(first, end) ?? '';
  if (joined.length === (end - first) * DIGITS) return (n, digits) => joined.startsWith(digits, n * DIGITS);
  const select = db.prepare<[number], Buffer>(SQL.node).pluck();
  return (n, digits) => {
    const found = select.get(first + n);
    return found && found.toString('hex') === digits;
  };
}

function frontierOf(size: number, subtrees: readonly string[]): Frontier {
  if (size === 0) return EMPTY_FRONTIER;
  return { size, subtrees: subtrees.map((digits) => new Uint8Array(Buffer.from(digits, 'hex'))) };
}
