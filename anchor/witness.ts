// A witness, without its network: it cosigns a log's checkpoint only where it continues the one it cosigned before.
// c2sp.org/tlog-witness (v1.0.0, and the rules for size 0, known keys and monitoring of commit 5ba5ee8). One request:
//   1. the body and the checkpoint's form are parsed                            else `malformed`           400
//   2. the log must be one it serves                                            else `unknown-log`         404
//   3. signed by that log; a wrong line of a key it knows refuses the whole     else `refused-signature`   403
//   4. no extension lines; old size not above the checkpoint's                  else `malformed`           400
//   5. a write transaction begins; old size must be what it cosigned last       else `conflict`            409
//   6. an empty tree has the root of nothing; proof or equality of roots        else `inconsistent`        422
//   7. the clock gives a time that can be signed                                else `clock`               503
//   8. it signs, keeps checkpoint and cosignatures, commits and fsyncs; only then does the answer leave.
// A crash before 8 ends leaves the state before 5, and no signature that anybody has seen.
//
// Who asks is not asked: whoever has a checkpoint that the log signed may bring it. Signature lines that were not verified
// are not kept, or somebody could have a forged line of this witness served by itself. Times never run backwards for a
// log, whatever the clock does; so one wrong moment of it far ahead would be signed for ever, and is not signed. A refresh within the second is answered from memory, so that replaying a checkpoint
// that everybody has costs its attacker a request, and the witness one disk write a second at most.

import type Database from 'better-sqlite3';
import { equalBytes, hexOf, utf8 } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { formatVerifierKey, type Signer, type VerifierKey } from './key.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { formatNote, formatSignatureLine, parseNote, verifyNote } from './note.ts';
import { checkConsistency } from './proof.ts';
import { emptyRoot } from './tree.ts';
import { cosignersOf, type WitnessKeys } from './witness-key.ts';
import { type AddCheckpoint, parseAddCheckpoint } from './witness-request.ts';
import { type LogRow, openWitnessFile, WITNESS_SQL } from './witness-store.ts';

/** Pairs kept: one convicts a log, and a log that lost its mind must not fill the disk. */
const CONTRADICTIONS_MAX = 1000;

export type WitnessOptions = {
  /** The SQLite file. */
  readonly path: string;
  /** True makes the file, for keys that were made now and never signed; else it must be there. */
  readonly create: boolean;
  readonly keys: WitnessKeys;
  /** Keys of the logs it serves; a log is known by its key's name, and may have several keys. */
  readonly logs: readonly VerifierKey[];
  /** Whole seconds since 1970, above 0. */
  readonly nowS: () => number;
  /** The operator's word that the clock is right, though it is far ahead of what was cosigned last. */
  readonly trustClock?: boolean;
};

/** 2026-01-01 and 2100-01-01: no clock outside of these is right. */
const EARLIEST_S = 1_767_225_600;
const LATEST_S = 4_102_444_800;
/** What a clock may be ahead of the last cosignature of a log without the operator's word. */
const AHEAD_S = 400 * 86_400;

export type WitnessAnswer =
  /** `lines` are this witness's signature lines and nothing else. */
  | { readonly kind: 'cosigned'; readonly origin: string; readonly size: number; readonly lines: string }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'unknown-log'; readonly message: string }
  | { readonly kind: 'refused-signature'; readonly message: string }
  /** `size` is that of the checkpoint it cosigned last, 0 where it never did. */
  | { readonly kind: 'conflict'; readonly size: number }
  /** `contradiction` where the log signed two roots for one size: the pair is kept. */
  | { readonly kind: 'inconsistent'; readonly message: string; readonly contradiction: boolean }
  /** The clock says what is not signed; asking again is safe once it is right. */
  | { readonly kind: 'clock'; readonly message: string };

/** Two checkpoints of one log and size with different roots, each with the log's signature: proof against the log. */
export type Contradiction = { readonly origin: string; readonly held: string; readonly offered: string };

/** Opens a witness. Throws `witness-unreadable`, `witness-mismatch`, `bad-key`. */
export function openWitness(options: WitnessOptions): Witness {
  const vkeys = cosignersOf(options.keys, () => 0).map(formatVerifierKey);
  return new Witness(openWitnessFile(options.path, vkeys, options.create), options);
}

export class Witness {
  /** By which its cosignatures are verified. */
  readonly keys: readonly VerifierKey[];
  readonly #db: Database.Database;
  readonly #logs: ReadonlyMap<string, readonly VerifierKey[]>;
  readonly #signers: readonly Signer[];
  readonly #nowS: () => number;
  readonly #trustClock: boolean;
  readonly #log: Database.Statement<[string], LogRow>;
  /** The time of the cosignatures being made; set in the transaction that makes them. */
  #timeS = 0;

  /** Made by `openWitness`. */
  constructor(db: Database.Database, { keys, logs, nowS, trustClock = false }: WitnessOptions) {
    this.#db = db;
    this.#logs = Map.groupBy(logs, ({ name }) => name);
    this.#signers = cosignersOf(keys, () => this.#timeS);
    this.keys = this.#signers;
    this.#nowS = nowS;
    this.#trustClock = trustClock;
    this.#log = db.prepare(WITNESS_SQL.log);
  }

