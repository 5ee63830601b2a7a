// Every hash of a ledger, made again from its entries and compared with the stored ones, at full speed: no statement is
// parsed and no signature verified, which is enough to see that what lies on the disk is what was signed, once a
// checkpoint's root is compared. Stored hashes are numbered in the order in which they become full (`nodeId`), so that
// entries and hashes are two lists read side by side, a few thousand at a time.
// Hashes travel as hexadecimal text here: with Node 24.21, node:crypto gives 64 digits in 0.21 µs and a Buffer in 0.66 µs,
// and SQLite joins a thousand hashes into one text four times faster than it makes rows. Speed: docs/spec/ledger.md.

import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { NODES_IN_BLOCK } from './ledger-prune.ts';
import { nodeCount, type RetentionRow, SQL } from './ledger-store.ts';
import { TILE_WIDTH } from './tile.ts';
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

/** Reads all entries that were not let go. Returns how many there are without a gap, those that were let go included. */
export function rederive(db: Database.Database, { onWrongHash, sizes, onSize }: Rederivation): number {
  const entries = db.prepare<[number, number], string>(SQL.notes).pluck();
  const due = [...sizes];
  const pair = Buffer.alloc(1 + 2 * HASH_SIZE);
  pair[0] = 1;
  /** Roots of the full subtrees, largest first, as a frontier has them. */
  const subtrees: string[] = [];
  let at = prunedUpTo(db);
  for (let block = 0; block < at / TILE_WIDTH; block++) {
    takeBlock(db, block, subtrees, (left, right) => joined(pair, left, right), onWrongHash);
  }
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
        digits = joined(pair, subtrees.pop()!, digits);
        place = (place - 1) / 2;
      }
      subtrees.push(digits);
      at += 1;
      if (due[0] === at) takeSizes();
    }
  }
}

/** Entries below this one were let go, but for a few (`ledger-prune.ts`). A multiple of 256. */
export function prunedUpTo(db: Database.Database): number {
  if ((db.pragma('table_list(retention)') as unknown[]).length === 0) return 0;
  return db.prepare<[], RetentionRow>(SQL.retention).get()?.pruned ?? 0;
}

function joined(pair: Buffer, left: string, right: string): string {
  pair.write(left, 1, 'hex');
  pair.write(right, 1 + HASH_SIZE, 'hex');
  return hash('sha256', pair, 'hex');
}

/**
 * A block whose entries are gone: its hash is taken as stored, for the roots above it are compared with what was signed.
 * Where its inner hashes were kept, they must lead to it, and what entries are left of it to them.
 */
function takeBlock(
  db: Database.Database,
  block: number,
  subtrees: string[],
  join: (left: string, right: string) => string,
  onWrongHash: Rederivation['onWrongHash'],
): void {
  const start = block * TILE_WIDTH;
  const last = start + TILE_WIDTH - 1;
  const first = nodeCount(start);
  const rows = new Map(
    db
      .prepare<[number, number], [number, string]>(
        'SELECT id, lower(hex(hash)) FROM node WHERE id >= ? AND id < ?',
      )
      .raw()
      .all(first, nodeCount(last + 1)),
  );
  const whole = rows.get(first + NODES_IN_BLOCK);
  if (rows.has(first)) {
    const inner: string[] = [];
    const entries = new Map(
      db
        .prepare<[number, number], [number, string]>('SELECT idx, note FROM entry WHERE idx >= ? AND idx < ?')
        .raw()
        .all(start, start + TILE_WIDTH),
    );
    let id = first;
    for (let leaf = start; leaf <= last; leaf++) {
      const note = entries.get(leaf);
      let digits = note === undefined ? (rows.get(id) ?? '') : hash('sha256', `\0${note}`, 'hex');
      for (let level = 0, place = leaf - start; level <= 8; level++) {
        const stored = rows.get(id++);
        if (stored !== digits) onWrongHash(leaf, level, stored !== undefined);
        if (place % 2 === 0 || level === 8) break;
        digits = join(inner.pop()!, digits);
        place = (place - 1) / 2;
      }
      inner.push(digits);
    }
  }
  if (whole === undefined) onWrongHash(last, 8, false);
  let digits = whole ?? '0'.repeat(DIGITS);
  for (let level = 9, place = block; place % 2 === 1; level++, place = (place - 1) / 2) {
    digits = join(subtrees.pop()!, digits);
    const stored = rows.get(first + NODES_IN_BLOCK + level - 8);
    if (stored !== digits) onWrongHash(last, level, stored !== undefined);
  }
  subtrees.push(digits);
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
