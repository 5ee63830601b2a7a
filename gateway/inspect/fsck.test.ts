// One change on the card, anywhere, is found: every table, every column, deletions, swaps and reorderings.

import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLedger, openLedgerReader } from '@heartwood/anchor/node';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeartwoodError } from '../error.ts';
import { ledgerPath } from '../hub/epoch-files.ts';
import { addPerson, logInByCode } from '../people/access.ts';
import { createLoginCode } from '../people/login-code.ts';
import { type Db, databasePath } from '../store/database.ts';
import { addContact, setLadder } from '../telling/arrange.ts';
import { EVERYBODY } from '../telling/telling-store.ts';
import { AT, Home, heartRate, message } from '../testing.ts';
import { Vault } from '../vault.ts';
import { type FsckReport, fsck, type Problem } from './fsck.ts';

let home: Home;
let folder: string;
/** A store with several batches, patients, epochs, a quarantine, waiting rows and a login code. */
beforeAll(async () => {
  home = new Home();
  home.nowMs = Date.UTC(2026, 10, 21, 23, 59, 45);
  const { hub } = await home.start();
  await home.enroll('Ada', 'strap-1');
  const bea = await home.enroll('Bea', 'strap-2');
  // Too little sugar by two limits: two alarms.
  home.send('strap-1', message(200, { kind: 'glucose', value: 50 }, home.nowMs));
  hub.watch.look();
  const who = { by: 'Dr Vale', person: 1, atMs: home.nowMs };
  hub.watch.care.setLimit(1, 'glucose-low', { kind: 'set', limit: 65, why: 'hungry' }, who);
  hub.notes.write(1, { kind: 'note', shared: false, text: 'Ate little.' }, who);
  hub.notes.write(1, { kind: 'correction', about: 1, text: 'Ate nothing.' }, who);
  for (let n = 0; n < 6; n++) {
    if (n !== 3) home.send('strap-1', heartRate(n, 70 + n), heartRate(100 + n, 60));
    if (n % 2 === 0) home.send('strap-2', heartRate(n, 80 + n, home.nowMs));
    home.sendBytes('strap-1', Buffer.from(`bad ${n}`));
    if (n === 4) home.hand('strap-1', bea);
    await home.interval();
  }
  home.send('strap-1', heartRate(50, 75));
  home.send('strap-2', heartRate(51, 76));
  home.send('strap-2', heartRate(52, 77));
  const { code } = addPerson(hub.vault, { name: 'Dr Vale', role: 'clinician', patients: [1] });
  logInByCode(hub.vault, code);
  createLoginCode(hub.vault);
  const { number: contact } = addContact(hub.vault, { name: 'Bea', mail: 'bea@example.org' });
  setLadder(hub.vault, EVERYBODY, {
    steps: [{ after: 0, contact, channels: ['mail'], from: 'low' }],
    disclose: 'nothing',
  });
  hub.teller.step();
  home.crash();
});
afterAll(() => home.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heartwood-fsck-'));
  cpSync(home.settings.directory, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function change(work: (db: Db) => void): void {
  const db = new Database(databasePath(folder));
  work(db);
  db.close();
}

/** As the command does it: the vault opened anew, the store against the ledger, then the ledger. */
function check(): FsckReport | HeartwoodError {
  let vault: Vault;
  try {
    vault = Vault.open({ ...home.settings, directory: folder, clock: () => home.nowMs }, 'read');
  } catch (error) {
    if (error instanceof HeartwoodError) return error;
    throw error;
  }
  const ledger = openLedgerReader(ledgerPath(folder));
  try {
    const { origin } = vault.identity;
    return fsck(vault, (sequence) => ledger.entry({ origin, sequence })?.note);
  } finally {
    ledger.close();
    vault.close();
  }
}

const problems = (): readonly Problem[] => {
  const report = check();
  return report instanceof HeartwoodError ? [{ where: 'the data', what: report.message }] : report.problems;
};
const wheres = (): string[] => problems().map((one) => one.where);

describe('a clean store', () => {
  it('is clean, and everything in it was looked at', () => {
    expect(check()).toEqual({
      batches: 6,
      last: 5,
      epochs: [],
      segments: 9,
      entries: 20,
      erased: 0,
      letGo: 0,
      staged: 7,
      problems: [],
    });
  });
});

type Column = { readonly table: string; readonly column: string; readonly rows: number };
const TABLES = [
  'meta',
  'patient',
  'device',
  'assignment',
  'epoch',
  'staged',
  'cursor',
  'latest',
  'alarm',
  'care',
  'note',
  'telling',
  'segment',
  'summary',
  'batch',
  'quarantine',
  'login_code',
  'person',
  'session',
];

function columns(): Column[] {
  const db = new Database(databasePath(home.settings.directory), { readonly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  expect(tables.sort()).toEqual([...TABLES].sort());
  const found = TABLES.flatMap((table) => {
    const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    const names = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[];
    return names.map((column) => ({ table, column, rows }));
  });
  db.close();
  return found;
}

describe('a fact about the hub', () => {
  it('that was altered is found by its name, also one that nothing needs while it starts', () => {
    change((db) => db.exec("INSERT INTO meta (name, value) VALUES ('witnessed-only', randomblob(40))"));
    expect(wheres()).toContain('the fact witnessed-only');
  });
});

describe('one changed value', () => {
  it('in every column of every row of every table is found, and named', () => {
    const all = columns();
    expect(all.length).toBeGreaterThan(35);
    for (const { table, column, rows } of all) {
      expect(rows, table).toBeGreaterThan(0);
      for (let row = 0; row < rows; row++) {
        for (const way of ['first', 'last'] as const) {
          cpSync(databasePath(home.settings.directory), databasePath(folder));
          let key: Record<string, unknown> = {};
          change((db) => {
            const before = db.prepare(`SELECT * FROM ${table} LIMIT 1 OFFSET ?`).get(row) as Record<
              string,
              unknown
            >;
            key = before;
            const value = before[column];
            const where = Object.keys(before)
              .filter((name) => !(table === 'segment' && (name === 'batch' || name === 'slot')))
              .map((name) => `${name} = @${name}`);
            const other = changed(value, way);
            db.prepare(`UPDATE ${table} SET ${column} = @changed WHERE ${where.join(' AND ')}`).run({
              ...before,
              changed: other,
            });
          });
          const found = wheres();
          const what = `${table}.${column}, row ${row}, ${way}`;
          expect(found, what).not.toEqual([]);
          if (
            column === 'sealed' ||
            column === 'wrapped' ||
            column === 'root' ||
            column === 'signature' ||
            column === 'previous'
          ) {
            if (table === 'segment')
              expect(found, what).toContain(`batch ${key['batch']}, slot ${key['slot']}`);
            if (table === 'batch') expect(found, what).toContain(`batch ${key['sequence']}`);
            if (table === 'staged')
              expect(found.join(), what).toContain(`waiting row ${key['id']} of batch 6`);
            if (table === 'epoch')
              expect(found, what).toContain(`the key of slot ${key['slot']}, epoch ${key['number']}`);
          }
        }
      }
    }
  }, 120_000);
});

/** Another value of the same type, that no other row has. */
function changed(value: unknown, way: 'first' | 'last'): unknown {
  if (typeof value === 'number') return way === 'first' ? value + 1_000_003 : -value - 7;
  if (typeof value === 'string') return `${value}x`;
  const bytes = Buffer.from(value as Uint8Array);
  const at = way === 'first' ? 0 : bytes.length - 1;
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}

describe('rows that were taken, moved or exchanged', () => {
  const sql = (...statements: string[]): void => change((db) => db.exec(statements.join(';')));

  it.each([0, 2, 3, 5])('batch %i without its statement', (sequence) => {
    sql(`DELETE FROM batch WHERE sequence = ${sequence}`);
    expect(
      wheres().some((where) => where.startsWith(`batch ${sequence}`) || where === `batch ${sequence + 1}`),
    ).toBe(true);
  });

  it('the last batch with all that belongs to it', () => {
    sql('DELETE FROM batch WHERE sequence = 5', 'DELETE FROM segment WHERE batch = 5', 'DELETE FROM staged');
    expect(problems()).toEqual([
      { where: 'batch 5', what: expect.stringContaining('the ledger holds its statement') },
    ]);
  });

  it('a segment', () => {
    sql('DELETE FROM segment WHERE batch = 2 AND slot = 1');
    expect(wheres()).toContain('batch 2');
  });

  it('two segments with their contents exchanged', () => {
    change((db) => {
      const [a, b] = db.prepare('SELECT id, sealed FROM segment WHERE slot = 1 LIMIT 2').all() as {
        id: number;
        sealed: Buffer;
      }[];
      const put = db.prepare('UPDATE segment SET sealed = ? WHERE id = ?');
      put.run(b?.sealed, a?.id);
      put.run(a?.sealed, b?.id);
    });
    expect(wheres()).toEqual(['batch 0, slot 1', 'batch 1, slot 1']);
  });

  it('two whole segments, exchanged', () => {
    sql(
      'UPDATE segment SET id = -1 WHERE batch = 1 AND slot = 1',
      'UPDATE segment SET id = 1 * 65536 + 1 WHERE batch = 2 AND slot = 1',
      'UPDATE segment SET id = 2 * 65536 + 1 WHERE id = -1',
    );
    expect(wheres()).toEqual(
      expect.arrayContaining(['batch 1, slot 1', 'batch 2, slot 1', 'batch 1', 'batch 2']),
    );
  });

  it('two batches in the other order', () => {
    sql(
      'UPDATE batch SET sequence = -1 WHERE sequence = 2',
      'UPDATE batch SET sequence = 2 WHERE sequence = 3',
      'UPDATE batch SET sequence = 3 WHERE sequence = -1',
    );
    expect(wheres()).toEqual(expect.arrayContaining(['batch 2', 'batch 3']));
  });

  it('a waiting row, the key of a day, a patient, a device', () => {
    const each = [
      ['DELETE FROM staged WHERE id = 1', 'waiting row 2'],
      ['DELETE FROM epoch WHERE slot = 1 AND number = 0', 'the key of slot 1, epoch 0'],
      ['DELETE FROM patient WHERE slot = 2', 'batch 0, slot 2'],
      ['DELETE FROM device WHERE number = 1', 'batch 0, slot 1'],
    ] as const;
    for (const [statement, where] of each) {
      copyFileSync(databasePath(home.settings.directory), databasePath(folder));
      sql(statement);
      expect(wheres().join('; '), statement).toContain(where);
    }
  });

  it('the limits and charts of a patient, as a whole or by an older copy', () => {
    sql('DELETE FROM care');
    expect(problems()).toEqual([
      { where: 'the limits and charts of slot 1', what: '1 changes were recorded, and 0 are kept' },
    ]);
  });

  it('a contact and a ladder, taken away', () => {
    sql('DELETE FROM telling WHERE kind < 3');
    expect(problems()).toEqual([
      { where: 'the contact 1', what: 'it was added, and is missing' },
      { where: 'everybody’s ladder', what: 'it was set, and is missing' },
    ]);
  });

  it('a batch that says it has millions of slots is not counted through', () => {
    sql('UPDATE batch SET slots = 1073741824 WHERE sequence = 1');
    expect(wheres()).toContain('batch 1');
  });
});

describe('the ledger file', () => {
  const ledgerProblems = (): readonly unknown[] => {
    const vault = Vault.open({ ...home.settings, directory: folder, clock: () => AT }, 'read');
    const { signer, ledgerSigner } = vault.identity;
    vault.close();
    try {
      return checkLedger(ledgerPath(folder), ledgerSigner, [signer]).problems;
    } catch (error) {
      return [error];
    }
  };

  it('is clean, and each changed entry, hash or checkpoint in it is found', () => {
    expect(readdirSync(join(folder, 'ledger'))).toContain('ledger.db');
    expect(ledgerProblems()).toEqual([]);
    const db = new Database(ledgerPath(folder));
    const tables = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all() as string[];
    const cells = tables.flatMap((table) =>
      (db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[]).map(
        (column) => ({
          table,
          column,
          rows: db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number,
        }),
      ),
    );
    db.close();
    let found = 0;
    for (const { table, column, rows } of cells) {
      if (rows === 0 || !/note|hash|root/.test(column)) continue;
      copyFileSync(ledgerPath(home.settings.directory), ledgerPath(folder));
      const file = new Database(ledgerPath(folder));
      const value = file.prepare(`SELECT ${column} FROM ${table} LIMIT 1`).pluck().get();
      file
        .prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`)
        .run(changed(value, 'last'), value);
      file.close();
      expect(ledgerProblems(), `${table}.${column}`).not.toEqual([]);
      found += 1;
    }
    expect(found).toBeGreaterThan(1);
  });
});

it('misses nothing where the first batch was not closed yet', async () => {
  const cut = new Home();
  try {
    await cut.start();
    await cut.enroll('Ada', 'strap-1');
    cut.send('strap-1', heartRate(1, 70));
    cut.crash();
    const vault = cut.look();
    expect(fsck(vault, () => undefined)).toMatchObject({ batches: 0, problems: [] });
    vault.close();
  } finally {
    cut.remove();
  }
});
