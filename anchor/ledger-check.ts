// Checking a ledger file whole, as `fsck` and an auditor do: every entry is hashed again, every stored subtree, every kept
// checkpoint, every hub's signature and chain is compared. Nothing in the file is believed but what the given keys sign.
// Measured with Node 24.21 on x86-64: see `docs/spec/ledger.md`; nearly all of it is Ed25519.

import type Database from 'better-sqlite3';
import { equalBytes, utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { identityOf } from './ledger-reader.ts';
import { type CheckpointRow, type EntryRow, nodeCount, nodeId, openLedgerFile, SQL } from './ledger-store.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';
import { checkChain, verifyStatementNote } from './statement.ts';
import { appendLeaf, EMPTY_FRONTIER, type Frontier, frontierRoot, leafHash } from './tree.ts';

/** Most problems named; a ledger with more is broken as a whole. */
const PROBLEMS_MAX = 20;

export type LedgerProblem = {
  /** The first entry it concerns; absent where it concerns the file. */
  readonly index?: number;
  /** A sentence. */
  readonly text: string;
};

export type LedgerReport = {
  readonly ok: boolean;
  readonly entries: number;
  /** Hubs whose statements are in it, and the newest sequence of each. */
  readonly hubs: readonly { readonly origin: string; readonly lastSequence: number }[];
  readonly checkpoints: number;
  /** Pairs of contradicting statements that were refused and kept: evidence against a hub, not a fault of the ledger. */
  readonly equivocations: number;
  /** In the order of the entries, at most 20. */
  readonly problems: readonly LedgerProblem[];
};

/**
 * Checks the ledger at `path` against its key and those of its hubs. Reads only, and may run beside the hub. Throws
 * `ledger-unreadable` where it is no ledger; everything else is in the report.
 */
export function checkLedger(path: string, key: VerifierKey, hubKeys: readonly VerifierKey[]): LedgerReport {
  const db = openLedgerFile(path, 'read');
  try {
    return db.transaction(() => new Check(db, key, hubKeys).run())();
  } finally {
    db.close();
  }
}

type Row = EntryRow & { readonly origin: string | null };

class Check {
  readonly #db: Database.Database;
  readonly #key: VerifierKey;
  readonly #hubKeys: readonly VerifierKey[];
  readonly #problems: LedgerProblem[] = [];
  readonly #lastNote = new Map<string, EntryRow>();
  #frontier: Frontier = EMPTY_FRONTIER;

  constructor(db: Database.Database, key: VerifierKey, hubKeys: readonly VerifierKey[]) {
    this.#db = db;
    this.#key = key;
    this.#hubKeys = hubKeys;
  }

  run(): LedgerReport {
    const vkey = formatVerifierKey(identityOf(this.#db));
    if (vkey !== formatVerifierKey(this.#key)) this.#problem(`the file says it belongs to the key ${vkey}`);
    const checkpoints = this.#db.prepare<[], CheckpointRow>(SQL.allCheckpoints).all();
    const due = [...checkpoints];
    const node = this.#db.prepare<[number], Uint8Array>(SQL.node).pluck();
    const takeCheckpoints = (): void => {
      while (due[0]?.size === this.#frontier.size) this.#checkCheckpoint(due.shift()!);
    };
    takeCheckpoints();
    for (const row of this.#db.prepare<[], Row>(SQL.allEntries).iterate()) {
      if (row.index !== this.#frontier.size) {
        this.#problem(`entry ${this.#frontier.size} is missing`, this.#frontier.size);
        break;
      }
      this.#checkStatement(row);
      const hash = leafHash(utf8(row.note), nodeSha256);
      this.#frontier = appendLeaf(this.#frontier, hash, nodeSha256, ({ level, index }, full) => {
        const stored = node.get(nodeId(level, index));
        if (stored && equalBytes(stored, full)) return;
        const what = level === 0 ? 'its leaf hash' : `the hash of the ${2 ** level} entries that end with it`;
        this.#problem(`${what} is ${stored ? 'another than the stored one' : 'not stored'}`, row.index);
      });
      takeCheckpoints();
    }
    for (const { size } of due) this.#problem(`a checkpoint covers ${size} entries, which are not all there`);
    if (checkpoints.at(-1)?.size !== this.#frontier.size)
      this.#problem('no checkpoint covers the newest entries');
    const nodes = this.#db.prepare<[], number>(SQL.nodes).pluck().get();
    if (nodes !== nodeCount(this.#frontier.size))
      this.#problem('there are hashes of entries that are not there');
    return {
      ok: this.#problems.length === 0,
      entries: this.#frontier.size,
      hubs: [...this.#lastNote].map(([origin, { sequence }]) => ({ origin, lastSequence: sequence })),
      checkpoints: checkpoints.length,
      equivocations: this.#db.prepare<[], number>(SQL.equivocations).pluck().get() ?? 0,
      problems: this.#problems,
    };
  }

  #checkStatement(row: Row): void {
    const { index, note } = row;
    try {
      const { origin, sequence } = verifyStatementNote(note, this.#hubKeys, nodeVerifyEd25519);
      const last = this.#lastNote.get(origin);
      this.#lastNote.set(origin, row);
      if (row.origin !== origin || row.sequence !== sequence) {
        this.#problem('it is filed under another hub or number than it says', index);
      }
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

  #checkCheckpoint({ size, note }: CheckpointRow): void {
    try {
      const checkpoint = parseCheckpoint(verifyNote(note, [this.#key], nodeVerifyEd25519).text);
      if (checkpoint.size !== size || checkpoint.origin !== this.#key.name) {
        this.#problem(`the checkpoint kept for size ${size} says ${checkpoint.size} of ${checkpoint.origin}`);
      } else if (!equalBytes(checkpoint.root, frontierRoot(this.#frontier, nodeSha256))) {
        this.#problem(`the first ${size} entries do not have the root that was signed for them`);
      }
    } catch (error) {
      if (!(error instanceof AnchorError)) throw error;
      this.#problem(`checkpoint of size ${size}: ${error.message}`);
    }
  }

  #problem(text: string, index?: number): void {
    if (this.#problems.length >= PROBLEMS_MAX) return;
    this.#problems.push(index === undefined ? { text } : { index, text: `entry ${index}: ${text}` });
  }
}
