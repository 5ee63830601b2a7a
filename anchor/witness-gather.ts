// Gathering cosignatures: after an append, every witness of the policy is asked at the same time about the ledger's newest
// checkpoint, and what they sign is kept with it. The quorum is judged by what is kept, so that a witness that answered
// for this checkpoint before counts. Slow witnesses are not waited for once the quorum is there.

import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { verifyCosignatures } from './cosignature.ts';
import type { VerifierKey } from './key.ts';
import type { LedgerHead } from './ledger.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote } from './note.ts';
import { describeQuorum, isQuorum } from './policy.ts';
import {
  askWitness,
  type ForkEvidence,
  shownBy,
  type WitnessedLedger,
  type WitnessOutcome,
} from './witness-ask.ts';
import {
  endRest,
  restAfterFailure,
  type Seat,
  type WithoutQuorum,
  type WitnessCircle,
} from './witness-circle.ts';

export type Gathered = {
  /** Size of the checkpoint that was asked about. */
  readonly size: number;
  /** The policy's quorum has cosigned it; `ledger.reader.witnessed()` is this checkpoint then, or a later one. */
  readonly quorum: boolean;
  /** It may be shown and proved by: it has its quorum, or the circle publishes without. */
  readonly publish: boolean;
  /** What a person should know, in a sentence; undefined where all is well. */
  readonly alarm: string | undefined;
  /** One for each address, in the order of the policy. */
  readonly answers: readonly {
    readonly url: string;
    readonly names: readonly string[];
    readonly outcome: WitnessOutcome;
  }[];
  /** Signed proof that this ledger's key is used for another history, or that it had a longer one. Keep it; sign no more. */
  readonly evidence: readonly ForkEvidence[];
};

/**
 * Asks the circle about the newest checkpoint of `ledger`. Resolves when all have answered or given up, or a short while
 * after the quorum is there. Safe to call again at any time, also while an earlier call goes on: a witness is asked one
 * thing at a time. Rejects only for faults of the ledger.
 */
export async function gatherCosignatures(ledger: WitnessedLedger, circle: WitnessCircle): Promise<Gathered> {
  const head = ledger.latest();
  const outcomes = new Map<Seat, WitnessOutcome>();
  const enough = Promise.withResolvers<void>();
  const asked = circle.seats.map((seat) =>
    oneAtATime(seat, async () => {
      const outcome = await askInTime(seat, head, ledger, circle);
      outcomes.set(seat, outcome);
      if (outcome.kind === 'cosigned' && hasQuorum(ledger, head.size, circle)) enough.resolve();
    }),
  );
  const grace = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const soonAfter = enough.promise.then(() => {
    timer = setTimeout(grace.resolve, circle.graceMs);
    return grace.promise;
  });
  await Promise.race([Promise.all(asked), soonAfter]);
  clearTimeout(timer);
  const quorum = hasQuorum(ledger, head.size, circle);
  if (quorum) ledger.markWitnessed(head.size);
  const answers = circle.seats.map((seat) => ({
    url: seat.url,
    names: seat.names,
    outcome: outcomes.get(seat) ?? ({ kind: 'pending' } as const),
  }));
  const evidence = answers.flatMap(({ outcome }) => ('evidence' in outcome ? [outcome.evidence] : []));
  return {
    size: head.size,
    quorum,
    publish: quorum || circle.withoutQuorum === 'publish-with-alarm',
    alarm: alarmOf(quorum, evidence, circle, head.size),
    answers,
    evidence,
  };
}

/** What a ledger shows to others: under `fail-closed` nothing that has no quorum, undefined while nothing had one. */
export function headToShow(ledger: WitnessedLedger, withoutQuorum: WithoutQuorum): LedgerHead | undefined {
  return withoutQuorum === 'fail-closed' ? ledger.reader.witnessed() : ledger.latest();
}

/** What the witnesses hold of a ledger: for a start, before anything is signed. */
export type KnownByWitnesses = {
  /** Addresses that were asked, and those that answered (also that they hold nothing). */
  readonly asked: number;
  readonly answered: number;
  /**
   * Those that were silent make no quorum among themselves, so that no checkpoint with a quorum is newer than `newest`;
   * where the policy asks for none, anybody's answer is enough.
   */
  readonly enough: boolean;
  /** The newest checkpoint, signed by the ledger: to be handed to `openEmbeddedLedger` as `known`. */
  readonly newest: (Checkpoint & { readonly note: string }) | undefined;
};

