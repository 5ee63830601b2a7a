// Refused messages in the log: the first of a device and reason at once, then a count a minute. A device that floods
// fills the quarantine's bounded room, not the journal.

import type { Log } from '../log.ts';

const QUIET_MS = 60_000;
/** Beyond so many pairs of device and reason, all further ones are counted together. */
const PAIRS_MAX = 1_000;

export class Refusals {
  readonly #log: Log;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  add({ device, reason }: { readonly device: string; readonly reason: string }): void {
    const known = this.#counts.size < PAIRS_MAX ? `${device} ${reason}` : 'others refused';
    const count = this.#counts.get(known);
    this.#counts.set(known, (count ?? -1) + 1);
    if (count === undefined) this.#log('warn', 'quarantined', { device, reason });
    this.#timer ??= setTimeout(() => this.#tell(), QUIET_MS).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    for (const [pair, more] of this.#counts) {
      const [device, reason] = pair.split(' ');
      if (more > 0) this.#log('warn', 'quarantined', { device, reason, more });
    }
    this.#counts.clear();
  }
}
