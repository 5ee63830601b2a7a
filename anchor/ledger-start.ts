// How an embedded ledger begins: an empty one is made with the checkpoint of nothing; one that is there must agree with its
// newest checkpoint, its key and what is known from elsewhere, or nothing is ever signed with it.

import type Database from 'better-sqlite3';
import { equalBytes, utf8 } from './bytes.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { formatVerifierKey, type Signer, type VerifierKey } from './key.ts';
import { type MarkStore, settleMark } from './ledger-mark.ts';
import { identityOf } from './ledger-reader.ts';
import {
  type CheckpointRow,
  type EntryRow,
  LEDGER_FORMAT,
  nodeReader,
  prepared,
  SCHEMA,
  SQL,
} from './ledger-store.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { signNote, verifyNote } from './note.ts';
import { readFrontier } from './proof.ts';
import { EMPTY_FRONTIER, type Frontier, frontierRoot, leafHash } from './tree.ts';

export type EmbeddedLedgerOptions = {
  /** The SQLite file; made where there is none. Its folder must exist. */
  readonly path: string;
  /** The ledger's own key, not the hub's. Its name is the ledger's origin. */
  readonly signer: Signer;
  /** Keys that may sign statements. */
  readonly hubKeys: readonly VerifierKey[];
  /** The newest checkpoint of this ledger that is known from elsewhere, verified by the caller. */
  readonly known?: Pick<Checkpoint, 'size' | 'root'> | undefined;
  /** Remembers what was signed last, apart from the file: see `ledger-mark.ts`. */
  readonly mark?: MarkStore | undefined;
};

/** True for a file without any table. */
export function isNew(db: Database.Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** Makes the tables, and signs the checkpoint of nothing. */
export function create(db: Database.Database, signer: Signer): void {
  db.exec(SCHEMA);
  db.prepare(SQL.addIdentity).run(LEDGER_FORMAT, formatVerifierKey(signer));
  addCheckpoint(db, signer, EMPTY_FRONTIER);
}

/** Signs and keeps the checkpoint of a frontier; the caller's transaction decides whether it ever was. */
export function addCheckpoint(db: Database.Database, signer: Signer, frontier: Frontier): void {
  const { size } = frontier;
  const text = formatCheckpoint({ origin: signer.name, size, root: frontierRoot(frontier, nodeSha256) });
  prepared(db, SQL.addCheckpoint).run(size, signNote(text, [signer]));
}

/** Compares what must agree before anything may be signed. O(log n); `checkLedger` compares everything. */
export function checkTail(db: Database.Database, { signer, known }: EmbeddedLedgerOptions): void {
  const vkey = formatVerifierKey(identityOf(db));
  if (vkey !== formatVerifierKey(signer)) {
    throw new AnchorError('ledger-mismatch', `the ledger belongs to the key ${vkey}, not to this one`);
  }
  const row = db.prepare<[], CheckpointRow>(SQL.newestCheckpoint).get();
  const entries = db.prepare<[], number>(SQL.size).pluck().get();
  if (!row) throw new AnchorError('ledger-mismatch', 'the ledger has lost its checkpoint');
  const checkpoint = parseCheckpoint(verifyNote(row.note, [signer], nodeVerifyEd25519).text);
  if (checkpoint.origin !== signer.name || checkpoint.size !== row.size || checkpoint.size !== entries) {
    throw new AnchorError(
      'ledger-mismatch',
      `the ledger holds ${entries} entries but its newest checkpoint says ${checkpoint.size} of ${checkpoint.origin}`,
    );
  }
  const read = nodeReader(db);
  const rootAt = (size: number): Uint8Array => frontierRoot(readFrontier(read, size), nodeSha256);
  if (!equalBytes(rootAt(entries), checkpoint.root)) {
    throw new AnchorError(
      'ledger-mismatch',
      'the stored hashes do not lead to the root of the newest checkpoint',
    );
  }
  const last = db.prepare<[number], EntryRow>(SQL.entry).get(entries - 1);
  if (last && !equalBytes(leafHash(utf8(last.note), nodeSha256), read(0, last.index))) {
    throw new AnchorError('ledger-mismatch', `entry ${last.index} is not the one that was hashed`);
  }
  if (!known) return;
  if (known.size > entries) {
    throw new AnchorError(
      'ledger-behind',
      `this ledger has ${entries} entries, but a checkpoint over ${known.size} is known: it was restored from an old copy. Signing now would fork it`,
    );
  }
  if (!equalBytes(rootAt(known.size), known.root)) {
    throw new AnchorError(
      'ledger-mismatch',
      `the first ${known.size} entries are not those of the known checkpoint`,
    );
  }
}

/**
 * Moves the mark up to the newest checkpoint, or refuses. The write lock is held meanwhile: two processes on one file
 * move the mark one after the other, each to what it then finds newest.
 */
export function settle(db: Database.Database, key: VerifierKey, mark: MarkStore): void {
  db.transaction(() => {
    const row = prepared<[], CheckpointRow>(db, SQL.newestCheckpoint).get();
    if (!row) throw new AnchorError('ledger-mismatch', 'the ledger has lost its checkpoint');
    const { size } = row;
    const read = nodeReader(db);
    const rootAt = (at: number): Uint8Array => frontierRoot(readFrontier(read, at), nodeSha256);
    settleMark(mark, key, { size, note: row.note, rootAt });
  }).immediate();
}