/** Asks every witness what it holds of the ledger with this key. Never rejects; who does not answer is not counted. */
export async function knownByWitnesses(circle: WitnessCircle, key: VerifierKey): Promise<KnownByWitnesses> {
  const signal = AbortSignal.any([circle.end.signal, AbortSignal.timeout(circle.timeoutMs)]);
  const replies = await Promise.allSettled(
    circle.seats.map((seat) => shownBy(seat, key, { call: circle.call, signal })),
  );
  const notes = replies.flatMap((reply) =>
    reply.status === 'fulfilled' && reply.value ? [reply.value] : [],
  );
  const checkpoints = notes.map((note) => ({ ...parseCheckpoint(parseNote(note).text), note }));
  const { quorum, witnesses } = circle.policy;
  const silentUrls = new Set(
    circle.seats.filter((_, i) => replies[i]?.status === 'rejected').map(({ url }) => url),
  );
  const silent = witnesses
    .filter(({ url }) => url !== undefined && silentUrls.has(url))
    .map(({ key: one }) => one);
  const answered = replies.filter(({ status }) => status === 'fulfilled').length;
  return {
    asked: replies.length,
    answered,
    enough: quorum.kind === 'none' ? answered > 0 : !isQuorum(quorum, new Set(silent)),
    newest: checkpoints.toSorted((a, b) => b.size - a.size)[0],
  };
}

/** A witness that is being asked is left alone; `busy` lasts until nothing of `work` will touch the ledger any more. */
function oneAtATime(seat: Seat, work: () => Promise<void>): Promise<void> {
  if (seat.busy) return Promise.resolve();
  const working = work().finally(() => {
    seat.busy = undefined;
  });
  seat.busy = working.catch(() => undefined);
  return working;
}

/** Asks a witness that does not rest, within its time. */
async function askInTime(
  seat: Seat,
  head: LedgerHead,
  ledger: WitnessedLedger,
  circle: WitnessCircle,
): Promise<WitnessOutcome> {
  if (seat.restUntilMs > circle.nowMs()) return { kind: 'resting', untilMs: seat.restUntilMs };
  const signal = AbortSignal.any([circle.end.signal, AbortSignal.timeout(circle.timeoutMs)]);
  const outcome = await askWitness(seat, head, { ledger, call: circle.call, signal });
  if (outcome.kind === 'cosigned' || outcome.kind === 'overtaken') endRest(seat);
  else if (!circle.end.signal.aborted) restAfterFailure(seat, circle.nowMs());
  return outcome;
}

function hasQuorum(ledger: WitnessedLedger, size: number, { policy }: WitnessCircle): boolean {
  const kept = ledger.reader.checkpointAt(size);
  if (kept === undefined) return policy.quorum.kind === 'none';
  const keys = policy.witnesses.map(({ key }) => key);
  const found = verifyCosignatures(parseNote(kept), keys, nodeVerifyEd25519, nodeVerifyMlDsa44);
  return isQuorum(policy.quorum, new Set(found.map(({ key }) => key)));
}

function alarmOf(
  quorum: boolean,
  evidence: readonly ForkEvidence[],
  { policy, withoutQuorum }: WitnessCircle,
  size: number,
): string | undefined {
  const [first] = evidence;
  if (first) {
    return first.kind === 'fork'
      ? `The witness at ${first.url} holds another history that this ledger's key signed. Stop this hub, keep its data as it is, and find out where else its key is used.`
      : `The witness at ${first.url} holds more of this ledger than this ledger does: the data was restored from an older copy, or its key is used elsewhere. Stop this hub and put the newest data back.`;
  }
  if (quorum) return undefined;
  const shown = withoutQuorum === 'fail-closed' ? 'it is not shown' : 'it is shown all the same';
  return `The checkpoint over ${size} entries has not been cosigned by ${describeQuorum(policy.quorum)}: ${shown}.`;
}
