// Which devices hold a link, told once per change. A connection is the truth; a device's own `status` and its
// will only tell it earlier.

import type { LinkState, OnLink } from './arrival.ts';
import type { Connection } from './connection.ts';

export class Links {
  readonly #online = new Set<string>();
  readonly #onLink: OnLink;
  readonly #now: () => number;

  constructor(onLink: OnLink, now: () => number) {
    this.#onLink = onLink;
    this.#now = now;
  }

  /** Notes a state; the end of a connection that was replaced or that the hub closes is no news. */
  tell(connection: Connection, state: LinkState): void {
    const { device } = connection;
    if (device === undefined || connection.superseded) return;
    this.#note(device, state);
  }

  /** A device has no connection left: the one it had was replaced by one that ended before it stood. */
  lost(device: string): void {
    this.#note(device, 'offline');
  }

  #note(device: string, state: LinkState): void {
    if (this.#online.has(device) === (state === 'online')) return;
    if (state === 'online') this.#online.add(device);
    else this.#online.delete(device);
    this.#onLink(device, state, this.#now());
  }
}
