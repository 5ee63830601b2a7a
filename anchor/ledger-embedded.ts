// The ledger inside the hub. How an append becomes an answer:
//   1. one write transaction begins (BEGIN IMMEDIATE: a second writer waits, and then sees what the first one did), and
//      the mark, where there is one, is compared;
//   2. each statement is judged in order against what the file holds, its signature first;
//   3. entries and the subtrees that became full are written, the new root is made from the frontier in the file;
//   4. the checkpoint is signed and written in the same transaction;
//   5. the transaction is committed and fsynced;
//   6. the mark moves up to the checkpoint (`ledger-mark.ts`); only then does anything leave.
// A crash before 5 leaves the state before 1: a signature that was made never left the process, so that signing another
// checkpoint of that size is no fork. A crash after 5 leaves the hub to ask again, and it hears `already-there`; one
// between 5 and 6 leaves an older mark, which the next start moves up.
//
// The file alone cannot see that it was replaced by an older copy. Hand in a `mark` kept apart from the data, or a
// checkpoint `known` from a witness, and the ledger refuses to start behind it.

import type Database from 'better-sqlite3';
import { utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { Signer, VerifierKey } from './key.ts';
import {
  APPEND_MAX,
  type AppendOutcome,
  type Ledger,
  type LedgerEntry,
  type LedgerHead,
  type LedgerPlace,
} from './ledger.ts';
import type { MarkStore } from './ledger-mark.ts';
import {
  beginRetention,
  compactSome,
  noteGrowth,
  pruneSome,
  sizeAt,
  writeRetention,
} from './ledger-prune.ts';
import { LedgerReader } from './ledger-reader.ts';
import {
  addCheckpoint,
  checkTail,
  create,
  type EmbeddedLedgerOptions,
  isNew,
  settle,
} from './ledger-start.ts';
import {
  type CheckpointRow,
  LATER_SCHEMA,
  needsToWrite,
  nodeId,
  nodeReader,
  openLedgerFile,
  prepared,
  SQL,
} from './ledger-store.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import {
  formatSignatureLine,
  type NoteSignature,
  parseNote,
  parseSignatureLine,
  type SignedNote,
  verifyNote,
} from './note.ts';
import { readFrontier } from './proof.ts';
import type { Retention } from './retention.ts';
import { checkChain, type Statement, verifyStatementNote } from './statement.ts';
import { appendLeaf, type Frontier, leafHash } from './tree.ts';

/** Checkpoints kept besides the newest cosigned one: a slow witness may still answer for the last of them. */
const CHECKPOINTS_KEPT = 64;
/** Evidence kept: one pair proves the point, and a broken hub must not fill the disk. */
const EQUIVOCATIONS_MAX = 1000;

/**
 * Opens the ledger, or makes an empty one. Throws `ledger-mismatch` where the file contradicts itself, its checkpoint or
 * `known`, or belongs to another key; `ledger-behind` where it is shorter than `known` or the mark; `ledger-unreadable`, `mark-unreadable`.
 */
