// A stored day with a year of others behind it, for what must not take longer with the years. The older rows are the day's
// own under numbers below zero: they are never opened, and fill the tables and their indices as a year does.

import { cpSync } from 'node:fs';
import Database from 'better-sqlite3';
import { keyFileOf } from './server.ts';

/** Tables by file: the column by which a day goes back, another that goes with it, and by how much a batch. */
const TABLES = {
  'hub.db': [
    ['batch', 'sequence', '', 1],
    ['segment', 'id', '', 65_536],
  ],
  'ledger/ledger.db': [
    ['entry', 'idx', 'sequence', 1],
    // A tree has as many full subtrees as leaves, and less than as many above them.
    ['node', 'id', '', 2],
    ['checkpoint', 'size', '', 1],
  ],
} as const;

/** Copies a hub's data and puts `days` days before it. @returns how many batches lie in it */
export function putDaysBefore(directory: string, into: string, batches: number, days: number): number {
  cpSync(directory, into, { recursive: true });
  cpSync(keyFileOf(directory), keyFileOf(into));
  cpSync(`${directory}.mark`, `${into}.mark`);
  for (const [file, tables] of Object.entries(TABLES)) {
    const db = new Database(`${into}/${file}`);
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -200000');
    for (const [table, key, second, shift] of tables)
      copyBack(db, { table, key, second, shift: shift * batches }, days);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
  }
  return batches * (days + 1);
}

type Copied = {
  readonly table: string;
  readonly key: string;
  readonly second: string;
  readonly shift: number;
};

/** The oldest day first: rows come in the order of their numbers, as they did when they were written. */
function copyBack(db: Database.Database, { table, key, second, shift }: Copied, days: number): void {
  const columns = db
    .prepare<[], { name: string; hidden: number }>(`SELECT name, hidden FROM pragma_table_xinfo('${table}')`)
    .all()
    .filter(({ hidden }) => hidden === 0)
    .map(({ name }) => name);
  const taken = columns.map((name) => (name === key || name === second ? `${name} - @by` : name));
  const copy = db.prepare(
    `INSERT INTO ${table} (${columns}) SELECT ${taken} FROM ${table} WHERE ${key} >= 0 AND ${key} < @shift ORDER BY ${key}`,
  );
  db.transaction(() => {
    for (let day = days; day > 0; day--) copy.run({ by: day * shift, shift });
  })();
}
