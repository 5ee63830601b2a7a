// Values that could not be read, of one device: handed to the hub, which keeps their octets in its quarantine and counts
// them by reason. A device controls how many there are. What goes beyond a share is counted in the next that is handed
// in, so that one that says nothing but nonsense does not push out what others have there.

import type { GattRefusal } from '@heartwood/vitals/gatt';
import type { Arrival } from '../ingest/ingest.ts';
import { refusedValueType } from '../ingest/refused-value.ts';

/** So many at once, and one more for each second. */
const SHARE_MAX = 60;
const SHARE_EVERY_MS = 1_000;

export class RefusedValues {
  readonly #device: string;
  readonly #accept: (arrival: Arrival) => Promise<unknown>;
  #share = SHARE_MAX;
  #sinceMs: number | undefined;
  #left = 0;

  /** @param accept keeps an arrival (`HubThread.accept`); a disk that refuses costs the quarantine these octets */
  constructor(device: string, accept: (arrival: Arrival) => Promise<unknown>) {
    this.#device = device;
    this.#accept = accept;
  }

  /** How many were not handed in. */
  get left(): number {
    return this.#left;
  }

  /** @param nowMs ms since 1970, when it arrived; a clock that is turned back refills nothing */
  add(characteristic: number, reason: GattRefusal, octets: Uint8Array, nowMs: number): void {
    const passedMs = Math.max(0, nowMs - (this.#sinceMs ?? nowMs));
    this.#sinceMs = nowMs;
    this.#share = Math.min(SHARE_MAX, this.#share + passedMs / SHARE_EVERY_MS);
    if (this.#share < 1) {
      this.#left += 1;
      return;
    }
    this.#share -= 1;
    this.#accept({
      device: this.#device,
      body: octets,
      contentType: refusedValueType(characteristic, reason),
      received: Math.floor(nowMs),
    }).catch(() => {
      this.#left += 1;
    });
  }
}