  /** Steps 1 to 8. Throws only where the file fails or the clock gives no time; nothing was signed then. */
  addCheckpoint(body: Uint8Array): WitnessAnswer {
    let request: AddCheckpoint;
    let checkpoint: Checkpoint;
    try {
      request = parseAddCheckpoint(body);
      checkpoint = parseCheckpoint(parseNote(request.note).text);
    } catch (error) {
      return { kind: 'malformed', message: messageOf(error) };
    }
    const { origin, size, extensions } = checkpoint;
    const keys = this.#logs.get(origin);
    if (!keys) return { kind: 'unknown-log', message: 'this witness does not serve that log' };
    let note: string;
    try {
      note = ownLinesOnly(request.note, keys);
    } catch (error) {
      return { kind: 'refused-signature', message: messageOf(error) };
    }
    if (extensions.length > 0) return { kind: 'malformed', message: 'extension lines are not cosigned here' };
    if (request.oldSize > size) {
      return { kind: 'malformed', message: 'its old size is above the size of its checkpoint' };
    }
    return this.#db.transaction(() => this.#judge(request, checkpoint, note)).immediate();
  }

  /** The newest cosigned checkpoint of a log, with its own and this witness's lines, by the hash of its origin (64 hex digits). */
  latest(originHash: string): string | undefined {
    const row = this.#db.prepare<[string], LogRow>(WITNESS_SQL.logByHash).get(originHash);
    return row && row.note + row.cosignatures;
  }

  contradictions(): Contradiction[] {
    return this.#db.prepare<[], Contradiction>(WITNESS_SQL.contradictions).all();
  }

  close(): void {
    this.#db.close();
  }

  /** Steps 5 to 8, inside the transaction. */
  #judge({ oldSize, proof }: AddCheckpoint, checkpoint: Checkpoint, note: string): WitnessAnswer {
    const { origin, size, root } = checkpoint;
    const held = this.#log.get(origin);
    const heldSize = held?.size ?? 0;
    if (oldSize !== heldSize) return { kind: 'conflict', size: heldSize };
    if (size === 0 && !equalBytes(root, emptyRoot(nodeSha256))) {
      return inconsistent('the root of an empty tree is SHA-256 of nothing');
    }
    if (held && size === held.size && !equalBytes(root, held.root)) {
      this.#db.prepare(WITNESS_SQL.addContradiction).run(origin, held.note, note, CONTRADICTIONS_MAX);
      return { ...inconsistent('the log signed another root for this size before'), contradiction: true };
    }
    if (oldSize === 0) {
      if (proof.length > 0) return inconsistent('from size 0 the proof must be empty');
    } else if (!held || !checkConsistency(oldSize, size, proof, held.root, root, nodeSha256)) {
      return inconsistent('the proof does not show that this tree continues the one cosigned before');
    }
    const nowS = this.#nowS();
    const wrong = this.#wrongClock(nowS, held?.timeS);
    if (wrong !== undefined) return { kind: 'clock', message: wrong };
    const timeS = Math.max(nowS, held?.timeS ?? 0);
    if (held && held.size === size && held.timeS === timeS) {
      return { kind: 'cosigned', origin, size, lines: held.cosignatures };
    }
    this.#timeS = timeS;
    const { text } = parseNote(note);
    const lines = this.#signers
      .map(({ name, keyId, sign }) => formatSignatureLine({ name, keyId, signature: sign(utf8(text)) }))
      .join('');
    const hash = originHash(origin);
    this.#db.prepare(WITNESS_SQL.setLog).run({ origin, hash, size, root, timeS, note, cosignatures: lines });
    return { kind: 'cosigned', origin, size, lines };
  }

  /** Why no cosignature is made at that time; undefined where one may be. */
  #wrongClock(nowS: number, lastS: number | undefined): string | undefined {
    if (!Number.isSafeInteger(nowS) || nowS < EARLIEST_S || nowS >= LATEST_S)
      return `the clock of this witness says ${timeOf(nowS)}, which is not between 2026 and 2100`;
    if (lastS === undefined) return undefined;
    if (lastS >= LATEST_S)
      return `this witness has cosigned that log at ${timeOf(lastS)} already, and no time can follow`;
    if (nowS - lastS > AHEAD_S && !this.#trustClock)
      return `the clock of this witness says ${timeOf(nowS)}, and it cosigned that log last at ${timeOf(lastS)}: its operator must say that the clock is right`;
    return undefined;
  }
}

/** `2026-11-21`, or the number where it is none. */
function timeOf(seconds: number): string {
  return Math.abs(seconds) < 8_640_000_000_000
    ? new Date(seconds * 1000).toISOString().replace(/T.*/, '')
    : String(seconds);
}

/** SHA-256 of the origin, 64 small hex digits: how the monitoring address of tlog-witness names a log. */
export function originHash(origin: string): string {
  return hexOf(nodeSha256(utf8(origin)));
}

/** The note with the verified lines of its log alone. Throws `bad-signature`, `unknown-signer`. */
function ownLinesOnly(note: string, keys: readonly VerifierKey[]): string {
  const { text, verified } = verifyNote(note, keys, nodeVerifyEd25519, nodeVerifyMlDsa44);
  const signatures = verified.map(({ key: { name, keyId }, signature }) => ({ name, keyId, signature }));
  return formatNote({ text, signatures });
}

function inconsistent(message: string): Extract<WitnessAnswer, { kind: 'inconsistent' }> {
  return { kind: 'inconsistent', message, contradiction: false };
}

function messageOf(error: unknown): string {
  if (error instanceof AnchorError) return error.message;
  throw error;
}
