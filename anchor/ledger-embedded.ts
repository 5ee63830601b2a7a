// The ledger inside the hub. How an append becomes an answer:
//   1. one write transaction begins (BEGIN IMMEDIATE: a second writer waits, and then sees what the first one did);
//   2. each statement is judged in order against what the file holds, its signature first;
//   3. entries and the subtrees that became full are written, the new root is made from the frontier in the file;
//   4. the checkpoint is signed and written in the same transaction;
//   5. the transaction is committed and fsynced; only then does anything leave this function.
// A crash before 5 leaves the state before 1: a signature that was made never left the process, so that signing another
// checkpoint of that size is no fork. A crash after 5 leaves the hub to ask again, and it hears `already-there`.
//
// What this cannot see: the whole file being replaced by an older copy. Hand in `known` (from a witness, or a mark kept
// apart from the data), and it refuses to start behind it.

import type Database from 'better-sqlite3';
import { equalBytes, utf8 } from './bytes.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { formatVerifierKey, type Signer, type VerifierKey } from './key.ts';
import {
  APPEND_MAX,
  type AppendOutcome,
  type Ledger,
  type LedgerEntry,
  type LedgerHead,
  type LedgerPlace,
} from './ledger.ts';
import { identityOf, LedgerReader } from './ledger-reader.ts';
import {
  type CheckpointRow,
  type EntryRow,
  LEDGER_FORMAT,
  nodeId,
  nodeReader,
  openLedgerFile,
  SCHEMA,
  SQL,
} from './ledger-store.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import {
  formatSignatureLine,
  type NoteSignature,
  parseNote,
  parseSignatureLine,
  type SignedNote,
  signNote,
  verifyNote,
} from './note.ts';
import { readFrontier } from './proof.ts';
import { checkChain, type Statement, verifyStatementNote } from './statement.ts';
import { appendLeaf, EMPTY_FRONTIER, type Frontier, frontierRoot, leafHash } from './tree.ts';

/** Checkpoints kept besides the newest cosigned one: a slow witness may still answer for the last of them. */
const CHECKPOINTS_KEPT = 64;
/** Evidence kept: one pair proves the point, and a broken hub must not fill the disk. */
const EQUIVOCATIONS_MAX = 1000;

export type EmbeddedLedgerOptions = {
  /** The SQLite file; made where there is none. Its folder must exist. */
  readonly path: string;
  /** The ledger's own key, not the hub's. Its name is the ledger's origin. */
  readonly signer: Signer;
  /** Keys that may sign statements. */
  readonly hubKeys: readonly VerifierKey[];
  /** The newest checkpoint of this ledger that is known from elsewhere, verified by the caller. */
  readonly known?: Pick<Checkpoint, 'size' | 'root'> | undefined;
};

/**
 * Opens the ledger, or makes an empty one. Throws `ledger-mismatch` where the file contradicts itself, its checkpoint or
 * `known`, or belongs to another key; `ledger-behind` where it is shorter than `known`; `ledger-unreadable`.
 */
