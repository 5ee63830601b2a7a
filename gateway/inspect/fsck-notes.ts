// What the record tells of notes, compared with what is kept: each note has its event and says what the event says, so that
// none can be added, changed, swapped or taken away by whoever writes rows.

import type { HubEvent } from '@heartwood/vitals';
import { SealBroken } from '../keys/seal.ts';
import { noteDetail } from '../notes/note.ts';
import { type NoteRow, NoteStore } from '../notes/note-store.ts';
import type { Vault } from '../vault.ts';
import type { Report } from './fsck.ts';

const said = (detail: HubEvent['detail']): string => JSON.stringify(Object.entries(detail).sort());

export class NotesMentioned {
  /** By slot and number: what the event says. */
  readonly #told = new Map<string, string>();

  event({ name, detail }: HubEvent): void {
    if (name === 'note-written') this.#told.set(`${detail['slot']} ${detail['note']}`, said(detail));
  }

  compare(vault: Vault, report: Report): void {
    const store = new NoteStore(vault);
    for (const row of store.rows()) {
      const key = `${row.slot} ${row.number}`;
      const told = this.#told.get(key);
      this.#told.delete(key);
      const where = `note ${row.number} of slot ${row.slot}`;
      if (told === undefined) report(where, 'nothing in the record tells of it');
      else if (kept(store, row) !== told) report(where, 'it is not what was recorded');
    }
    for (const key of this.#told.keys()) {
      const [slot, number] = key.split(' ');
      report(`note ${number} of slot ${slot}`, 'it was recorded, and is missing');
    }
  }
}

function kept(store: NoteStore, row: NoteRow): string | undefined {
  try {
    return said(noteDetail(row.slot, store.open(row)));
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}
