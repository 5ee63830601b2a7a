// What was taken away or put back, and leaves every seal whole: rows that no number follows, cursors, the registry's
// history, things that Heartwood never made, and the file of keys beside the data.

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLedger, openLedgerReader } from '@heartwood/anchor/node';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statementOf } from '../batch/statement.ts';
import { ledgerPath } from '../hub/epoch-files.ts';
import { policyPath } from '../hub/start.ts';
import { enroll } from '../registry/enroll.ts';
import { type Db, databasePath } from '../store/database.ts';
import { Home, heartRate } from '../testing.ts';
import { Vault } from '../vault.ts';
import { fsck, type Problem } from './fsck.ts';

const given = (device: string, patient: string) => ({
  device,
  patient,
  label: 'strap',
  origin: 'simulator' as const,
});

let home: Home;
let folder: string;
/** Before the handover, with the same keys. */
let older: string;
/**
 * Ada has strap-1, then Bea has it; Bea has strap-2; Cleo and Dora have straps that never sent anything. Batch 0 has
 * the readings of strap-1, batch 1 those of strap-2, batch 2 those of strap-1 after the handover.
 */
beforeAll(async () => {
  home = new Home();
  const { hub } = await home.start();
  for (const [device, patient] of [
    ['strap-1', 'Ada'],
    ['strap-2', 'Bea'],
    ['strap-3', 'Cleo'],
    ['strap-4', 'Dora'],
  ] as const)
    await enroll(hub.vault, given(device, patient));
  home.send('strap-1', heartRate(0, 70), heartRate(1, 71), heartRate(5, 72));
  await home.interval();
  older = mkdtempSync(join(tmpdir(), 'heartwood-older-'));
  hub.vault.db.pragma('wal_checkpoint(TRUNCATE)');
  cpSync(home.settings.directory, older, { recursive: true });
  home.send('strap-2', { boot: 3, ...heartRate(0, 80) });
  for (let n = 0; n < 4; n++) home.sendBytes('strap-1', Buffer.from(`bad ${n}`));
  await home.interval();
  await enroll(hub.vault, given('strap-1', 'Bea'));
  home.send('strap-1', heartRate(6, 73, home.nowMs));
  await home.interval();
  home.send('strap-2', { boot: 3, ...heartRate(1, 81) });
  home.crash();
});
afterAll(() => {
  home.remove();
  rmSync(older, { recursive: true });
});
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
const sql = (statement: string): void => change((db) => db.exec(statement));

function problems(directory = folder): readonly Problem[] {
  const vault = Vault.open({ ...home.settings, directory, clock: () => home.nowMs }, 'read');
  const ledger = openLedgerReader(ledgerPath(directory));
  try {
    const { origin, signer, ledgerSigner } = vault.identity;
    expect(checkLedger(ledgerPath(directory), ledgerSigner, [signer]).problems).toEqual([]);
    return fsck(vault, (sequence) => ledger.entry({ origin, sequence })?.note).problems;
  } finally {
    ledger.close();
    vault.close();
  }
}
const told = (directory = folder): string =>
  problems(directory)
    .map(({ where, what }) => `${where}: ${what}`)
    .join('\n');

it('the untouched store is clean', () => {
  expect(problems()).toEqual([]);
  expect(problems(older)).toEqual([]);
});

