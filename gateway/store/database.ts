// The hub's database: one SQLite file in WAL mode with `synchronous=FULL`, so that a commit that returned has
// been fsynced. What somebody reads on the card is ciphertext. Every row carries a seal or a signature over its own
// columns, bound to its place, so that none can be made, changed or moved without the master key.
//
// `fsck` finds: any changed column; a batch, segment or key that is missing; a batch that the ledger holds and this
// file does not; a waiting row, patient, device or handover that is missing where a number or anything signed tells of
// it; a cursor that does not know what is stored; a table, trigger or index that is not ours.
// It cannot find: an older sealed copy of a row that changes, put back in its place (a device's password, the latest
// readings; a cursor, where the device has sent nothing since); the oldest or newest rows of the quarantine, the newest
// waiting rows, or login codes, sessions and the messages and progress of telling, taken away; and an older copy of file and ledger together, put back whole, which the
// hub's mark and its witnesses tell.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '@heartwood/anchor/node';
import Database from 'better-sqlite3';
import { HeartwoodError } from '../error.ts';
import { diskRefusal } from '../hub/disk-watch.ts';

export type Db = Database.Database;

const FORMAT = 1;

/** Hubs that were made before it was there get it when they start. */
const SUMMARY =
  'CREATE TABLE summary (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;';

/** Likewise. */
const CARE = 'CREATE TABLE care (slot INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;';

/** Likewise. */
const TELLING =
  'CREATE TABLE telling (kind INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (kind, number)) STRICT, WITHOUT ROWID;';

/** Likewise. */
const NOTE =
  'CREATE TABLE note (slot INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (slot, number)) STRICT, WITHOUT ROWID;';

const SCHEMA = `
-- Facts about the hub itself, each sealed by the master key: its identity, the key check.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- A patient owns a slot of the batches for ever. The name is sealed.
CREATE TABLE patient (slot INTEGER PRIMARY KEY, subject BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL) STRICT;

-- A device is known on disk by its number, and found by a keyed hash of its id.
CREATE TABLE device (number INTEGER PRIMARY KEY, mac BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL) STRICT;

-- Whose a device was, and when: from (inclusive) to until (exclusive; -1: still).
CREATE TABLE assignment (
  id INTEGER PRIMARY KEY, device INTEGER NOT NULL, slot INTEGER NOT NULL,
  from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;

-- A patient's data key from a moment on, wrapped by the master key. Rows are never deleted: the statements of old
-- batches need the keys of empty slots to be made again, so that an erasure, which is not built, takes more than that.
CREATE TABLE epoch (
  slot INTEGER NOT NULL, number INTEGER NOT NULL, from_ms INTEGER NOT NULL, wrapped BLOB NOT NULL,
  PRIMARY KEY (slot, number)) STRICT, WITHOUT ROWID;

-- Readings of one patient in one commit, waiting for the batch to close.
CREATE TABLE staged (
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, slot INTEGER NOT NULL, epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL) STRICT;

-- Which messages of a device are stored, as of the last batch; what came since is found in staged.
CREATE TABLE cursor (device INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

-- The last reading of each kind of a patient, as of the last batch: what a page shows first after a restart.
CREATE TABLE latest (slot INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

-- The alarms of a patient: which are on, acknowledged, or waiting to be seen, and how many there were.
CREATE TABLE alarm (slot INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

-- What people have set and seen of a patient: own limits, oxygen, consciousness, the scale of saturation.
${CARE}

-- What people write about a patient. Each was written once, beside an event that says the same.
${NOTE}

-- Whom an alarm is told to: contacts, ladders, how far each has come, messages and the browsers that asked to be told.
${TELLING}

-- Readings of one patient in one batch, by column. The root stays provable when the patient's keys are gone.
-- Its id is batch * 65536 + slot: rows that come in the order of their ids fill their pages (a composite key
-- leaves a tenth of each empty).
CREATE TABLE segment (
  id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, root BLOB NOT NULL, sealed BLOB NOT NULL,
  batch INTEGER GENERATED ALWAYS AS (id >> 16) VIRTUAL, slot INTEGER GENERATED ALWAYS AS (id & 65535) VIRTUAL) STRICT;

-- A closed batch: its statement, less what follows from the segments.
CREATE TABLE batch (
  sequence INTEGER PRIMARY KEY, end_ms INTEGER NOT NULL, slots INTEGER NOT NULL,
  previous BLOB NOT NULL, signature BLOB NOT NULL) STRICT;

-- What a patient's readings of one hour come to, by minute: for histories. Its id is hour * 65536 + slot, hours since
-- 1970. It follows from the segments, and can be made again from them.
${SUMMARY}

-- What was refused, for an operator to look at.
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, reason TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;

-- Who may log in, besides whoever runs programs on this machine.
CREATE TABLE person (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

-- Who is logged in: keyed hashes of the tokens in their cookies.
CREATE TABLE session (mac BLOB PRIMARY KEY, expires_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- One-time codes for a first login, as keyed hashes.
CREATE TABLE login_code (mac BLOB PRIMARY KEY, expires_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
`;

export const databasePath = (directory: string): string => join(directory, 'hub.db');

/** Whether a hub has ever been started in this directory. */
export const databaseExists = (directory: string): boolean => existsSync(databasePath(directory));

/**
 * Opens the hub's database, and makes it when `create` is set.
 * @throws HeartwoodError no-data, data-newer, data-damaged
 */
export function openDatabase(directory: string, mode: 'create' | 'write' | 'read'): Db {
  if (mode === 'create') makeFolder(directory);
  else if (!databaseExists(directory)) {
    throw new HeartwoodError(
      'no-data',
      `${directory} holds no hub's data. Start one with: heartwood hub --data ${directory}`,
    );
  }
  try {
    const db = new Database(databasePath(directory), { readonly: mode === 'read', timeout: 10_000 });
    try {
      if (mode !== 'read') {
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = FULL');
      }
      prepare(db, mode);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof HeartwoodError) throw error;
    const noDisk = diskRefusal(directory);
    if (noDisk) throw noDisk;
    throw new HeartwoodError('data-damaged', `${databasePath(directory)} cannot be opened: ${said(error)}`, {
      cause: error,
    });
  }
}

/** Makes the tables in an empty database. */
export function createTables(db: Db): void {
  db.exec(SCHEMA);
}

function prepare(db: Db, mode: 'create' | 'write' | 'read'): void {
  const format = db.pragma('user_version', { simple: true }) as number;
  if (format > FORMAT) {
    throw new HeartwoodError(
      'data-newer',
      'This data was written by a newer Heartwood. Update, then try again.',
    );
  }
  if (format === FORMAT && mode !== 'read')
    for (const table of [SUMMARY, CARE, TELLING, NOTE])
      db.exec(table.replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS'));
  if (format === 0) {
    if (mode !== 'create')
      throw new HeartwoodError('no-data', 'The database is empty: no hub was ever started on it.');
    db.transaction(() => {
      createTables(db);
      db.pragma(`user_version = ${FORMAT}`);
    }).immediate();
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
