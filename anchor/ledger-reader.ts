// Reading a ledger file: proofs, heads and entries. It opens beside the hub that writes (SQLite's WAL lets both), so
// that `prove` works while the hub runs, and it cannot write.

import type Database from 'better-sqlite3';
import { parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { parseVerifierKey, type VerifierKey } from './key.ts';
import type { LedgerEntry, LedgerHead, LedgerPlace } from './ledger.ts';
import {
  type CheckpointRow,
  type EntryRow,
  LEDGER_FORMAT,
  nodeReader,
  openLedgerFile,
  prepared,
  type RetentionRow,
  SQL,
} from './ledger-store.ts';
import { nodeSha256 } from './node-primitive.ts';
import { parseNote } from './note.ts';
import { consistencyPath, type NodeReader, readInclusionPath } from './proof.ts';
import { parseRetention, type Retention } from './retention.ts';
import { formatTlogProof } from './tlog-proof.ts';

/** Two notes of one hub that contradict each other: the one in the ledger, and the one that was refused. */
export type Equivocation = { readonly held: LedgerEntry; readonly offered: string };

export class LedgerReader {
  readonly key: VerifierKey;
  readonly #db: Database.Database;
  readonly #node: NodeReader;
  readonly #entry: Database.Statement<[number], EntryRow>;
  readonly #notes: Database.Statement<[number, number], string>;
  readonly #entryBySequence: Database.Statement<[string, number], EntryRow>;
  readonly #lastOf: Database.Statement<[string], EntryRow>;
  readonly #newestCheckpoint: Database.Statement<[], CheckpointRow>;
  readonly #checkpoint: Database.Statement<[number], CheckpointRow>;
  /** Tables of later versions that were seen to be there. */
  readonly #tables = new Set<string>();

  /** Made by `openLedgerReader` and by the writer; `db` stays the caller's. Throws `ledger-unreadable` for another kind of file. */
  constructor(db: Database.Database) {
    this.#db = db;
    this.key = identityOf(db);
    this.#node = nodeReader(db);
    this.#entry = db.prepare(SQL.entry);
    this.#notes = db.prepare<[number, number], string>(SQL.notes).pluck();
    this.#entryBySequence = db.prepare(SQL.entryBySequence);
    this.#lastOf = db.prepare(SQL.lastOf);
    this.#newestCheckpoint = db.prepare(SQL.newestCheckpoint);
    this.#checkpoint = db.prepare(SQL.checkpoint);
  }

  latest(): LedgerHead {
    return headOf(this.#newest());
  }

  /**
   * What the ledger promises of its past, and the note that says so with its signature; undefined in a file begun by an
   * earlier version, which keeps all.
   */
  retention(): (Retention & { readonly note: string }) | undefined {
    const row = this.#retentionRow();
    return row && { ...parseRetention(parseNote(row.note).text), note: row.note };
  }

  /** Full tiles that end here or before are no longer shown, and may be gone. */
  minimumIndex(): number {
    return this.#retentionRow()?.minimum ?? 0;
  }

  /** The newest checkpoint that had its quorum of witnesses (`markWitnessed`); undefined where none had. */
  witnessed(): LedgerHead | undefined {
    if (!this.#has('witnessed')) return undefined;
    const row = prepared<[], CheckpointRow>(this.#db, SQL.witnessed).get();
    return row && headOf(row);
  }

  /** The checkpoint of exactly that size with its cosignatures, where it is kept: the newest few are, and the newest cosigned one. */
  checkpointAt(size: number): string | undefined {
    const row = this.#checkpoint.get(size);
    return row && row.note + row.cosignatures;
  }

  entry(place: LedgerPlace): LedgerEntry | undefined {
    if ('index' in place) return this.#entry.get(place.index);
    return this.#entryBySequence.get(place.origin, place.sequence);
  }

  /** The notes from index `start` up to `end`, in order. Throws `ledger-mismatch` where one is missing. */
  notes(start: number, end: number): string[] {
    const notes = this.#notes.all(start, end);
    if (notes.length !== end - start) {
      throw new AnchorError('ledger-mismatch', `of the entries ${start} to ${end - 1} some are missing`);
    }
    return notes;
  }

  lastOf(origin: string): LedgerEntry | undefined {
    return this.#lastOf.get(origin);
  }

  /** Statements that were refused because they contradict one that is held: the evidence against whoever signed both. */
  equivocations(): Equivocation[] {
    const rows = this.#db.prepare<[], { held: number; offered: string }>(SQL.evidence).all();
    return rows.flatMap(({ held, offered }) => {
      const entry = this.#entry.get(held);
      return entry ? [{ held: entry, offered }] : [];
    });
  }

  /**
   * Text of a `.tlog-proof` under the newest checkpoint, or under the one of `size` (see `checkpointAt`); undefined where
   * the entry, or a checkpoint of that size which covers it, is not there.
   */
  proofOf(place: LedgerPlace, size?: number): string | undefined {
    // One transaction: the writer may add a checkpoint between two reads.
    return this.#db.transaction(() => {
      const row = size === undefined ? this.#newest() : this.#checkpoint.get(size);
      const index = 'index' in place ? place.index : this.entry(place)?.index;
      if (!row || index === undefined || index >= row.size) return undefined;
      try {
        const path = readInclusionPath(this.#node, index, row.size, nodeSha256);
        return formatTlogProof({ index, path, checkpoint: row.note + row.cosignatures });
      } catch (error) {
        // What was let go cannot be proved again; proofs that were handed out hold.
        if (error instanceof AnchorError && index < this.minimumIndex()) return undefined;
        throw error;
      }
    })();
  }

  /**
   * RFC 6962 2.1.2 proof between two sizes of this ledger, for a witness. Throws `bad-tree` unless
   * 0 < size1 <= size2 <= its size, `ledger-pruned` where the hashes around size1 were let go.
   */
  consistency(size1: number, size2: number): Uint8Array[] {
    return this.#db.transaction(() => {
      if (size2 > this.#newest().size)
        throw new AnchorError('bad-tree', `this ledger has not ${size2} entries`);
      try {
        return consistencyPath(this.#node, size1, size2, nodeSha256);
      } catch (error) {
        if (!(error instanceof AnchorError) || size1 >= this.minimumIndex()) throw error;
        const message = `growth from ${size1} entries cannot be shown any more: this ledger begins at ${this.minimumIndex()}`;
        throw new AnchorError('ledger-pruned', message, { cause: error });
      }
    })();
  }

  /** Hash of one full subtree; the 256 hashes of a full tile at level L are `node(8 * L, 256 * n + i)`. Throws `ledger-mismatch`. */
  node(level: number, index: number): Uint8Array {
    return this.#node(level, index);
  }

  close(): void {
    this.#db.close();
  }

  #retentionRow(): RetentionRow | undefined {
    return this.#has('retention') ? prepared<[], RetentionRow>(this.#db, SQL.retention).get() : undefined;
  }

  /** A file that was begun by an earlier version has not every table until a writer opens it. */
  #has(table: 'witnessed' | 'retention'): boolean {
    if (this.#tables.has(table)) return true;
    if ((this.#db.pragma(`table_list(${table})`) as unknown[]).length === 0) return false;
    this.#tables.add(table);
    return true;
  }

  #newest(): CheckpointRow {
    const row = this.#newestCheckpoint.get();
    if (!row) throw new AnchorError('ledger-mismatch', 'the ledger has lost its checkpoint');
    return row;
  }
}

/** Opens a ledger file for reading, beside a hub that may be writing it. Throws `ledger-unreadable`. Close it. */
export function openLedgerReader(path: string): LedgerReader {
  const db = openLedgerFile(path, 'read');
  try {
    return new LedgerReader(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whose ledger a file says it is. Throws `ledger-unreadable` for any other file. */
export function identityOf(db: Database.Database): VerifierKey {
  let row: { format: string; vkey: string } | undefined;
  try {
    row = db.prepare<[], { format: string; vkey: string }>(SQL.identity).get();
  } catch (cause) {
    throw new AnchorError('ledger-unreadable', `${db.name} is not a ledger`, { cause });
  }
  if (row?.format !== LEDGER_FORMAT) {
    throw new AnchorError('ledger-unreadable', `${db.name} is not a ledger of format ${LEDGER_FORMAT}`);
  }
  return parseVerifierKey(row.vkey);
}

/** The head that a stored checkpoint stands for. */
export function headOf(row: CheckpointRow): LedgerHead {
  const checkpoint = row.note + row.cosignatures;
  const { size, root } = parseCheckpoint(row.note.slice(0, row.note.lastIndexOf('\n\n') + 1));
  return { size, root, checkpoint };
}