export function openEmbeddedLedger(options: EmbeddedLedgerOptions): EmbeddedLedger {
  const db = openLedgerFile(options.path, 'write');
  try {
    db.transaction(() => {
      if (isNew(db)) create(db, options.signer);
      db.exec(LATER_SCHEMA);
      checkTail(db, options);
      needsToWrite(db);
      beginRetention(db, options.signer);
    }).immediate();
    if (options.mark) settle(db, options.signer, options.mark);
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
  #hubKeys: readonly VerifierKey[];
  readonly #mark: MarkStore | undefined;
  /** A checkpoint may be on disk that the mark does not know: nothing is answered before it does. */
  #unsettled = false;
  readonly #addHub: Database.Statement;
  readonly #addEntry: Database.Statement;
  readonly #addNode: Database.Statement;

  constructor(db: Database.Database, { signer, hubKeys, mark }: EmbeddedLedgerOptions) {
    this.#db = db;
    this.#signer = signer;
    this.#hubKeys = hubKeys;
    this.#mark = mark;
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
    const outcomes = this.#db
      .transaction(() => {
        if (this.#mark) settle(this.#db, this.#signer, this.#mark);
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
        if (judged.some(({ kind }) => kind === 'appended')) {
          this.#unsettled = true;
          this.#signCheckpoint(frontier);
        }
        return judged.map((outcome) => this.#withProof(outcome));
      })
      .immediate();
    this.#settle();
    return outcomes;
  }

  proofOf(place: LedgerPlace, size?: number): string | undefined {
    this.#settle();
    return this.reader.proofOf(place, size);
  }

  lastOf(origin: string): LedgerEntry | undefined {
    return this.reader.lastOf(origin);
  }

  latest(): LedgerHead {
    this.#settle();
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
        for (const line of verifiedLines(note, witnesses)) {
          kept.set(lineKey(line), line);
          prepared(this.#db, SQL.setCosigner).run(line.name, line.keyId, size);
        }
        const cosignatures = [...kept.values()].map(formatSignatureLine).join('');
        this.#db.prepare(SQL.setCosignatures).run(cosignatures, size);
        return kept.size;
      })
      .immediate();
  }

  /**
   * Notes that the checkpoint of `size` has the cosignatures that the ledger's policy asks for; whether it has is the
   * caller's to judge. It is kept until a later one is noted. Nothing happens where no such checkpoint is kept.
   */
  markWitnessed(size: number): void {
    this.#db.prepare(SQL.setWitnessed).run(size);
  }

  /** Whose statements are taken from now on. Statements of a key that is left out stay where they are. */
  setHubs(hubKeys: readonly VerifierKey[]): void {
    this.#hubKeys = hubKeys;
  }

  /**
   * Signs and keeps what this ledger promises of its past; on disk when it returns, and nothing is let go before. Throws
   * `ledger-mismatch` where the minimum index would go back, or beyond the newest checkpoint.
   */
  setRetention(retention: Retention): void {
    this.#db.transaction(() => writeRetention(this.#db, this.#signer, retention)).immediate();
  }

  /** Lets go of some of what the retention allows (`ledger-prune.ts`). True where nothing is left to let go. */
  prune(blocksMax?: number): boolean {
    return pruneSome(this.#db, blocksMax);
  }

  /** Gives disk space back that pruning freed, a part at a time. True where there is no more. */
  compact(): boolean {
    return compactSome(this.#db);
  }

  /** Notes how large the ledger is now, once an hour at most; and how large it was at a time, undefined where unknown. */
  noteGrowth(nowMs: number): void {
    noteGrowth(this.#db, nowMs);
  }
  sizeAt(atMs: number): number | undefined {
    return sizeAt(this.#db, atMs);
  }

  close(): void {
    this.#db.close();
  }

  /** Step 6. Throws as `settleMark` does; what was committed is then not answered until the mark can be moved. */
  #settle(): void {
    if (!this.#unsettled) return;
    if (this.#mark) settle(this.#db, this.#signer, this.#mark);
    this.#unsettled = false;
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
          message: 'statement 0 of a hub names 32 zero bytes as its previous',
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
    prepared(this.#db, SQL.dropCheckpoints).run(frontier.size, CHECKPOINTS_KEPT);
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

function signatureLines(lines: string): NoteSignature[] {
  if (lines === '') return [];
  if (!lines.endsWith('\n')) throw new AnchorError('bad-note', 'a signature line ends in a newline');
  return lines.slice(0, -1).split('\n').map(parseSignatureLine);
}

function verifiedLines(note: SignedNote, witnesses: readonly VerifierKey[]): NoteSignature[] {
  try {
    return verifyNote(note, witnesses, nodeVerifyEd25519, nodeVerifyMlDsa44).verified.map(
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
