// The notes of a hub's patients: writing one, and reading a page of them. Whoever may is decided before (people/permission.ts),
// save for which of them a reader may read: the patient and their family read what is shared with them.

import type { Asker } from '../alarms/limit-change.ts';
import { HeartwoodError } from '../error.ts';
import { may, type Viewer } from '../people/permission.ts';
import type { Vault } from '../vault.ts';
import { type Note, type NoteAsked, noteDetail } from './note.ts';
import { NoteStore, type Opened } from './note-store.ts';

/** A note as a page gets it (docs/spec/notes.md). `at`: hub's clock, ms since 1970. */
export type FeedNote = Pick<Note, 'number' | 'by' | 'kind' | 'shared' | 'text'> & {
  readonly at: number;
  readonly about?: number;
  /** The note that corrects or withdraws this one. */
  readonly replaced?: { readonly kind: 'correction' | 'withdrawal'; readonly number: number };
};
export type NotePage = {
  /** The newest first. One that does not open is told of by its number. */
  readonly notes: readonly (FeedNote | { readonly number: number; readonly damaged: true })[];
  /** Whoever wants older ones asks again with this `before`; absent: there are none. */
  readonly before?: number;
};

const PAGE_NOTES = 50;
/** Of one patient. With it what a page has to be looked through for is bounded. */
const NOTES_MAX = 10_000;

export class Notebook {
  readonly #vault: Vault;
  readonly #store: NoteStore;
  /** By slot: by note, the one that corrects or withdraws it. Made when it is first asked for. */
  readonly #replaced = new Map<number, Map<number, Note>>();

  constructor(vault: Vault) {
    this.#vault = vault;
    this.#store = new NoteStore(vault);
  }

  /** How many there are of a patient. */
  count(slot: number): number {
    return this.#store.count(slot);
  }

  /** Writes one. On disk when it returns. @throws HeartwoodError not-found, unacceptable */
  write(slot: number, asked: NoteAsked, { by, person, atMs }: Asker): FeedNote {
    const number = this.#store.count(slot) + 1;
    if (number > NOTES_MAX)
      throw unacceptable(`There are ${NOTES_MAX} notes on this patient, and no room for more.`);
    const written = { number, atMs, by, person, text: asked.text };
    const note: Note =
      asked.kind === 'note'
        ? { ...written, kind: 'note', shared: asked.shared }
        : {
            ...written,
            kind: asked.kind,
            about: asked.about,
            shared: this.#standing(slot, asked.about).shared,
          };
    this.#vault.store.transaction(() => {
      this.#store.add(slot, note);
      this.#vault.recordEvent('note-written', noteDetail(slot, note));
    });
    if (note.about !== undefined) this.#replacedOf(slot).set(note.about, note);
    return this.#toFeed(slot, note);
  }

  /** The newest that a reader may read, below a number where they have the others. */
  page(slot: number, reader: Viewer, before: number = Number.MAX_SAFE_INTEGER): NotePage {
    const notes: (FeedNote | Extract<Opened, { damaged: true }>)[] = [];
    for (const note of this.#store.before(slot, before)) {
      const shared = !('damaged' in note) && note.shared;
      if (!may(reader, { do: 'read-note', slot, shared })) continue;
      if (notes.length === PAGE_NOTES) return { notes, before: notes.at(-1)?.number ?? before };
      notes.push('damaged' in note ? note : this.#toFeed(slot, note));
    }
    return { notes };
  }

  /** A note that nothing has corrected or withdrawn. */
  #standing(slot: number, number: number): Note {
    const note = this.#store.one(slot, number);
    if (note === undefined) throw new HeartwoodError('not-found', `There is no note ${number}.`);
    if ('damaged' in note) throw unacceptable(`Note ${number} cannot be opened: heartwood fsck says why.`);
    if (note.kind === 'withdrawal') throw unacceptable('A withdrawal stands: write a new note.');
    const by = this.#replacedOf(slot).get(number);
    if (by !== undefined)
      throw unacceptable(
        `Note ${number} was ${by.kind === 'correction' ? 'corrected' : 'withdrawn'} meanwhile, by note ${by.number} of ${by.by}.`,
      );
    return note;
  }

  #replacedOf(slot: number): Map<number, Note> {
    let replaced = this.#replaced.get(slot);
    if (replaced === undefined) {
      replaced = new Map();
      for (const note of this.#store.before(slot, Number.MAX_SAFE_INTEGER))
        if (!('damaged' in note) && note.about !== undefined) replaced.set(note.about, note);
      this.#replaced.set(slot, replaced);
    }
    return replaced;
  }

  #toFeed(slot: number, { number, atMs, by, kind, about, shared, text }: Note): FeedNote {
    const replaced = this.#replacedOf(slot).get(number);
    return {
      number,
      at: atMs,
      by,
      kind,
      shared,
      text,
      ...(about !== undefined && { about }),
      ...(replaced !== undefined && {
        replaced: { kind: replaced.kind as 'correction' | 'withdrawal', number: replaced.number },
      }),
    };
  }
}

const unacceptable = (why: string): HeartwoodError => new HeartwoodError('unacceptable', why);
