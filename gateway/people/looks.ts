// Who was shown whom: written down once a day for each person and patient, whatever a page's line or the hub does in
// between. What the record has of the day is read from it once a day and at each start.

import { hubEvents } from '../inspect/patient-events.ts';
import type { Vault } from '../vault.ts';
import type { LoggedIn } from './access.ts';
import { may } from './permission.ts';

const DAY_MS = 86_400_000;

export class Looks {
  readonly #vault: Vault;
  /** Of which day `#seen` is, days of UTC since 1970. */
  #day: number | undefined;
  #seen = new Set<string>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Somebody has the page open, or was told of one of their patients. @throws what SQLite throws; what is not written is written the next time */
  record(who: LoggedIn, only?: number): void {
    const vault = this.#vault;
    const day = Math.floor(vault.clock() / DAY_MS);
    if (day !== this.#day) {
      this.#seen = this.#recorded(day);
      this.#day = day;
    }
    const fresh = vault.registry
      .patients()
      .filter(({ slot }) => only === undefined || slot === only)
      .filter(({ slot }) => may(who, { do: 'see', slot }) && !this.#seen.has(keyOf(who.number, slot)));
    if (fresh.length === 0) return;
    vault.store.transaction(() => {
      for (const { slot } of fresh) vault.recordEvent('patient-seen', { person: who.number, slot });
    });
    for (const { slot } of fresh) this.#seen.add(keyOf(who.number, slot));
  }

  #recorded(day: number): Set<string> {
    const from = day * DAY_MS;
    const seen = new Set<string>();
    for (let to = from + DAY_MS; to > from; ) {
      const piece = hubEvents(this.#vault, ({ name }) => name === 'patient-seen', { from, to });
      for (const { detail } of piece.events) seen.add(keyOf(detail['person'], detail['slot']));
      to = Math.min(piece.from, to - 1);
    }
    return seen;
  }
}

const keyOf = (person: unknown, slot: unknown): string => `${person} ${slot}`;
