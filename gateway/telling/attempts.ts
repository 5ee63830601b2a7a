// Attempts under way: so many at once, the most urgent first, each with its end. What came of one waits here until it is on disk.

import type { Delivery, Outcome } from './delivery.ts';
import { RANK } from './ladder.ts';
import { type ChannelName, NotDelivered, type Receipt } from './message.ts';
import { PAGE_WAIT_MS } from './page.ts';

/** A fault of a channel itself, for a log: its name and the error's, nothing of what was said. */
export type ChannelFault = { readonly channel: ChannelName; readonly error: string };
export type Result = { readonly number: number; readonly outcome: Outcome };

const ATTEMPT_MS = 20_000;
/** That call somebody. A page is waited for in memory: it costs nothing, and holds back nobody. */
const AT_ONCE_MAX = 8;
/** No wait between attempts is as long: where one seems to be, the clock was put back. */
const WAIT_MAX_MS = 10 * 60_000;
/** A channel that heeds its signal says why it came to nothing; one that does not is left behind. */
const GRACE_MS = 1_000;

export class Attempts {
  readonly #deliver: (delivery: Delivery, signal: AbortSignal) => Promise<Receipt>;
  readonly #onFault: (fault: ChannelFault) => void;
  readonly #running = new Map<number, { readonly abort: AbortController; readonly channel: ChannelName }>();
  #results: readonly Result[] = [];
  #closed = false;

  constructor(
    deliver: (delivery: Delivery, signal: AbortSignal) => Promise<Receipt>,
    onFault: (fault: ChannelFault) => void,
  ) {
    this.#deliver = deliver;
    this.#onFault = onFault;
  }

  /** What came of attempts, the oldest first, until it is `kept`. */
  get results(): readonly Result[] {
    return this.#results;
  }

  /** The first of them are on disk. */
  kept(count: number): void {
    this.#results = this.#results.slice(count);
  }

  has(number: number): boolean {
    return this.#running.has(number);
  }

  /** Nothing is under way. */
  get isResting(): boolean {
    return this.#running.size === 0;
  }

  /** Begins those whose time has come, as far as there is room: the most urgent first, and of these the oldest. */
  begin(deliveries: Iterable<Delivery>, nowMs: number): void {
    const ended = new Set(this.#results.map(({ number }) => number));
    const due = [...deliveries].filter(({ number, state }) => {
      if (state.is !== 'open' || this.has(number) || ended.has(number)) return false;
      const waitMs = state.nextMs - nowMs;
      return waitMs <= 0 || waitMs > WAIT_MAX_MS;
    });
    for (const delivery of due.toSorted(byUrgency))
      if (!this.#closed && (delivery.channel === 'page' || this.#calling < AT_ONCE_MAX))
        this.#begin(delivery);
  }

  get #calling(): number {
    return [...this.#running.values()].filter(({ channel }) => channel !== 'page').length;
  }

  /** Ends those under way, and forgets them: they begin again with the next start. */
  close(): void {
    this.#closed = true;
    for (const { abort } of this.#running.values()) abort.abort();
  }

  #begin(delivery: Delivery): void {
    const { number } = delivery;
    const abort = new AbortController();
    this.#running.set(number, { abort, channel: delivery.channel });
    void this.#outcomeOf(delivery, abort).then((outcome) => {
      this.#running.delete(number);
      if (!this.#closed) this.#results = [...this.#results, { number, outcome }];
    });
  }

  async #outcomeOf(delivery: Delivery, abort: AbortController): Promise<Outcome> {
    const { channel } = delivery;
    const timer = setTimeout(() => abort.abort(), channel === 'page' ? PAGE_WAIT_MS : ATTEMPT_MS).unref();
    try {
      const { how } = await within(this.#deliver(delivery, abort.signal), abort.signal);
      return { ok: true, how };
    } catch (error) {
      if (error instanceof NotDelivered) return { ok: false, why: error.code, isFinal: error.isFinal };
      this.#onFault({ channel, error: error instanceof Error ? error.name : 'unknown' });
      return { ok: false, why: 'unreachable', isFinal: false };
    } finally {
      clearTimeout(timer);
    }
  }
}

const byUrgency = (left: Delivery, right: Delivery): number =>
  RANK[left.what.priority] - RANK[right.what.priority] || left.number - right.number;

/** An attempt ends with its signal, whatever the channel does. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new NotDelivered('timeout', 'There was no answer in time.'));
    const end = (): void => void setTimeout(late, GRACE_MS).unref();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