export function openEmbeddedLedger(options: EmbeddedLedgerOptions): EmbeddedLedger {
  const db = openLedgerFile(options.path, 'write');
  try {
    db.transaction(() => {
      if (isNew(db)) create(db, options.signer);
      checkTail(db, options);
    }).immediate();
    return new EmbeddedLedger(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A `Ledger` that answers at once. Made by `openEmbeddedLedger`. */
export class EmbeddedLedger implements Ledger {
  readonly key: VerifierKey;
  /** Everything that can be read: consistency proofs, entries, stored hashes. Closed by `close`. */
  readonly reader: LedgerReader;
  readonly #db: Database.Database;
  readonly #signer: Signer;
  readonly #hubKeys: readonly VerifierKey[];
  readonly #addHub: Database.Statement;
  readonly #addEntry: Database.Statement;
  readonly #addNode: Database.Statement;

  constructor(db: Database.Database, { signer, hubKeys }: EmbeddedLedgerOptions) {
    this.#db = db;
    this.#signer = signer;
    this.#hubKeys = hubKeys;
    this.reader = new LedgerReader(db);
    this.key = this.reader.key;
    this.#addHub = db.prepare(SQL.addHub);
    this.#addEntry = db.prepare(SQL.addEntry);
    this.#addNode = db.prepare(SQL.addNode);
  }

  append(statementNotes: readonly string[]): AppendOutcome[] {
    if (statementNotes.length > APPEND_MAX) {
      throw new RangeError(`at most ${APPEND_MAX} statements at once, not ${statementNotes.length}`);
    }
    return this.#db
      .transaction(() => {
        let frontier = readFrontier(nodeReader(this.#db), this.reader.latest().size);
        const judged: Judged[] = [];
        for (const note of statementNotes) {
          const judgement = this.#judge(note);
          if (judgement.kind === 'next') {
            frontier = this.#add(note, judgement.statement, frontier);
            judged.push({ kind: 'appended', index: frontier.size - 1 });
          } else {
            judged.push(judgement);
          }
        }
        if (judged.some(({ kind }) => kind === 'appended')) this.#signCheckpoint(frontier);
        return judged.map((outcome) => this.#withProof(outcome));
      })
      .immediate();
  }

  proofOf(place: LedgerPlace, size?: number): string | undefined {
    return this.reader.proofOf(place, size);
  }

  lastOf(origin: string): LedgerEntry | undefined {
    return this.reader.lastOf(origin);
  }

  latest(): LedgerHead {
    return this.reader.latest();
  }

  /**
   * Keeps a witness's answer: signature lines over the checkpoint of `size`. Lines by others than `witnesses` are dropped,
   * a newer line of a witness replaces its older one. Returns how many cosignatures the checkpoint has now; 0 where the
   * checkpoint is no longer kept. Throws `bad-note` for lines that are none, `bad-signature` for a wrong one.
   */
  addCosignatures(size: number, lines: string, witnesses: readonly VerifierKey[]): number {
    return this.#db
      .transaction(() => {
        const row = this.#db.prepare<[number], CheckpointRow>(SQL.checkpoint).get(size);
        if (!row) return 0;
        const kept = new Map(signatureLines(row.cosignatures).map((line) => [lineKey(line), line]));
        const note = { text: parseNote(row.note).text, signatures: signatureLines(lines) };
        for (const line of verifiedLines(note, witnesses)) kept.set(lineKey(line), line);
        const cosignatures = [...kept.values()].map(formatSignatureLine).join('');
        this.#db.prepare(SQL.setCosignatures).run(cosignatures, size);
        return kept.size;
      })
      .immediate();
  }

  close(): void {
    this.#db.close();
  }
  /** What is to become of one statement; writes nothing but evidence. */
  #judge(note: string): Judged | { readonly kind: 'next'; readonly statement: Statement } {
    let statement: Statement;
    try {
      statement = verifyStatementNote(note, this.#hubKeys, nodeVerifyEd25519);
    } catch (error) {
      if (!(error instanceof AnchorError)) throw error;
      const unsigned = error.code === 'bad-signature' || error.code === 'unknown-signer';
      return { kind: unsigned ? 'refused-signature' : 'refused-form', message: error.message };
    }
    const { origin, sequence } = statement;
    const held = this.reader.entry({ origin, sequence });
    if (held) {
      // The text is what the hub swore; another signature over the same text swears nothing new.
      const same = parseNote(held.note).text === parseNote(note).text;
      if (!same) return this.#equivocation(held, note);
      return { kind: 'already-there', index: held.index };
    }
    const last = this.reader.lastOf(origin);
    const chain = checkChain(last?.note, note, nodeSha256);
    switch (chain.kind) {
      case 'continues':
        return { kind: 'next', statement };
      case 'out-of-sequence':
        return chain;
      case 'other-previous':
        if (last) return this.#equivocation(last, note);
        return {
          kind: 'refused-form',
          message: 'the first statement of a hub names 32 zero bytes as its previous',
        };
      case 'time-backwards':
        return { kind: 'refused-time', message: 'its interval does not end after the previous one' };
      case 'other-origin':
        throw new Error(`the ledger's last statement of ${origin} is of another hub`);
    }
  }

  #equivocation(held: LedgerEntry, offered: string): Judged {
    this.#db.prepare(SQL.addEquivocation).run(held.index, offered, EQUIVOCATIONS_MAX);
    return { kind: 'equivocation', held: held.note, offered };
  }

  #add(note: string, { origin, sequence }: Statement, frontier: Frontier): Frontier {
    this.#addHub.run(origin);
    this.#addEntry.run(frontier.size, origin, sequence, note);
    return appendLeaf(frontier, leafHash(utf8(note), nodeSha256), nodeSha256, ({ level, index }, hash) => {
      this.#addNode.run(nodeId(level, index), hash);
    });
  }

  #signCheckpoint(frontier: Frontier): void {
    addCheckpoint(this.#db, this.#signer, frontier);
    this.#db.prepare(SQL.dropCheckpoints).run(frontier.size, CHECKPOINTS_KEPT);
  }

  #withProof(outcome: Judged): AppendOutcome {
    if (!('index' in outcome)) return outcome;
    const proof = this.reader.proofOf({ index: outcome.index });
    if (proof === undefined) throw new Error(`entry ${outcome.index} is not under the newest checkpoint`);
    return { ...outcome, proof };
  }
}

type Placed =
  | { readonly kind: 'appended'; readonly index: number }
  | { readonly kind: 'already-there'; readonly index: number };
/** An outcome whose proof is still to be made: it belongs to the checkpoint after the last statement of the call. */
type Judged = Placed | Exclude<AppendOutcome, { readonly index: number }>;

function isNew(db: Database.Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

function create(db: Database.Database, signer: Signer): void {
  db.exec(SCHEMA);
  db.prepare(SQL.addIdentity).run(LEDGER_FORMAT, formatVerifierKey(signer));
  addCheckpoint(db, signer, EMPTY_FRONTIER);
}

function addCheckpoint(db: Database.Database, signer: Signer, frontier: Frontier): void {
  const { size } = frontier;
  const text = formatCheckpoint({ origin: signer.name, size, root: frontierRoot(frontier, nodeSha256) });
  db.prepare(SQL.addCheckpoint).run(size, signNote(text, [signer]));
}

/** Compares what must agree before anything may be signed. O(log n); `checkLedger` compares everything. */
function checkTail(db: Database.Database, { signer, known }: EmbeddedLedgerOptions): void {
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

function signatureLines(lines: string): NoteSignature[] {
  if (lines === '') return [];
  if (!lines.endsWith('\n')) throw new AnchorError('bad-note', 'a signature line ends in a newline');
  return lines.slice(0, -1).split('\n').map(parseSignatureLine);
}

function verifiedLines(note: SignedNote, witnesses: readonly VerifierKey[]): NoteSignature[] {
  try {
    return verifyNote(note, witnesses, nodeVerifyEd25519).verified.map(
      ({ key: { name, keyId }, signature }) => ({
        name,
        keyId,
        signature,
      }),
    );
  } catch (error) {
    if (error instanceof AnchorError && error.code === 'unknown-signer') return [];
    throw error;
  }
}

function lineKey({ name, keyId }: NoteSignature): string {
  return `${name} ${keyId}`;
}
