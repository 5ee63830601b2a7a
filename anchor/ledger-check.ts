// Checking a ledger file whole, as `fsck` and an auditor do: every entry is hashed again, every stored subtree and every kept
// checkpoint is compared; then each statement's signature is verified and its hub's chain followed. Nothing in the file is
// believed but what the given keys sign. The first part alone finds whatever was altered since it was signed, fifty times
// as fast: see docs/spec/ledger.md.

import Database from 'better-sqlite3';
import { equalBytes, hexOf } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { badByteOfEntry } from './ledger-bad-byte.ts';
import { identityOf } from './ledger-reader.ts';
import { prunedUpTo, rederive } from './ledger-rederive.ts';
import {
  type CheckpointRow,
  type EntryRow,
  nodeCount,
  openLedgerFile,
  type RetentionRow,
  SQL,
} from './ledger-store.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';
import { describeQuorum, isQuorum, type Policy } from './policy.ts';
import { parseRetention } from './retention.ts';
import { checkChain, readStatementNote, verifyStatementNote } from './statement.ts';
import { type Frontier, frontierRoot } from './tree.ts';

/** Most problems named; a ledger with more is broken as a whole. */
const PROBLEMS_MAX = 20;
/** Entries searched for the byte that is wrong: 50 ms each. */
const SEARCHED_MAX = 3;
/** How far the clock of a hub may be ahead of the ledger's. */
const CLOCKS_APART_MS = 86_400_000;
/** As bytes: an altered one may be no text any more. */
const NOTE_BYTES = 'SELECT CAST(note AS BLOB) FROM entry WHERE idx = ?';

export type LedgerProblem = {
  /** The first entry it concerns; absent where it concerns the file. */
  readonly index?: number;
  /** The byte of that entry, or of the file, where it is known. */
  readonly offset?: number;
  /** A sentence. */
  readonly text: string;
};

export type LedgerReport = {
  readonly ok: boolean;
  readonly entries: number;
  /** Of these the first so many were let go by the retention policy; only what is left of them was read. */
  readonly pruned: number;
  /** Entries a second at which hashes were made again and compared. */
  readonly entriesPerS: number;
  /** Hubs whose statements are in it, and the newest sequence of each. */
  readonly hubs: readonly { readonly origin: string; readonly lastSequence: number }[];
  readonly checkpoints: number;
  /** Pairs of contradicting statements that were refused and kept: evidence against a hub, not a fault of the ledger. */
  readonly equivocations: number;
  /** At most 20: hashes and checkpoints in the order of the entries, then statements likewise. */
  readonly problems: readonly LedgerProblem[];
};

export type LedgerCheckOptions = {
  readonly statements?: boolean;
  /** Whose cosignatures are verified, and by whose quorum a checkpoint counts as witnessed; else stored ones are not looked at. */
  readonly policy?: Pick<Policy, 'logs' | 'witnesses' | 'quorum'> | undefined;
};

/**
 * Checks the ledger at `path` against its key and those of its hubs; `statements: false` leaves out what needs a signature
 * of a hub, so that the report names no hubs. Reads only, and may run beside the hub. Throws `ledger-unreadable` where it
 * is no ledger; everything else is in the report.
 */
export function checkLedger(
  path: string,
  key: VerifierKey,
  hubKeys: readonly VerifierKey[],
  { statements = true, policy }: LedgerCheckOptions = {},
): LedgerReport {
  const db = openLedgerFile(path, 'read');
  try {
    return db.transaction(() => new Check(db, key, hubKeys, policy).run(statements))();
  } catch (error) {
    if (!isDamage(error)) throw error;
    const place = structureProblem(db)?.text ?? error.message;
    throw new AnchorError('ledger-unreadable', `the file ${path} is damaged: ${place}`, { cause: error });
  } finally {
    db.close();
  }
}

/** What SQLite says of a file whose pages were altered. */
function isDamage(error: unknown): error is Error {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|IOERR|FORMAT)/.test(error.code);
}

