// One message to one contact by one channel: attempts, back-off, and its end. Pure; `teller.ts` makes the attempts.

import type { Item } from './ladder.ts';
import type { ChannelName, Message, NotDeliveredCode, Receipt } from './message.ts';

export type Delivery = {
  readonly number: number;
  /** The ladder's number; of a test its own. */
  readonly message: number;
  readonly contact: number;
  readonly channel: ChannelName;
  readonly what: Message;
  /** Of which alarms it tells; none: a test. */
  readonly items: readonly Item[];
  /** How many attempts have ended. */
  readonly attempts: number;
  readonly state:
    | { readonly is: 'open'; readonly nextMs: number; readonly why?: NotDeliveredCode }
    | { readonly is: 'delivered'; readonly atMs: number; readonly how: Receipt['how'] }
    | { readonly is: 'failed'; readonly atMs: number; readonly why: NotDeliveredCode }
    /** Somebody answered, or the alarm was over, before it got through. */
    | { readonly is: 'withdrawn'; readonly atMs: number };
};

/** What an attempt came to. */
export type Outcome =
  | { readonly ok: true; readonly how: Receipt['how'] }
  | { readonly ok: false; readonly why: NotDeliveredCode; readonly isFinal: boolean };

const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;
/** With the waits between them some fifteen minutes. */
export const ATTEMPTS_MAX = 8;
/** After so many failed attempts nobody relies on it any more: the next step is taken meanwhile. */
const FAILING_AFTER = 2;

/**
 * Exponential back-off with full jitter in its upper half: several homes that lost the same server do not come back at the
 * same moment. @param attempts how many have failed, from 1; @param random from 0 to below 1
 */
const backOffMs = (attempts: number, random: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 3 ** (attempts - 1)) * (0.5 + random / 2);

export function attempted(delivery: Delivery, outcome: Outcome, nowMs: number, random: number): Delivery {
  const attempts = delivery.attempts + 1;
  if (outcome.ok) return { ...delivery, attempts, state: { is: 'delivered', atMs: nowMs, how: outcome.how } };
  const { why } = outcome;
  if (outcome.isFinal || attempts >= ATTEMPTS_MAX)
    return { ...delivery, attempts, state: { is: 'failed', atMs: nowMs, why } };
  return { ...delivery, attempts, state: { is: 'open', nextMs: nowMs + backOffMs(attempts, random), why } };
}

/** What has become of a message, from all its deliveries; undefined while that is open. */
export function becameOf(deliveries: readonly Delivery[]): 'told' | 'failing' | undefined {
  if (deliveries.some(({ state }) => state.is === 'delivered')) return 'told';
  const failing = ({ state, attempts }: Delivery): boolean =>
    state.is === 'failed' || (state.is === 'open' && attempts >= FAILING_AFTER);
  return deliveries.length > 0 && deliveries.every(failing) ? 'failing' : undefined;
}