describe('a cursor', () => {
  it('that was taken away is found, with the device and its first message', () => {
    sql('DELETE FROM cursor WHERE device = 1');
    expect(problems()).toEqual([
      {
        where: 'the cursor of device number 1',
        what: expect.stringMatching(/missing.* 4 messages .* sequence 0 in batch 0, slot 1/),
      },
    ]);
    sql('DELETE FROM cursor WHERE device = 2');
    expect(told()).toMatch(/cursor of device number 2: .* 1 messages .* sequence 0 in batch 1, slot 2/);
  });

  it('that was put back to an older one is found, once the device has sent more', () => {
    const from = new Database(databasePath(older), { readonly: true });
    const { sealed } = from.prepare('SELECT sealed FROM cursor WHERE device = 1').get() as { sealed: Buffer };
    from.close();
    change((db) => db.prepare('UPDATE cursor SET sealed = ? WHERE device = 1').run(sealed));
    expect(problems()).toEqual([
      {
        where: 'the cursor of device number 1',
        what: expect.stringMatching(/does not know 1 messages .* sequence 6 in batch 2, slot 2/),
      },
    ]);
  });

  it('that was taken away lets a message be stored twice: that is found too, also while it waits', async () => {
    const own = new Home();
    try {
      await own.start();
      await own.enroll('Ada', 'strap-1');
      own.send('strap-1', heartRate(0, 70));
      // More batches than a hub recalls at its start.
      for (let n = 0; n < 31; n++) await own.interval();
      own.crash();
      const db = new Database(databasePath(own.settings.directory));
      db.exec('DELETE FROM cursor');
      db.close();
      await own.start();
      expect(own.send('strap-1', heartRate(0, 70)).outcomes).toEqual(['stored']);
      const look = (): string[] =>
        fsck(own.hub.vault, () => undefined).problems.map(({ where, what }) => `${where}: ${what}`);
      const twice = 'message 0 of device number 1 is stored twice, here again';
      expect(look()).toContain(`waiting row 2 of batch 31, slot 1: ${twice}`);
      await own.interval();
      expect(look()).toEqual([`batch 31, slot 1: ${twice}`]);
    } finally {
      own.remove();
    }
  });

  it('of a device that skips, starts anew and is handed over within a message is no problem', async () => {
    const own = new Home();
    try {
      await own.start();
      await own.enroll('Ada', 'strap-1');
      const bea = await own.enroll('Bea', 'strap-2');
      own.nowMs += 2_000;
      own.hand('strap-1', bea);
      const at = own.nowMs;
      const [one] = heartRate(0, 70, at - 1_000).readings;
      const [two] = heartRate(0, 71, at).readings;
      if (one === undefined || two === undefined) throw new Error('no readings');
      expect(own.send('strap-1', { seq: 0, readings: [one, two, one] }).readings.map(({ id }) => id)).toEqual(
        ['0.1.0', '0.1.1', '0.2.0'],
      );
      await own.interval();
      for (let boot = 0; boot < 300; boot++) {
        own.send('strap-2', { boot, ...heartRate(2 * boot, 70) }, { boot, ...heartRate(7 + 2 * boot, 70) });
        if (boot % 100 === 0) await own.interval();
      }
      for (let n = 0; n < 2_500; n++) own.send('strap-1', heartRate(10 + 2 * n, 70));
      await own.interval();
      // The hub has forgotten the run of boot 0, and says so by storing it again.
      expect(own.send('strap-2', { boot: 0, ...heartRate(0, 70) }).outcomes).toEqual(['stored']);
      await own.interval();
      expect(fsck(own.hub.vault, () => undefined).problems).toEqual([]);
    } finally {
      own.remove();
    }
  }, 30_000);
});

describe('what Heartwood never made', () => {
  it.each([
    ['CREATE TRIGGER t AFTER INSERT ON staged BEGIN DELETE FROM staged; END', 'the trigger t'],
    ['CREATE TABLE batches (n INTEGER)', 'the table batches'],
    ['CREATE VIEW everything AS SELECT * FROM segment', 'the view everything'],
    ['CREATE INDEX i ON epoch (from_ms)', 'the index i'],
    ['ALTER TABLE latest ADD COLUMN note TEXT', 'the table latest'],
    ['ALTER TABLE login_code RENAME TO code; CREATE TABLE login_code (mac, expires_ms, sealed)', 'the table'],
  ])('%s', (statement, where) => {
    sql(statement);
    expect(told()).toContain(where);
  });

  it('a text where bytes belong is refused by the table; one that lets it in is a problem, not a fault', () => {
    const tables = ['staged', 'cursor', 'latest', 'segment', 'batch', 'quarantine'];
    for (const table of tables) {
      const column = table === 'batch' ? 'signature' : 'sealed';
      const alter = `UPDATE ${table} SET ${column} = 'a text that is long enough for a nonce and a tag'`;
      expect(() => sql(alter), table).toThrow(/TEXT value in BLOB column/);
      change((db) => {
        db.unsafeMode(true);
        db.pragma('writable_schema = ON');
        db.exec(`UPDATE sqlite_master SET sql = replace(sql, ' STRICT', '') WHERE name = '${table}'`);
      });
      sql(alter);
      const found = problems();
      expect(found.map(({ where }) => where)).toContain(`the table ${table}`);
      expect(found.length, table).toBeGreaterThan(1);
    }
  });

  it('a text where the seal of a device belongs keeps the data from being opened, with a sentence', () => {
    change((db) => {
      db.unsafeMode(true);
      db.pragma('writable_schema = ON');
      db.exec("UPDATE sqlite_master SET sql = replace(sql, ' STRICT', '') WHERE name = 'device'");
    });
    sql("UPDATE device SET sealed = 'a text that is long enough for a nonce and a tag' WHERE number = 1");
    expect(problems).toThrow(expect.objectContaining({ code: 'data-damaged' }));
  });
});

