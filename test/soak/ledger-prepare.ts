// A home that has been running for a while: 240 entries, so that a life of a few rounds fills the first tile of 256.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Books } from './ledger-books.ts';
import {
  append,
  cosign,
  HUBS,
  openLedgerIn,
  openWitnessIn,
  placesIn,
  publish,
  statementOf,
} from './ledger-home.ts';

const ENTRIES = 240;

/** Makes it, and returns the books of it. `began: false` leaves the ledger to be made by its first life. */
export function prepareHome(home: string, { began = true }: { readonly began?: boolean } = {}): Books {
  const books = new Books();
  const { ledger: ledgerPath, mark, witness: witnessPath } = placesIn(home);
  for (const path of [ledgerPath, mark, witnessPath]) mkdirSync(dirname(path), { recursive: true });
  const witness = openWitnessIn(home, true);
  if (began) {
    const ledger = openLedgerIn(home);
    for (let n = 0; n < ENTRIES; n += 60) {
      const notes = Array.from({ length: 60 }, (_, i) =>
        statementOf((n + i) % HUBS.length, Math.floor((n + i) / HUBS.length)),
      );
      books.take(append(ledger, notes));
      cosign(ledger, witness, (one) => books.take(one));
      books.take(publish(ledger, home));
    }
    ledger.close();
  }
  witness.close();
  return books;
}
