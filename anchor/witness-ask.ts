// Asking one witness for its cosignature on the ledger's newest checkpoint. It is told from where the consistency proof
// leads; where it is elsewhere it says so (409), and one proof from there brings it up to date, after a second or a week.
// Where it refuses the proof, or is ahead of us, the ledger's own signature on what it holds decides who is wrong:
//   its checkpoint is signed by this ledger and larger than anything here      `ahead`: we were restored from an old copy,
//                                                                              or our key signs elsewhere
//   signed by this ledger, and another root than ours had at that size         `fork`: two histories, both ours
//   anything else                                                              `refused`: the witness is wrong
// An answer is believed only by the signatures in it.

import { equalBytes, parseDecimal, textOf } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { verifyCosignatures } from './cosignature.ts';
import { AnchorError } from './error.ts';
import type { VerifierKey } from './key.ts';
import type { LedgerHead } from './ledger.ts';
import type { EmbeddedLedger } from './ledger-embedded.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, parseSignatureLine, type SignedNote, verifyNote } from './note.ts';
import { readFrontier } from './proof.ts';
import { frontierRoot } from './tree.ts';
import { originHash } from './witness.ts';
import type { WitnessCall, WitnessReply } from './witness-call.ts';
import type { Seat } from './witness-circle.ts';
import { formatAddCheckpoint } from './witness-request.ts';

/** What gathering needs of a ledger; all of it answers at once. */
export type WitnessedLedger = Pick<
  EmbeddedLedger,
  'key' | 'latest' | 'addCosignatures' | 'markWitnessed' | 'reader'
>;

/** A checkpoint that this ledger's key signed and that this ledger does not continue, and what it has instead. */
export type ForkEvidence = {
  readonly kind: 'fork' | 'ahead';
  readonly url: string;
  /** What the witness holds, with the ledger's signature: the proof. */
  readonly shown: string;
  /** The ledger's newest checkpoint at that time. */
  readonly ours: string;
};

export type WitnessOutcome =
  /** `timeS` is the time that the witness gives, seconds since 1970; of the latest of its lines. */
  | { readonly kind: 'cosigned'; readonly timeS: number; readonly caughtUpFrom?: number }
  /** It has cosigned a newer checkpoint of this ledger already. */
  | { readonly kind: 'overtaken'; readonly size: number }
  /** No answer in time, or none at all. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** It answered with a signature that is wrong, or with none by its keys. */
  | { readonly kind: 'bad-answer'; readonly message: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'fork' | 'ahead'; readonly evidence: ForkEvidence }
  /** Not asked: it failed before and rests. */
  | { readonly kind: 'resting'; readonly untilMs: number }
  /** Still being asked: an answer that comes is kept. */
  | { readonly kind: 'pending' };

export type Asking = {
  readonly ledger: WitnessedLedger;
  readonly call: WitnessCall;
  readonly signal: AbortSignal;
};

/** A first guess, what the witness says instead, and once more where another client was quicker. */
const TRIES = 3;

/** Asks one witness about `head`, and keeps its cosignatures in the ledger. Rejects only for faults of the ledger itself. */
export async function askWitness(seat: Seat, head: LedgerHead, asking: Asking): Promise<WitnessOutcome> {
  const { ledger } = asking;
  const { size } = head;
  const note = ownCheckpoint(head.checkpoint);
  let oldSize = Math.min(seat.heldSize, size);
  const firstSize = oldSize;
  for (let tries = 0; tries < TRIES; tries++) {
    const proof = proofFrom(oldSize, size, ledger);
    if ('kind' in proof) return proof;
    const reply = await reach(
      `${seat.url}/add-checkpoint`,
      formatAddCheckpoint({ oldSize, proof, note }),
      asking,
    );
    if ('kind' in reply) return reply;
    if (reply.status === 200) {
      const outcome = keepLines(seat, size, note, reply, ledger);
      if (outcome.kind !== 'cosigned') return outcome;
      seat.heldSize = size;
      return oldSize === firstSize ? outcome : { ...outcome, caughtUpFrom: oldSize };
    }
    const held = reply.status === 409 ? heldSizeOf(reply) : undefined;
    if (held === undefined) {
      // 422, or the 409 without a size that v1.0.0 gives where roots of one size differ.
      if (reply.status === 422 || reply.status === 409) return compareHistories(seat, reply, asking);
      return refused(reply);
    }
    if (held === oldSize)
      return { kind: 'bad-answer', message: `it says both that it is at ${held} and that it is not` };
    seat.heldSize = held;
    if (held > size) {
      if (held <= ledger.latest().size) return { kind: 'overtaken', size: held };
      return compareHistories(seat, reply, asking);
    }
    oldSize = held;
  }
  return { kind: 'refused', status: 409, message: 'it moves faster than it can be asked' };
}

/** A witness that stands where this ledger keeps nothing any more, or says so, gets no proof; it is that witness's loss. */
function proofFrom(
  oldSize: number,
  size: number,
  { reader }: WitnessedLedger,
): Uint8Array[] | Extract<WitnessOutcome, { kind: 'refused' }> {
  try {
    return oldSize === 0 ? [] : reader.consistency(oldSize, size);
  } catch (error) {
    if (!(error instanceof AnchorError) || error.code !== 'ledger-pruned') throw error;
    return { kind: 'refused', status: 409, message: error.message };
  }
}

