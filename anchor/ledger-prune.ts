// Letting go of old entries. What must hold at every moment, a crash included:
//   1. a new minimum index is signed and committed (`writeRetention`); from here on it never goes back;
//   2. the site and the exported files say so, and no longer show what lies below;
//   3. entries and hashes below it are deleted, some blocks a transaction, so that no statement waits long; the file says
//      how far that has come (`pruned`), and the next run goes on from there, after a crash too;
//   4. the freed pages go back to the disk, some at a time.
// A block is 256 entries, a full tile. Of a block that goes, the hash of the whole block and those above it stay: they are
// half a byte an entry, and with them every later root, proof and growth can be made. More of a block stays while it is
// needed: the newest statement of a hub, with its proof (a hub that was silent for a year is still known by it, and a
// second statement of that number is still equivocation); the hashes from which a witness that was away wants a proof of
// growth; a statement that is evidence.

import type Database from 'better-sqlite3';
import { parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import type { Signer } from './key.ts';
import { type CheckpointRow, nodeCount, prepared, type RetentionRow, SQL } from './ledger-store.ts';
import { parseNote, signNote } from './note.ts';
import { formatRetention, KEEPS_ALL, type Retention } from './retention.ts';
import { TILE_WIDTH } from './tile.ts';

/** Blocks let go in one transaction: 2,048 entries, some 10 ms. */
const BLOCKS = 8;
/** Hashes below that of a whole block, of levels 0 to 7. They are the first of a block's rows (`nodeId`). */
export const NODES_IN_BLOCK: number = 2 * TILE_WIDTH - 2;
const GROWTH_EVERY_MS = 3_600_000;
/** A ledger's past size is remembered for as long as a retention may be. */
const GROWTH_KEPT_MS = 36_525 * 86_400_000;
/** Pages given back at once: 4 MiB. */
const PAGES = 1024;
/** Where a file cannot give pages back one by one yet, it is written anew once this part of it is empty. */
const EMPTY_SHARE = 1 / 8;

const PRUNE_SQL = {
  lasts: 'SELECT (SELECT idx FROM entry WHERE hub = hub.id ORDER BY sequence DESC LIMIT 1) FROM hub',
  cosigned: 'SELECT DISTINCT size FROM cosigner',
  keptBlocks: 'SELECT block FROM kept_block ORDER BY block',
  keepBlock: 'INSERT INTO kept_block (block) VALUES (?) ON CONFLICT DO NOTHING',
  forgetBlock: 'DELETE FROM kept_block WHERE block = ?',
  dropEntries: `DELETE FROM entry WHERE idx >= ? AND idx < ? AND idx NOT IN (SELECT held FROM equivocation)
    AND idx NOT IN (SELECT (SELECT idx FROM entry WHERE hub = hub.id ORDER BY sequence DESC LIMIT 1) FROM hub)`,
  dropNodes: 'DELETE FROM node WHERE id >= ? AND id < ?',
  setPruned: 'UPDATE retention SET pruned = ?',
  dropOldCheckpoints: `DELETE FROM checkpoint WHERE size < ?
    AND size IS NOT (SELECT size FROM witnessed WHERE one = 1) AND size < (SELECT max(size) FROM checkpoint)`,
} as const;

/** Step 1, in the caller's transaction. */
export function writeRetention(db: Database.Database, signer: Signer, retention: Retention): void {
  const row = prepared<[], RetentionRow>(db, SQL.retention).get();
  const newest = prepared<[], CheckpointRow>(db, SQL.newestCheckpoint).get();
  const size = newest ? parseCheckpoint(parseNote(newest.note).text).size : 0;
  const { minimumIndex, next } = retention;
  if (row && minimumIndex < row.minimum) {
    throw new AnchorError(
      'ledger-mismatch',
      `this ledger has let go of what lies below entry ${row.minimum}: the minimum index cannot go back to ${minimumIndex}`,
    );
  }
  if (minimumIndex > size || (next && next.minimumIndex <= minimumIndex)) {
    throw new AnchorError('ledger-mismatch', `a ledger of ${size} entries cannot begin at ${minimumIndex}`);
  }
  const note = signNote(formatRetention(signer.name, retention), [signer]);
  prepared(db, SQL.setRetention).run(note, minimumIndex);
}

/** A ledger that has no policy yet promises to keep everything. */
export function beginRetention(db: Database.Database, signer: Signer): void {
  if (!db.prepare(SQL.retention).get()) writeRetention(db, signer, KEEPS_ALL);
}

/** Step 3, some blocks of it. True where nothing is left to let go. */
export function pruneSome(db: Database.Database, blocksMax: number = BLOCKS): boolean {
  return db
    .transaction(() => {
      const { minimum, pruned } = prepared<[], RetentionRow>(db, SQL.retention).get() ?? NOTHING_PRUNED;
      const end = Math.floor(minimum / TILE_WIDTH);
      const first = Math.floor(pruned / TILE_WIDTH);
      if (minimum === 0) return true;
      const needed = neededBlocks(db);
      const last = Math.min(end, first + blocksMax);
      for (let block = first; block < last; block++) dropBlock(db, block, needed.has(block));
      if (last > first) db.prepare(PRUNE_SQL.setPruned).run(last * TILE_WIDTH);
      if (last < end) return false;
      const kept = db.prepare<[], number>(PRUNE_SQL.keptBlocks).pluck().all();
      for (const block of kept) if (!needed.has(block)) dropBlock(db, block, false);
      db.prepare(PRUNE_SQL.dropOldCheckpoints).run(end * TILE_WIDTH);
      return true;
    })
    .immediate();
}

const NOTHING_PRUNED = { minimum: 0, pruned: 0 };

function dropBlock(db: Database.Database, block: number, needed: boolean): void {
  const start = block * TILE_WIDTH;
  db.prepare(PRUNE_SQL.dropEntries).run(start, start + TILE_WIDTH);
  if (needed) {
    db.prepare(PRUNE_SQL.keepBlock).run(block);
    return;
  }
  db.prepare(PRUNE_SQL.dropNodes).run(nodeCount(start), nodeCount(start) + NODES_IN_BLOCK);
  db.prepare(PRUNE_SQL.forgetBlock).run(block);
}

/** Blocks of hubs' newest statements, and those within which a witness stands: a proof from there begins with their hashes. */
function neededBlocks(db: Database.Database): Set<number> {
  const lasts = db.prepare<[], number | null>(PRUNE_SQL.lasts).pluck().all();
  const sizes = db.prepare<[], number>(PRUNE_SQL.cosigned).pluck().all();
  const within = sizes.filter((size) => size % TILE_WIDTH !== 0);
  const places = [...lasts.filter((index) => index !== null), ...within];
  return new Set(places.map((place) => Math.floor(place / TILE_WIDTH)));
}

/** Step 4. A file begun without incremental vacuum is written anew once, which holds up everything for that long. */
export function compactSome(db: Database.Database): boolean {
  const free = db.pragma('freelist_count', { simple: true }) as number;
  if (free === 0) return true;
  if (db.pragma('auto_vacuum', { simple: true }) === 0) {
    const pages = db.pragma('page_count', { simple: true }) as number;
    if (free < pages * EMPTY_SHARE) return true;
    db.pragma('auto_vacuum = INCREMENTAL');
    db.exec('VACUUM');
  } else {
    db.pragma(`incremental_vacuum(${PAGES})`);
    if (free > PAGES) return false;
  }
  // The file itself shrinks when the write-ahead log goes into it.
  db.pragma('wal_checkpoint(TRUNCATE)');
  return true;
}

export function noteGrowth(db: Database.Database, nowMs: number): void {
  const last = prepared<[], { atMs: number; size: number }>(db, SQL.lastGrowth).get();
  // A clock that was turned back would make entries older than they are.
  if (last && nowMs - last.atMs < GROWTH_EVERY_MS) return;
  const size = prepared<[], CheckpointRow>(db, SQL.newestCheckpoint).get()?.size ?? 0;
  prepared(db, SQL.addGrowth).run(nowMs, size);
  prepared(db, SQL.dropGrowth).run(nowMs - GROWTH_KEPT_MS);
}

/** How many entries are at least as old as that time. */
export function sizeAt(db: Database.Database, atMs: number): number | undefined {
  return prepared<[number], { size: number }>(db, SQL.growthAt).get(atMs)?.size;
}
