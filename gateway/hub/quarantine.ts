// The quarantine keeps what was refused, sealed, until an operator has looked. It is bounded: when it is full the
// oldest goes, and that is counted and said, never silent. So is each row: of a body that is larger than any message may
// be the beginning is kept, and the row says so.

import { BODY_MAX_BYTES } from '@heartwood/vitals';
import type { Arrival, Decision } from '../ingest/ingest.ts';
import type { Store } from '../store/store.ts';

export type QuarantineLimits = { readonly rowsMax: number; readonly bytesMax: number };

export class Quarantine {
  readonly #store: Store;
  readonly #limits: QuarantineLimits;
  #rows: number;
  #bytes: number;
  #dropped = 0;

  constructor(store: Store, limits: QuarantineLimits) {
    this.#store = store;
    this.#limits = limits;
    ({ rows: this.#rows, bytes: this.#bytes } = store.quarantineSize());
  }

  /** How many were dropped to make room, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Keeps a refused arrival. Call inside a transaction; after one that failed, call `recount`. */
  add(arrival: Arrival, decision: Extract<Decision, { kind: 'quarantine' }>): void {
    const { device, received } = arrival;
    const { reason } = decision;
    const body = arrival.body.subarray(0, BODY_MAX_BYTES);
    const cut = body.length < arrival.body.length;
    const detail = cut
      ? `${decision.detail} (only its first ${body.length} bytes are kept)`
      : decision.detail;
    this.#bytes += this.#store.quarantine({ device, received, body, reason, detail });
    this.#rows += 1;
    while (this.#rows > 1 && (this.#rows > this.#limits.rowsMax || this.#bytes > this.#limits.bytesMax)) {
      this.#bytes -= this.#store.dropOldestQuarantined();
      this.#rows -= 1;
      this.#dropped += 1;
    }
  }

  /** @param dropped how many had been dropped before the transaction that failed */
  recount(dropped: number): void {
    this.#dropped = dropped;
    ({ rows: this.#rows, bytes: this.#bytes } = this.#store.quarantineSize());
  }
}