/** The newest checkpoint that a witness holds of this ledger, signed by the ledger; undefined where it holds or shows none. */
export async function shownBy(
  seat: Seat,
  key: VerifierKey,
  { call, signal }: Pick<Asking, 'call' | 'signal'>,
): Promise<string | undefined> {
  const reply = await call.send(`${seat.url}/${originHash(key.name)}/checkpoint`, undefined, signal);
  const shown = reply.status === 200 ? textOf(reply.body) : undefined;
  if (shown === undefined) return undefined;
  try {
    const { text } = verifyNote(shown, [key], nodeVerifyEd25519, nodeVerifyMlDsa44);
    return parseCheckpoint(text).origin === key.name ? shown : undefined;
  } catch (error) {
    if (error instanceof AnchorError) return undefined;
    throw error;
  }
}

async function reach(
  url: string,
  body: string,
  { call, signal }: Asking,
): Promise<WitnessReply | Extract<WitnessOutcome, { kind: 'unreachable' }>> {
  try {
    return await call.send(url, body, signal);
  } catch (error) {
    const late = signal.aborted ? 'it did not answer in time' : undefined;
    return { kind: 'unreachable', message: late ?? (error instanceof Error ? error.message : String(error)) };
  }
}

function keepLines(
  seat: Seat,
  size: number,
  note: string,
  { body }: WitnessReply,
  ledger: WitnessedLedger,
): WitnessOutcome {
  try {
    const { text } = parseNote(note);
    const cosigned: SignedNote = { text, signatures: linesOf(body) };
    const found = verifyCosignatures(cosigned, seat.keys, nodeVerifyEd25519, nodeVerifyMlDsa44);
    if (found.length === 0)
      return { kind: 'bad-answer', message: 'no line is by a key that the policy names for it' };
    const times = found.map(({ timeS }) => timeS);
    if (times.includes(0)) return { kind: 'bad-answer', message: 'its cosignature gives no time' };
    ledger.addCosignatures(size, textOf(body)!, seat.keys);
    return { kind: 'cosigned', timeS: Math.max(...times) };
  } catch (error) {
    if (error instanceof AnchorError) return { kind: 'bad-answer', message: error.message };
    throw error;
  }
}

function linesOf(body: Uint8Array): SignedNote['signatures'] {
  const text = textOf(body);
  if (!text?.endsWith('\n')) throw new AnchorError('bad-note', 'its answer is no list of signature lines');
  return text.slice(0, -1).split('\n').map(parseSignatureLine);
}

/** Who is wrong: see the head of this file. */
async function compareHistories(seat: Seat, reply: WitnessReply, asking: Asking): Promise<WitnessOutcome> {
  const { ledger } = asking;
  let shown: string | undefined;
  try {
    shown = await shownBy(seat, ledger.key, asking);
  } catch {
    // Without what it holds nothing can be said of it.
  }
  if (shown === undefined) {
    return {
      kind: 'refused',
      status: reply.status,
      message: 'it shows no checkpoint of this ledger that would explain why',
    };
  }
  const { size, root } = parseCheckpoint(parseNote(shown).text);
  const head = ledger.latest();
  const evidence = { url: seat.url, shown, ours: head.checkpoint };
  if (size > head.size) return { kind: 'ahead', evidence: { kind: 'ahead', ...evidence } };
  const ours = rootAt(size, ledger);
  if (!ours) {
    return { kind: 'refused', status: reply.status, message: `it is at ${size}, which this ledger let go` };
  }
  if (!equalBytes(ours, root)) {
    return { kind: 'fork', evidence: { kind: 'fork', ...evidence } };
  }
  seat.heldSize = size;
  return refused(reply);
}

/** Undefined where the ledger has let go of the hashes that make it. */
function rootAt(size: number, { reader }: WitnessedLedger): Uint8Array | undefined {
  try {
    return frontierRoot(
      readFrontier((level, index) => reader.node(level, index), size),
      nodeSha256,
    );
  } catch (error) {
    if (error instanceof AnchorError && size < reader.minimumIndex()) return undefined;
    throw error;
  }
}

function refused({ status, body }: WitnessReply): WitnessOutcome {
  // Shown in a log: one short line, whatever the witness sent.
  const words = (textOf(body.subarray(0, 120)) ?? '').replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return { kind: 'refused', status, message: words };
}

/** The size in a 409 of content type text/x.tlog.size. */
function heldSizeOf({ type, body }: WitnessReply): number | undefined {
  const text = textOf(body);
  if (type !== 'text/x.tlog.size' || !text?.endsWith('\n')) return undefined;
  return parseDecimal(text.slice(0, -1));
}

/** The ledger's own signature only: a request need not carry the others', and stays small. */
function ownCheckpoint(checkpoint: string): string {
  const end = checkpoint.indexOf('\n', checkpoint.lastIndexOf('\n\n') + 2);
  return checkpoint.slice(0, end + 1);
}