describe('the policy file', () => {
  const path = (): string => policyPath(folder);

  it('that lacks a key of this hub, has another or is gone is found', () => {
    const text = readFileSync(path(), 'utf8');
    const forged = text.replace(/^hub \S+?\+/m, 'hub somebody.example/else+');
    expect(forged).not.toBe(text);
    writeFileSync(path(), forged);
    expect(told()).toBe(
      "policy.txt: it does not name the hub key of this hub\npolicy.txt: it names a hub key that is not this hub's",
    );
    writeFileSync(path(), text.replace(/^log .*$/m, ''));
    expect(told()).toBe('policy.txt: it does not name the log key of this hub');
    rmSync(path());
    expect(told()).toContain('policy.txt: it is missing');
  });

  it('may name any witnesses', () => {
    appendFileSync(path(), 'witness W somebody.example/w+00000000+AAAA https://w.example\n# a remark\n');
    expect(problems()).toEqual([]);
  });
});

describe('a row of the registry that was taken away', () => {
  it.each([
    ['a patient with readings', 'DELETE FROM patient WHERE slot = 1', /the patient of slot 1: it is missing/],
    [
      'the newest patient, who has none',
      'DELETE FROM patient WHERE slot = 4; DELETE FROM assignment WHERE slot = 4; DELETE FROM epoch WHERE slot = 4',
      /the patient of slot 4: it is missing, and batch 0, slot 0 names it/,
    ],
    [
      'a patient between others',
      'DELETE FROM patient WHERE slot = 3; DELETE FROM epoch WHERE slot = 3',
      /the patient of slot 3: it is missing/,
    ],
    [
      'the newest device, which never sent anything',
      'DELETE FROM device WHERE number = 4; DELETE FROM assignment WHERE device = 4',
      /device number 4: it is missing, and batch 0, slot 0 names it/,
    ],
    [
      'the assignment of earlier readings',
      'DELETE FROM assignment WHERE id = 1',
      /device number 1, slot 1: no assignment covers the readings in batch 0, slot 1/,
    ],
    [
      'the newest assignment, with its readings in batch 2',
      'DELETE FROM assignment WHERE id = 5',
      /device number 1, slot 2: no assignment covers the readings in batch 2, slot 2/,
    ],
    [
      'an assignment that only an event tells of',
      'DELETE FROM assignment WHERE id = 4',
      /device number 4, slot 4: 1 handovers were recorded, and 0 are kept/,
    ],
    [
      'the latest readings',
      'DELETE FROM latest WHERE slot = 2',
      /the latest readings of slot 2: they are missing/,
    ],
    [
      'a message of the quarantine between others',
      'DELETE FROM quarantine WHERE id = 3',
      /the quarantine, message 3: it is missing/,
    ],
  ])('%s', (_, statement, says) => {
    sql(statement);
    expect(told()).toMatch(says);
  });

  it('an assignment that was put back to its older row is found', () => {
    const from = new Database(databasePath(older), { readonly: true });
    const row = from.prepare('SELECT until_ms, sealed FROM assignment WHERE id = 1').get();
    from.close();
    change((db) =>
      db.prepare('UPDATE assignment SET until_ms = @until_ms, sealed = @sealed WHERE id = 1').run(row),
    );
    expect(told()).toBe('assignment 1: it does not end where assignment 5 begins');
  });

  it('events that still wait are heard as well', async () => {
    const own = new Home();
    try {
      await own.start();
      await enroll(own.hub.vault, given('strap-1', 'Ada'));
      const { db } = own.hub.vault;
      db.exec('DELETE FROM device; DELETE FROM assignment');
      const found = fsck(own.hub.vault, () => undefined).problems.map(({ where }) => where);
      expect(found).toEqual(['device number 1', 'device number 1, slot 1']);
    } finally {
      own.remove();
    }
  });
});

it('a hub that closes batches while they are checked is no problem', async () => {
  const own = new Home();
  try {
    await own.start();
    await own.interval();
    const vault = own.look();
    let asked = 0;
    const report = fsck(vault, (sequence) => {
      // The second question comes from inside the read transaction.
      if (asked++ === 1) for (let n = 0; n < 3; n++) void own.interval();
      const row = own.hub.vault.store.batch(sequence);
      return row && statementOf(own.hub.vault, row);
    });
    vault.close();
    expect(asked).toBeGreaterThan(1);
    expect(own.hub.vault.store.lastBatch()?.sequence).toBe(3);
    expect(report).toMatchObject({ batches: 1, problems: [] });
    await own.hub.anchor();
  } finally {
    own.remove();
  }
});
