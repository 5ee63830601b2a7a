// The witnesses of a policy, as one ledger meets them: where each is asked, by which keys its answers are believed, how far
// it is known to be, and when it may be asked again after it failed. None of it needs to survive a restart: a witness says
// itself how far it is.

import type { VerifierKey } from './key.ts';
import type { Policy } from './policy.ts';
import { httpCall, type WitnessCall, witnessUrl } from './witness-call.ts';

/** What to do with a checkpoint that has no quorum: show it to nobody, or show it and raise the alarm. */
export type WithoutQuorum = 'fail-closed' | 'publish-with-alarm';

export type CircleOptions = {
  readonly withoutQuorum: WithoutQuorum;
  /** Milliseconds since 1970; for back-off only. */
  readonly nowMs: () => number;
  /** How long one witness may take to answer, its catching up included. */
  readonly timeoutMs?: number;
  /** How long the others are waited for once the quorum is there; what comes later is kept all the same. */
  readonly graceMs?: number;
  readonly call?: WitnessCall;
};

/** A witness that can be asked: one address. It may have several keys, each on a line of the policy. */
export type Seat = {
  readonly url: string;
  readonly names: readonly string[];
  readonly keys: readonly VerifierKey[];
  /** Size it cosigned last, as far as it said. */
  heldSize: number;
  failures: number;
  /** Not asked before this time. */
  restUntilMs: number;
  /** Set while a request is under way. */
  busy: Promise<void> | undefined;
};

export type WitnessCircle = {
  readonly policy: Policy;
  readonly withoutQuorum: WithoutQuorum;
  readonly seats: readonly Seat[];
  readonly call: WitnessCall;
  readonly nowMs: () => number;
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** Aborts when the circle is closed. */
  readonly end: AbortController;
};

/** Witnesses without a URL in the policy are never asked; their cosignatures must come another way. Throws `bad-policy`. */
export function openWitnessCircle(policy: Policy, options: CircleOptions): WitnessCircle {
  const asked = policy.witnesses.filter(({ url }) => url !== undefined);
  const byUrl = Map.groupBy(asked, ({ url }) => witnessUrl(url!));
  return {
    policy,
    withoutQuorum: options.withoutQuorum,
    seats: [...byUrl].map(([url, lines]) => ({
      url,
      names: lines.map(({ name }) => name),
      keys: lines.map(({ key }) => key),
      heldSize: 0,
      failures: 0,
      restUntilMs: 0,
      busy: undefined,
    })),
    call: options.call ?? httpCall(),
    nowMs: options.nowMs,
    timeoutMs: options.timeoutMs ?? 5000,
    graceMs: options.graceMs ?? 250,
    end: new AbortController(),
  };
}

/** Gives up what is under way, and resolves when nothing of it will touch the ledger any more. Call it before the ledger is closed. */
export async function closeWitnessCircle(circle: WitnessCircle): Promise<void> {
  circle.end.abort(new Error('the circle was closed'));
  await Promise.all(circle.seats.map(({ busy }) => busy));
  circle.call.close();
}

const REST_FIRST_MS = 1000;
const REST_MAX_MS = 300_000;

/** After a failure a witness rests: 1 s, 2 s, 4 s … five minutes. */
export function restAfterFailure(seat: Seat, nowMs: number): void {
  seat.restUntilMs = nowMs + Math.min(REST_MAX_MS, REST_FIRST_MS * 2 ** Math.min(seat.failures, 20));
  seat.failures += 1;
}

export function endRest(seat: Seat): void {
  seat.failures = 0;
  seat.restUntilMs = 0;
}
