// What a witness remembers, in a SQLite file of its own: for each log the newest checkpoint that it cosigned, and pairs of
// checkpoints with which a log contradicted itself. This memory is the witness: one that lost it, or got an older copy of
// it back, could cosign a second history. So the file names its keys, and there is no way to make it anew for old keys.

import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AnchorError } from './error.ts';

export const WITNESS_FORMAT = 'heartwood-witness/v1';

const SCHEMA = `
CREATE TABLE witness (one INTEGER PRIMARY KEY CHECK (one = 1), format TEXT NOT NULL, vkeys TEXT NOT NULL) STRICT;
CREATE TABLE log (origin TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, root BLOB NOT NULL,
  time_s INTEGER NOT NULL, note TEXT NOT NULL, cosignatures TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE contradiction (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, held TEXT NOT NULL,
  offered TEXT NOT NULL UNIQUE) STRICT;
`;

/** Each statement used, by name; `witness.test.ts` checks that none walks a table but the one that lists contradictions. */
export const WITNESS_SQL = {
  /** Changes nothing, and fails where the file was opened for reading. */
  writes: 'DELETE FROM witness WHERE one = 0',
  identity: 'SELECT format, vkeys FROM witness WHERE one = 1',
  addIdentity: 'INSERT INTO witness (one, format, vkeys) VALUES (1, ?, ?)',
  log: 'SELECT size, root, time_s AS timeS, note, cosignatures FROM log WHERE origin = ?',
  logByHash: 'SELECT note, cosignatures FROM log WHERE hash = ?',
  setLog: `INSERT INTO log (origin, hash, size, root, time_s, note, cosignatures)
    VALUES (@origin, @hash, @size, @root, @timeS, @note, @cosignatures)
    ON CONFLICT (origin) DO UPDATE SET size = @size, root = @root, time_s = @timeS, note = @note,
    cosignatures = @cosignatures`,
  addContradiction: `INSERT INTO contradiction (origin, held, offered)
    SELECT ?, ?, ? WHERE (SELECT coalesce(max(id), 0) FROM contradiction) < ? ON CONFLICT (offered) DO NOTHING`,
  contradictions: 'SELECT origin, held, offered FROM contradiction ORDER BY id',
} as const;

/** What is kept of one log. `note` is the checkpoint with the log's own verified signature lines only. */
export type LogRow = {
  size: number;
  root: Uint8Array;
  timeS: number;
  note: string;
  cosignatures: string;
};

/**
 * Opens the memory of the witness with these vkeys. `create` makes it where there is no file, and is for new keys only.
 * Throws `witness-unreadable` where it is missing or something else, `witness-mismatch` where it belongs to other keys.
 */
export function openWitnessFile(path: string, vkeys: readonly string[], create: boolean): Database.Database {
  if (!create && !existsSync(path)) {
    throw new AnchorError(
      'witness-unreadable',
      `the witness's memory ${path} is gone. Without it these keys could cosign a second history of a log: put it back as ` +
        'it was last, or make a new witness with new keys',
    );
  }
  let db: Database.Database;
  try {
    db = new Database(path, { timeout: 5000 });
    db.pragma('journal_mode = WAL');
    // FULL: a cosignature leaves only after the commit's fsync.
    db.pragma('synchronous = FULL');
    db.pragma('journal_size_limit = 4194304');
  } catch (cause) {
    throw new AnchorError('witness-unreadable', `the witness's memory ${path} cannot be opened`, { cause });
  }
  try {
    db.transaction(() => {
      identify(db, vkeys.join('\n'), create);
      needsToWrite(db);
    }).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite opens a file for reading where it cannot for writing, and says so only when something is to be kept. */
function needsToWrite(db: Database.Database): void {
  try {
    db.exec(WITNESS_SQL.writes);
  } catch (cause) {
    throw new AnchorError(
      'witness-unreadable',
      `the witness's memory ${db.name} can be read but not written`,
      {
        cause,
      },
    );
  }
}

function identify(db: Database.Database, vkeys: string, create: boolean): void {
  const isNew = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (isNew && create) {
    db.exec(SCHEMA);
    db.prepare(WITNESS_SQL.addIdentity).run(WITNESS_FORMAT, vkeys);
    return;
  }
  let row: { format: string; vkeys: string } | undefined;
  try {
    row = db.prepare<[], { format: string; vkeys: string }>(WITNESS_SQL.identity).get();
  } catch (cause) {
    throw new AnchorError('witness-unreadable', `${db.name} is not the memory of a witness`, { cause });
  }
  if (row?.format !== WITNESS_FORMAT) {
    throw new AnchorError('witness-unreadable', `${db.name} is not of format ${WITNESS_FORMAT}`);
  }
  if (row.vkeys !== vkeys) {
    throw new AnchorError('witness-mismatch', `${db.name} is the memory of a witness with other keys`);
  }
}
