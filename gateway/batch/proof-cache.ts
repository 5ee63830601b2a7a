// Proofs that a ledger elsewhere gave, kept so that the newest batches can be proved with the internet down. There is
// nothing secret in them. A year of them would outweigh the readings, so the oldest leave; the ledger has them all.
// A power cut may cost the newest of them, and nothing else.

import { join } from 'node:path';
import Database from 'better-sqlite3';

const SCHEMA = `CREATE TABLE IF NOT EXISTS proof (
  id INTEGER PRIMARY KEY, origin TEXT NOT NULL, sequence INTEGER NOT NULL, proof TEXT NOT NULL,
  UNIQUE (origin, sequence)) STRICT`;
const PUT = 'INSERT OR REPLACE INTO proof (origin, sequence, proof) VALUES (?, ?, ?)';
const GET = 'SELECT proof FROM proof WHERE origin = ? AND sequence = ?';
const DROP = 'DELETE FROM proof WHERE id <= (SELECT max(id) FROM proof) - ?';

/** A day at one a 10 s: some 12 MB. */
const PROOFS_MAX = 8640;

export type CachedProof = { readonly origin: string; readonly sequence: number; readonly proof: string };

export class ProofCache {
  readonly #db: Database.Database;
  readonly #proofsMax: number;

  constructor(directory: string, proofsMax: number = PROOFS_MAX) {
    this.#db = new Database(join(directory, 'proofs.db'), { timeout: 5_000 });
    this.#proofsMax = proofsMax;
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = NORMAL');
    this.#db.exec(SCHEMA);
  }

  put(proofs: readonly CachedProof[]): void {
    if (proofs.length === 0) return;
    const put = this.#db.prepare(PUT);
    this.#db
      .transaction(() => {
        for (const { origin, sequence, proof } of proofs) put.run(origin, sequence, proof);
        this.#db.prepare(DROP).run(this.#proofsMax);
      })
      .immediate();
  }

  get(origin: string, sequence: number): string | undefined {
    return this.#db.prepare<[string, number], { proof: string }>(GET).get(origin, sequence)?.proof;
  }

  close(): void {
    this.#db.close();
  }
}
