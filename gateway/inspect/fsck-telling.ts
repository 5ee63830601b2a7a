// What the record tells of contacts and ladders, compared with what is kept: a row that was taken away would leave somebody
// untold, and an older copy put back would tell somebody who was taken away.

import type { HubEvent } from '@heartwood/vitals';
import { AS_EVERYBODY, stepsText } from '../telling/arrange.ts';
import { EVERYBODY, TellingStore } from '../telling/telling-store.ts';
import type { Vault } from '../vault.ts';
import type { Report } from './fsck.ts';

export class TellingMentioned {
  /** By number: whether the contact was there at last. */
  readonly #contacts = new Map<number, boolean>();
  /** By slot: the last ladder, and what may leave the house. */
  readonly #ladders = new Map<number, { readonly steps: string; readonly disclose: string }>();

  /** Events in the order in which they were written. */
  event({ name, detail }: HubEvent): void {
    if (name === 'contact-changed')
      this.#contacts.set(Number(detail['contact']), detail['change'] === 'added');
    if (name === 'ladder-changed')
      this.#ladders.set(Number(detail['slot'] ?? EVERYBODY), {
        steps: String(detail['steps']),
        disclose: String(detail['disclose'] ?? ''),
      });
  }

  compare(vault: Vault, report: Report): void {
    const store = new TellingStore(vault);
    const contacts = new Set(store.contacts().map(({ number }) => number));
    for (const [number, there] of this.#contacts)
      if (there !== contacts.has(number))
        report(
          `the contact ${number}`,
          there ? 'it was added, and is missing' : 'it was taken away, and is there',
        );
    const ladders = store.ladders();
    for (const [slot, told] of this.#ladders) {
      const kept = ladders.get(slot);
      const where = slot === EVERYBODY ? 'everybody’s ladder' : `the ladder of slot ${slot}`;
      if ((told.steps === AS_EVERYBODY) !== (kept === undefined))
        report(where, kept === undefined ? 'it was set, and is missing' : 'it was taken away, and is there');
      else if (
        kept !== undefined &&
        (stepsText(kept.steps) !== told.steps || kept.disclose !== told.disclose)
      )
        report(where, 'it is not the one that was recorded last');
    }
  }
}
