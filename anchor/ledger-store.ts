// The embedded ledger on disk: one SQLite file that holds the entries, the hash of every full subtree, the newest signed
// checkpoints and the evidence of equivocation. No state is kept in memory between calls, so that there is nothing that
// could disagree with the file.
//
// Subtree hashes are numbered in the order in which they become full (as golang.org/x/mod's sumdb/tlog stores them): an
// append writes at the end of one B-tree only, which is one page of an SD card and not one for every level.

import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AnchorError } from './error.ts';
import type { NodeReader } from './proof.ts';

/**
 * Tables that are made also in files which were begun without them.
 *   witnessed   the newest checkpoint that had its quorum of witnesses
 *   retention   the signed policy (`retention.ts`), its minimum index, and the entry up to which pruning has come
 *   kept_block  blocks of 256 entries below that of which hashes, or an entry, are still needed
 *   cosigner    how far each witness was when it cosigned last: it will want a proof from there
 *   growth      the size at a time, by this machine's clock: how old an entry is at least
 */
export const LATER_SCHEMA = `
CREATE TABLE IF NOT EXISTS witnessed (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS retention (one INTEGER PRIMARY KEY CHECK (one = 1), note TEXT NOT NULL,
  minimum INTEGER NOT NULL, pruned INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kept_block (block INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS cosigner (name TEXT NOT NULL, key_id INTEGER NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (name, key_id)) STRICT;
CREATE TABLE IF NOT EXISTS growth (at_ms INTEGER PRIMARY KEY, size INTEGER NOT NULL) STRICT;
`;

export const SCHEMA = `
CREATE TABLE ledger (one INTEGER PRIMARY KEY CHECK (one = 1), format TEXT NOT NULL, vkey TEXT NOT NULL) STRICT;
CREATE TABLE hub (id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE entry (idx INTEGER PRIMARY KEY, hub INTEGER NOT NULL, sequence INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX entry_by_sequence ON entry (hub, sequence);
CREATE TABLE node (id INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL, cosignatures TEXT NOT NULL) STRICT;
CREATE TABLE equivocation (id INTEGER PRIMARY KEY, held INTEGER NOT NULL, offered TEXT NOT NULL UNIQUE) STRICT;
`;

/** First row of a ledger file; another format number is another program's file. */
export const LEDGER_FORMAT = 'heartwood-ledger/v1';

/** Each statement used, by name; `ledger-store.test.ts` checks that none walks a whole table but those of `checkLedger`. */
export const SQL = {
  /** Changes nothing, and fails where the file was opened for reading. */
  writes: 'DELETE FROM ledger WHERE one = 0',
  identity: 'SELECT format, vkey FROM ledger WHERE one = 1',
  size: 'SELECT coalesce(max(idx) + 1, 0) FROM entry',
  entry: 'SELECT idx AS "index", sequence, note FROM entry WHERE idx = ?',
  notes: 'SELECT note FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx',
  entryBySequence: `SELECT idx AS "index", sequence, note FROM entry
    WHERE hub = (SELECT id FROM hub WHERE origin = ?) AND sequence = ?`,
  lastOf: `SELECT idx AS "index", sequence, note FROM entry
    WHERE hub = (SELECT id FROM hub WHERE origin = ?) ORDER BY sequence DESC LIMIT 1`,
  joinedNodes: `SELECT lower(group_concat(hex(hash), '' ORDER BY id)) FROM node WHERE id >= ? AND id < ?`,
  node: 'SELECT hash FROM node WHERE id = ?',
  newestCheckpoint: 'SELECT size, note, cosignatures FROM checkpoint ORDER BY size DESC LIMIT 1',
  checkpoint: 'SELECT size, note, cosignatures FROM checkpoint WHERE size = ?',
  addHub: 'INSERT INTO hub (origin) VALUES (?) ON CONFLICT (origin) DO NOTHING',
  addEntry:
    'INSERT INTO entry (idx, hub, sequence, note) VALUES (?, (SELECT id FROM hub WHERE origin = ?), ?, ?)',
  addNode: 'INSERT INTO node (id, hash) VALUES (?, ?)',
  addCheckpoint: `INSERT INTO checkpoint (size, note, cosignatures) VALUES (?, ?, '')`,
  setCosignatures: 'UPDATE checkpoint SET cosignatures = ? WHERE size = ?',
  dropCheckpoints: `DELETE FROM checkpoint WHERE size < ?
    AND size NOT IN (SELECT size FROM checkpoint ORDER BY size DESC LIMIT ?)
    AND size IS NOT (SELECT max(size) FROM checkpoint WHERE cosignatures <> '')
    AND size IS NOT (SELECT size FROM witnessed WHERE one = 1)`,
  setWitnessed: `INSERT INTO witnessed (one, size) SELECT 1, size FROM checkpoint WHERE size = ?
    ON CONFLICT (one) DO UPDATE SET size = max(size, excluded.size)`,
  witnessed:
    'SELECT size, note, cosignatures FROM checkpoint WHERE size = (SELECT size FROM witnessed WHERE one = 1)',
  addEquivocation: `INSERT INTO equivocation (held, offered)
    SELECT ?, ? WHERE (SELECT coalesce(max(id), 0) FROM equivocation) < ? ON CONFLICT (offered) DO NOTHING`,
  allEntries: `SELECT idx AS "index", sequence, note, (SELECT origin FROM hub WHERE id = entry.hub) AS origin
    FROM entry ORDER BY idx`,
  allCheckpoints: 'SELECT size, note, cosignatures FROM checkpoint ORDER BY size',
  nodeFrom: 'SELECT id FROM node WHERE id >= ? LIMIT 1',
  retention: 'SELECT note, minimum, pruned FROM retention WHERE one = 1',
  setRetention: `INSERT INTO retention (one, note, minimum, pruned) VALUES (1, ?, ?, 0)
    ON CONFLICT (one) DO UPDATE SET note = excluded.note, minimum = excluded.minimum`,
  setCosigner: `INSERT INTO cosigner (name, key_id, size) VALUES (?, ?, ?)
    ON CONFLICT (name, key_id) DO UPDATE SET size = max(size, excluded.size)`,
  lastGrowth: 'SELECT at_ms AS atMs, size FROM growth WHERE at_ms = (SELECT max(at_ms) FROM growth)',
  allGrowth: 'SELECT at_ms AS atMs, size FROM growth ORDER BY at_ms',
  witnessedSize: 'SELECT size FROM witnessed WHERE one = 1',
  growthAt: 'SELECT size FROM growth WHERE at_ms <= ? ORDER BY at_ms DESC LIMIT 1',
  addGrowth: 'INSERT INTO growth (at_ms, size) VALUES (?, ?) ON CONFLICT (at_ms) DO NOTHING',
  dropGrowth: 'DELETE FROM growth WHERE at_ms < ?',
  equivocations: 'SELECT count(*) FROM equivocation',
  evidence: 'SELECT held, offered FROM equivocation ORDER BY id',
  addIdentity: 'INSERT INTO ledger (one, format, vkey) VALUES (1, ?, ?)',
} as const;

