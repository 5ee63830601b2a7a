// Alarms on disk: one sealed row a patient, so that neither a restart nor a power cut loses one or raises it twice.

import type { Statement } from 'better-sqlite3';
import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';
import type { Alarm } from './engine.ts';

type Row = { readonly slot: number; readonly sealed: Buffer };

const SQL = {
  all: 'SELECT slot, sealed FROM alarm ORDER BY slot',
  put: 'INSERT OR REPLACE INTO alarm (slot, sealed) VALUES (?, ?)',
} as const;

export class AlarmStore {
  readonly #keyring: Keyring;
  readonly #all: Statement<[], Row>;
  readonly #put: Statement<[number, Buffer]>;

  constructor(db: Db, keyring: Keyring) {
    this.#keyring = keyring;
    this.#all = db.prepare<[], Row>(SQL.all);
    this.#put = db.prepare<[number, Buffer]>(SQL.put);
  }

  /** @throws SealBroken when a row was altered */
  load(): Alarm[] {
    return this.#all.all().flatMap(({ slot, sealed }): Alarm[] => {
      return JSON.parse(this.#keyring.open(place('alarm', slot), sealed).toString());
    });
  }

  /** All alarms of a patient, in the place of those kept before. Call inside a transaction. */
  put(slot: number, alarms: readonly Alarm[]): void {
    this.#put.run(slot, this.#keyring.seal(place('alarm', slot), Buffer.from(JSON.stringify(alarms))));
  }
}