/** The first page of the file whose structure does not hold, also where no entry or hash is in it (indexes, free pages). */
function structureProblem(db: Database.Database): LedgerProblem | undefined {
  try {
    const found = db.pragma('integrity_check(1)', { simple: true }) as string;
    if (found === 'ok') return undefined;
    const pageSize = db.pragma('page_size', { simple: true }) as number;
    const page = /\bpage (\d+)/.exec(found)?.[1];
    const text = `the file does not hold together: ${found.replaceAll(/\s+/g, ' ').trim()}`;
    if (page === undefined) return { text };
    const offset = (Number(page) - 1) * pageSize;
    return { offset, text: `${text} (in the ${pageSize} bytes from ${offset} on)` };
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

type Row = EntryRow & { readonly origin: string | null };

class Check {
  readonly #db: Database.Database;
  readonly #key: VerifierKey;
  readonly #hubKeys: readonly VerifierKey[];
  readonly #policy: LedgerCheckOptions['policy'];
  readonly #problems: LedgerProblem[] = [];
  readonly #lastNote = new Map<string, EntryRow>();

  constructor(
    db: Database.Database,
    key: VerifierKey,
    hubKeys: readonly VerifierKey[],
    policy: LedgerCheckOptions['policy'],
  ) {
    this.#db = db;
    this.#key = key;
    this.#hubKeys = hubKeys;
    this.#policy = policy;
  }

  run(statements: boolean): LedgerReport {
    const vkey = formatVerifierKey(identityOf(this.#db));
    if (vkey !== formatVerifierKey(this.#key)) this.#problem(`the file says it belongs to the key ${vkey}`);
    const checkpoints = this.#db.prepare<[], CheckpointRow>(SQL.allCheckpoints).all();
    const pruned = prunedUpTo(this.#db);
    this.#checkRetention(pruned);
    const began = performance.now();
    const entries = this.#checkHashes(checkpoints, pruned);
    const structure = structureProblem(this.#db);
    if (structure && this.#problems.length < PROBLEMS_MAX) this.#problems.push(structure);
    const hashedMs = performance.now() - began;
    this.#checkGrowth(entries);
    if (this.#policy) this.#checkCosignatures(checkpoints, this.#policy);
    if (statements) {
      for (const row of this.#db.prepare<[], Row>(SQL.allEntries).iterate()) {
        if (row.index >= entries) break;
        this.#checkStatement(row, pruned);
      }
    }
    return {
      ok: this.#problems.length === 0,
      entries,
      pruned,
      entriesPerS: Math.round(((entries - pruned) / Math.max(hashedMs, 0.001)) * 1000),
      hubs: [...this.#lastNote].map(([origin, { sequence }]) => ({ origin, lastSequence: sequence })),
      checkpoints: checkpoints.length,
      equivocations: this.#db.prepare<[], number>(SQL.equivocations).pluck().get() ?? 0,
      problems: this.#problems,
    };
  }

  /** How many entries are there without a gap. */
  #checkHashes(checkpoints: readonly CheckpointRow[], pruned: number): number {
    // Of one that covers only what was let go the root cannot be made again; its signature still counts.
    for (const row of checkpoints) if (row.size < pruned) this.#checkCheckpoint(row);
    const due = checkpoints.filter(({ size }) => size >= pruned);
    const entries = rederive(this.#db, {
      sizes: due.map(({ size }) => size),
      onSize: (frontier) => this.#checkCheckpoint(due.shift()!, frontier),
      onWrongHash: (index, level, stored) => {
        const offset = level === 0 && stored ? this.#badByte(index) : undefined;
        if (offset !== undefined) {
          this.#problem(`byte ${offset} of it is not the one that was hashed`, index, offset);
          return;
        }
        const what = level === 0 ? 'its leaf hash' : `the hash of the ${2 ** level} entries that end with it`;
        this.#problem(`${what} is ${stored ? 'another than the stored one' : 'not stored'}`, index);
      },
    });
    if (entries < (this.#db.prepare<[], number>(SQL.size).pluck().get() ?? 0)) {
      this.#problem(`entry ${entries} is missing`, entries);
    }
    for (const { size } of due) this.#problem(`a checkpoint covers ${size} entries, which are not all there`);
    if (checkpoints.at(-1)?.size !== entries) this.#problem('no checkpoint covers the newest entries');
    if (this.#db.prepare(SQL.nodeFrom).get(nodeCount(entries))) {
      this.#problem('there are hashes of entries that are not there');
    }
    return entries;
  }

  /** What the ledger promised of its past must be signed, and no more than that may be gone. */
  #checkRetention(pruned: number): void {
    if (!this.#has('retention')) {
      // Both were made at once; a file that was begun before has neither.
      if (this.#has('growth')) this.#problem('its retention policy is missing');
      return;
    }
    const row = this.#db.prepare<[], RetentionRow>(SQL.retention).get();
    if (!row) {
      this.#problem('its retention policy is missing');
      return;
    }
    try {
      const { text } = verifyNote(row.note, [this.#key], nodeVerifyEd25519);
      const { origin, minimumIndex } = parseRetention(text);
      if (origin !== this.#key.name || minimumIndex !== row.minimum || pruned > minimumIndex) {
        this.#problem('what it lets go is not what its retention policy says');
      }
    } catch (error) {
      if (!(error instanceof AnchorError)) throw error;
      this.#problem(`retention policy: ${error.message}`);
    }
  }

  /**
   * How large the ledger was when. Nothing signs it, and what it says decides when an entry is old enough to go: sizes
   * must not fall, must be of this ledger, and no entry may have been there a day before its hub says it was made.
   */
  #checkGrowth(entries: number): void {
    if (!this.#has('growth')) return;
    let before = 0;
    for (const { atMs, size } of this.#db
      .prepare<[], { atMs: number; size: number }>(SQL.allGrowth)
      .iterate()) {
      const at = `by its table of growth it had ${size} entries at ${atMs} ms`;
      if (size < before || size > entries) this.#problem(`${at}, which cannot be`);
      before = size;
      const last = size > 0 ? this.#db.prepare<[number], EntryRow>(SQL.entry).get(size - 1) : undefined;
      const endMs = last && endOf(last.note);
      if (endMs !== undefined && endMs - atMs > CLOCKS_APART_MS)
        this.#problem(`${at}, and the last of these was made at ${endMs} ms only`);
    }
  }

  #checkCosignatures(
    checkpoints: readonly CheckpointRow[],
    { logs, witnesses, quorum }: NonNullable<LedgerCheckOptions['policy']>,
  ): void {
    const own = logs
      .map(({ key }) => key)
      .filter(({ name, keyId }) => name === this.#key.name && keyId !== this.#key.keyId);
    const keys = [...own, ...witnesses.map(({ key }) => key)];
    const cosignedBy = new Map<number, Set<VerifierKey>>();
    for (const { size, note, cosignatures } of checkpoints) {
      if (cosignatures === '') continue;
      try {
        const found = verifyNote(
          note + cosignatures,
          [this.#key, ...keys],
          nodeVerifyEd25519,
          nodeVerifyMlDsa44,
        );
        cosignedBy.set(size, new Set(found.verified.map(({ key }) => key)));
        // Of a witness that is no longer in the policy nothing can be said; one that is has that key and no other.
        const bent = found.strangers.find(({ name }) => keys.some((key) => key.name === name));
        if (bent)
          this.#problem(`checkpoint of size ${size}: a line is by no key that the policy has for its name`);
      } catch (error) {
        if (!(error instanceof AnchorError)) throw error;
        this.#problem(`checkpoint of size ${size}: ${error.message}`);
      }
    }
    if (!this.#has('witnessed')) return;
    const size = this.#db.prepare<[], number>(SQL.witnessedSize).pluck().get();
    if (size === undefined || quorum.kind === 'none') return;
    if (!isQuorum(quorum, cosignedBy.get(size) ?? new Set()))
      this.#problem(
        `it says that witnesses cosigned its first ${size} entries, and lacks the cosignatures that the policy asks for: ${describeQuorum(quorum)}`,
      );
  }

  /** A file that was begun by an earlier version has not every table. */
  #has(table: 'witnessed' | 'retention' | 'growth'): boolean {
    return (this.#db.pragma(`table_list(${table})`) as unknown[]).length > 0;
  }

  #checkStatement(row: Row, pruned: number): void {
    const { index, note } = row;
    try {
      const { origin, sequence } = verifyStatementNote(note, this.#hubKeys, nodeVerifyEd25519);
      const held = this.#lastNote.get(origin);
      // What came between two statements of which the first was let go, or is a leftover from there, is not known.
      const last = held && held.index < pruned && held.sequence + 1 !== sequence ? undefined : held;
      this.#lastNote.set(origin, row);
      if (row.origin !== origin || row.sequence !== sequence) {
        this.#problem('it is filed under another hub or number than it says', index);
      }
      if (!last && pruned > 0) return;
      const chain = checkChain(last?.note, note, nodeSha256);
      if (chain.kind !== 'continues') {
        const before = last ? `statement ${last.sequence} (entry ${last.index})` : 'nothing';
        this.#problem(`statement ${sequence} does not follow on ${before}: ${chain.kind}`, index);
      }
    } catch (error) {
      if (!(error instanceof AnchorError)) throw error;
      this.#problem(error.message, index);
    }
  }

  #checkCheckpoint({ size, note }: CheckpointRow, frontier?: Frontier): void {
    try {
      const checkpoint = parseCheckpoint(verifyNote(note, [this.#key], nodeVerifyEd25519).text);
      if (checkpoint.size !== size || checkpoint.origin !== this.#key.name) {
        this.#problem(`the checkpoint kept for size ${size} says ${checkpoint.size} of ${checkpoint.origin}`);
      } else if (frontier && !equalBytes(checkpoint.root, frontierRoot(frontier, nodeSha256))) {
        this.#problem(`the first ${size} entries do not have the root that was signed for them`);
      }
    } catch (error) {
      if (!(error instanceof AnchorError)) throw error;
      this.#problem(`checkpoint of size ${size}: ${error.message}`);
    }
  }

  /** Offset of the one byte by which an entry is not the one hashed; only the first entries are searched. */
  #badByte(index: number): number | undefined {
    if (this.#problems.length >= SEARCHED_MAX) return undefined;
    const note = this.#db.prepare<[number], Uint8Array>(NOTE_BYTES).pluck().get(index);
    const stored = this.#db.prepare<[number], Uint8Array>(SQL.node).pluck().get(nodeCount(index));
    return note === undefined || stored === undefined
      ? undefined
      : badByteOfEntry(Buffer.from(note), hexOf(stored));
  }

  #problem(text: string, index?: number, offset?: number): void {
    if (this.#problems.length >= PROBLEMS_MAX) return;
    const place = offset === undefined ? {} : { offset };
    this.#problems.push(
      index === undefined ? { text } : { index, ...place, text: `entry ${index}: ${text}` },
    );
  }
}

/** When the interval of a statement ended; undefined for what is none, which is told elsewhere. */
function endOf(note: string): number | undefined {
  try {
    return readStatementNote(note).endMs;
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  }
}
