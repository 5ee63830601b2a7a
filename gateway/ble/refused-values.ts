// Values that could not be read, or say what there is no kind of reading for, of one device: handed to the hub, which keeps their octets in its quarantine and counts
// them by reason. A device controls how many there are. What goes beyond a share is counted in the next that is handed
// in, so that one that says nothing but nonsense does not push out what others have there.

import type { GattRefusal } from '@heartwood/vitals/gatt';
import type { Arrival } from '../ingest/ingest.ts';
import { refusedValueType } from '../ingest/refused-value.ts';

/** So many at once, and one more in so long. */
type Share = { readonly most: number; readonly everyMs: number };
const UNREADABLE: Share = { most: 60, everyMs: 1_000 };
/** The contexts of a meter that was away for a month or two. A pod that tells its pace every second is not to fill the hub's. */
const NO_KIND: Share = { most: 240, everyMs: 600_000 };

class Purse {
  readonly #share: Share;
  #left: number;
  #sinceMs: number | undefined;

  constructor(share: Share) {
    this.#share = share;
    this.#left = share.most;
  }

  /** @returns whether there was one left. A clock that is turned back refills nothing */
  take(nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - (this.#sinceMs ?? nowMs));
    this.#sinceMs = nowMs;
    this.#left = Math.min(this.#share.most, this.#left + passedMs / this.#share.everyMs);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

export class RefusedValues {
  readonly #device: string;
  readonly #accept: (arrival: Arrival) => Promise<unknown>;
  readonly #unreadable = new Purse(UNREADABLE);
  readonly #noKind = new Purse(NO_KIND);
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
    if (!(reason === 'no-kind' ? this.#noKind : this.#unreadable).take(nowMs)) {
      this.#left += 1;
      return;
    }
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
