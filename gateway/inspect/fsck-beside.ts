// What stands beside the rows, and decides what they come to: the database's own make (a trigger could rewrite each
// row as it comes), and the policy file, by whose keys strangers check what this hub proves.

import { existsSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { keptLedgerChoice } from '../batch/elsewhere-choice.ts';
import { policyPath, policyText } from '../hub/start.ts';
import { createTables, type Db } from '../store/database.ts';
import type { Vault } from '../vault.ts';
import type { Report } from './fsck.ts';

type Part = { readonly type: string; readonly name: string; readonly on: string; readonly sql: string };

/** Tables, columns, indexes, triggers and views, compared with those of a database that was made a moment ago. */
export function checkSchema(db: Db, report: Report): void {
  const fresh = new Database(':memory:');
  try {
    createTables(fresh);
    const ours = partsOf(fresh);
    const found = partsOf(db);
    for (const [name, part] of found) {
      const own = ours.get(name);
      if (own === undefined) report(`the ${plain(name)}`, 'Heartwood makes none of that name');
      else if (own.sql !== part.sql || own.on !== part.on)
        report(`the ${name}`, 'Heartwood makes it otherwise');
    }
    for (const name of ours.keys()) if (!found.has(name)) report(`the ${name}`, 'it is missing');
  } finally {
    fresh.close();
  }
}

/** Whoever made it chose its name: it is shown without what could speak to a terminal. */
const plain = (name: string): string => name.replaceAll(/[^\w ]/g, '?').slice(0, 80);

function partsOf(db: Db): Map<string, Part> {
  const rows = db
    .prepare('SELECT type, name, tbl_name AS "on", coalesce(sql, \'\') AS sql FROM sqlite_master')
    .all() as Part[];
  return new Map(
    rows.map((row) => [`${row.type} ${row.name}`, { ...row, sql: row.sql.replaceAll(/\s+/g, ' ') }]),
  );
}

/** The policy must name the keys of this hub and its ledger and no others; its witnesses are the owner's choice. */
export function checkPolicy(vault: Vault, report: Report): void {
  const { directory, identity } = vault;
  const path = policyPath(directory);
  const where = 'policy.txt';
  if (!existsSync(path)) {
    report(where, 'it is missing; the hub writes it again when it starts');
    return;
  }
  const ours = new Set(keyLines(policyText(identity, undefined, keptLedgerChoice(vault))));
  const found = new Set(keyLines(readFileSync(path, 'utf8')));
  const kind = (line: string): string => line.slice(0, line.indexOf(' '));
  for (const line of ours)
    if (!found.has(line)) report(where, `it does not name the ${kind(line)} key of this hub`);
  for (const line of found)
    if (!ours.has(line)) report(where, `it names a ${kind(line)} key that is not this hub's`);
}

const keyLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => /^(hub|log) /.test(line));