export type CheckpointRow = { size: number; note: string; cosignatures: string };
export type RetentionRow = { note: string; minimum: number; pruned: number };
export type EntryRow = { index: number; sequence: number; note: string };

/** Opens the file; `write` makes it where there is none. Throws `ledger-unreadable`. */
export function openLedgerFile(path: string, mode: 'write' | 'read'): Database.Database {
  if (mode === 'read' && !existsSync(path)) {
    throw new AnchorError('ledger-unreadable', `there is no ledger at ${path}`);
  }
  try {
    const db = new Database(path, { readonly: mode === 'read', timeout: 5000 });
    if (mode === 'write') {
      // Rows are small, and a statement changes a page of each table: with 4,096 it has the disk write 26 kB, with this
      // 18, and the file takes a third less. A file that is there keeps its own.
      db.pragma('page_size = 2048');
      db.pragma('journal_mode = WAL');
      // FULL: the commit's fsync is what "appended" means.
      db.pragma('synchronous = FULL');
      db.pragma('journal_size_limit = 4194304');
    }
    return db;
  } catch (cause) {
    throw new AnchorError('ledger-unreadable', `the ledger at ${path} cannot be opened`, { cause });
  }
}

/**
 * Throws `ledger-unreadable` where the file cannot be written. SQLite opens it for reading where opening it for writing
 * fails, be it for a moment, and says nothing until something is to be written, which then fails until the file is
 * opened anew: found by having open(2) fail once.
 */
export function needsToWrite(db: Database.Database): void {
  try {
    db.exec(SQL.writes);
  } catch (cause) {
    throw new AnchorError('ledger-unreadable', `the ledger at ${db.name} can be read but not written`, {
      cause,
    });
  }
}

/** Number of the row that holds a full subtree: nodes full before its last leaf, and those below it. O(level). */
export function nodeId(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1;
  return nodeCount(lastLeaf) + level;
}

/** Subtrees that are full in a tree of `size` leaves: 2 size - (ones in its binary form). `nodeId(0, n) === nodeCount(n)`. */
export function nodeCount(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return 2 * size - ones;
}

const PREPARED = new WeakMap<Database.Database, Map<string, Database.Statement<never[], unknown>>>();

/**
 * The prepared statement of that SQL, made once for each open file: one made anew holds some kilobytes outside the heap
 * until the collector comes by, which at hundreds of appends a second is most of a ledger's memory. Whoever changes its
 * mode (`pluck`) must be the only one to use that SQL.
 */
export function prepared<Bind extends unknown[], Result>(
  db: Database.Database,
  sql: string,
): Database.Statement<Bind, Result> {
  let ready = PREPARED.get(db);
  if (!ready) {
    ready = new Map();
    PREPARED.set(db, ready);
  }
  let statement = ready.get(sql);
  if (!statement) {
    statement = db.prepare<never[], unknown>(sql);
    ready.set(sql, statement);
  }
  return statement as unknown as Database.Statement<Bind, Result>;
}

/** Reads stored subtree hashes. The reader throws `ledger-mismatch` where one is missing. */
export function nodeReader(db: Database.Database): NodeReader {
  const select = prepared<[number], Uint8Array>(db, SQL.node).pluck();
  return (level, index) => {
    const hash = select.get(nodeId(level, index));
    if (hash?.length !== 32) {
      throw new AnchorError('ledger-mismatch', `the hash of subtree ${index} at level ${level} is missing`);
    }
    return hash;
  };
}
