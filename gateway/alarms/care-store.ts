// What people have set and seen of a patient, on disk: one sealed row a patient, in the same commit as the event that
// tells of it. `changes` counts those events: an older row put back in its place knows fewer than the record tells of.

import type { Statement } from 'better-sqlite3';
import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';
import type { OwnLimits } from './limits.ts';
import type { Charted } from './score.ts';

export type Care = {
  /** How many changes there have been: each event names its own. */
  readonly changes: number;
  readonly limits: OwnLimits;
  /** What nothing that is worn can tell. */
  readonly charted: Charted;
};

export const NO_CARE: Care = { changes: 0, limits: {}, charted: {} };

type Row = { readonly slot: number; readonly sealed: Buffer };

const SQL = {
  all: 'SELECT slot, sealed FROM care ORDER BY slot',
  put: 'INSERT OR REPLACE INTO care (slot, sealed) VALUES (?, ?)',
} as const;

export class CareStore {
  readonly #keyring: Keyring;
  readonly #all: Statement<[], Row>;
  readonly #put: Statement<[number, Buffer]>;

  constructor(db: Db, keyring: Keyring) {
    this.#keyring = keyring;
    this.#all = db.prepare<[], Row>(SQL.all);
    this.#put = db.prepare<[number, Buffer]>(SQL.put);
  }

  /** By slot. @throws SealBroken when a row was altered */
  load(): Map<number, Care> {
    return new Map(
      this.#all.all().map(({ slot, sealed }): [number, Care] => {
        return [slot, JSON.parse(this.#keyring.open(place('care', slot), sealed).toString())];
      }),
    );
  }

  /** In the place of what was kept before. Call inside a transaction. */
  put(slot: number, care: Care): void {
    this.#put.run(slot, this.#keyring.seal(place('care', slot), Buffer.from(JSON.stringify(care))));
  }
}
