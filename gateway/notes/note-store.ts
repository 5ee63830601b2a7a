// Notes on disk: one sealed row each, written once, in one commit with the event that tells of it. The event is what is proved;
// the row is what a page is given without looking through the record.

import type { Statement } from 'better-sqlite3';
import type { Keyring } from '../keys/keyring.ts';
import { place, SealBroken } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';
import type { Note } from './note.ts';

export type NoteRow = { readonly slot: number; readonly number: number; readonly sealed: Buffer };
/** A row that does not open is told of as such, and hides none of the others. */
export type Opened = Note | { readonly number: number; readonly damaged: true };

const SQL = {
  all: 'SELECT slot, number, sealed FROM note ORDER BY slot, number',
  last: 'SELECT max(number) FROM note WHERE slot = ?',
  one: 'SELECT slot, number, sealed FROM note WHERE slot = ? AND number = ?',
  from: 'SELECT slot, number, sealed FROM note WHERE slot = ? AND number < ? ORDER BY number DESC',
  add: 'INSERT INTO note (slot, number, sealed) VALUES (?, ?, ?)',
} as const;

export class NoteStore {
  readonly #keyring: Keyring;
  readonly #all: Statement<[], NoteRow>;
  readonly #last: Statement<[number], number | null>;
  readonly #one: Statement<[number, number], NoteRow>;
  readonly #from: Statement<[number, number], NoteRow>;
  readonly #add: Statement<[number, number, Buffer]>;

  constructor({ db, keyring }: { readonly db: Db; readonly keyring: Keyring }) {
    this.#keyring = keyring;
    this.#all = db.prepare<[], NoteRow>(SQL.all);
    this.#last = db.prepare<[number], number | null>(SQL.last).pluck();
    this.#one = db.prepare<[number, number], NoteRow>(SQL.one);
    this.#from = db.prepare<[number, number], NoteRow>(SQL.from);
    this.#add = db.prepare<[number, number, Buffer]>(SQL.add);
  }

  /** How many notes a patient has: their numbers are from 1 on. */
  count(slot: number): number {
    return this.#last.get(slot) ?? 0;
  }

  /** Undefined where there is none. */
  one(slot: number, number: number): Opened | undefined {
    const row = this.#one.get(slot, number);
    return row && this.#opened(row);
  }

  /** A patient's notes below a number, the newest first. */
  *before(slot: number, number: number): Generator<Opened> {
    for (const row of this.#from.all(slot, number)) yield this.#opened(row);
  }

  /** Of everybody, by slot and number. @throws SealBroken from the row that was altered */
  *all(): Generator<readonly [slot: number, note: Note]> {
    for (const row of this.#all.all()) yield [row.slot, this.open(row)];
  }

  rows(): readonly NoteRow[] {
    return this.#all.all();
  }

  /** @throws SealBroken */
  open({ slot, number, sealed }: NoteRow): Note {
    return JSON.parse(this.#keyring.open(place('note', slot, number), sealed).toString()) as Note;
  }

  /** Call inside a transaction. */
  add(slot: number, note: Note): void {
    const sealed = this.#keyring.seal(place('note', slot, note.number), Buffer.from(JSON.stringify(note)));
    this.#add.run(slot, note.number, sealed);
  }

  #opened(row: NoteRow): Opened {
    try {
      return this.open(row);
    } catch (error) {
      if (error instanceof SealBroken) return { number: row.number, damaged: true };
      throw error;
    }
  }
}
