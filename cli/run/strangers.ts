// Health devices that nobody enrolled, named in the log: each address once, so that its owner can enroll it. Whoever is
// in reach decides how many there are. A neighbour whose addresses change, or who makes them up, fills neither memory
// nor the card: so many are remembered, so many are named at once, then one a minute.

import type { Log } from '../log.ts';

const REMEMBERED_MAX = 1_000;
const AT_ONCE_MAX = 20;
const EVERY_MS = 60_000;

export class Strangers {
  readonly #log: Log;
  readonly #named = new Set<string>();
  #share = AT_ONCE_MAX;
  #sinceMs: number | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Those in reach now. @param nowMs ms that only ever rise */
  look(
    all: readonly { readonly address: string; readonly services: readonly string[] }[],
    nowMs: number,
  ): void {
    this.#share = Math.min(AT_ONCE_MAX, this.#share + (nowMs - (this.#sinceMs ?? nowMs)) / EVERY_MS);
    this.#sinceMs = nowMs;
    for (const { address, services } of all) {
      if (this.#share < 1) return;
      if (this.#named.has(address)) continue;
      this.#share -= 1;
      this.#named.add(address);
      if (this.#named.size > REMEMBERED_MAX) this.#named.delete(this.#named.values().next().value as string);
      // Its name may be a person's: the address and what it measures will do to enroll it.
      this.#log('info', 'bluetooth-device-not-enrolled', { address, measures: services.join(', ') });
    }
  }
}
