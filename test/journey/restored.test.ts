// Promise 6: a hub never signs a second history. Somebody puts an older copy of the data back, copies the card to a
// second box, drops a batch, or changes what was measured; the hub, or `fsck`, says so, and nothing is signed.

import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMessageJson } from '@heartwood/vitals';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { JOURNEY } from './program.ts';
import { sender } from './sender.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

let password: string | undefined;
/** Runs the hub for a few batches, with readings in them. */
async function live(from: number, count = 8): Promise<void> {
  const hub = await home.start('--interval-ms', '200');
  if (from === 1) password = await home.enroll('strap-1', 'Ada');
  const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password ?? '');
  for (let seq = from; seq < from + count; seq++) {
    await strap.send(
      encodeMessageJson({ seq, readings: [{ measurement: { kind: 'heart-rate', value: 60 + seq } }] }),
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await strap.end();
  expect(await hub.stop()).toBe(0);
}
const mark = (): string => `${home.data}.mark`;
const copy = (): string => {
  const to = join(home.folder, 'copy');
  cpSync(home.data, to, { recursive: true });
  return to;
};
const refusesToStart = async (says: RegExp): Promise<void> => {
  const { status, err } = await home.run('hub', '--mqtt-port', '0', '--http-port', '0');
  expect(err).toMatch(says);
  expect(err).not.toMatch(/ {4}at |Error:/);
  expect(status).toBe(3);
};

describe('a hub whose data was put back to an older state', JOURNEY, () => {
  it('signs nothing when its ledger knows better, and goes on when the newest data is back', async () => {
    await live(1);
    const older = copy();
    await live(9);
    const newest = join(home.folder, 'newest');
    renameSync(home.data, newest);
    cpSync(older, home.data, { recursive: true });
    rmSync(join(home.data, 'ledger'), { recursive: true });
    cpSync(join(newest, 'ledger'), join(home.data, 'ledger'), { recursive: true });
    const before = readFileSync(join(home.data, 'ledger/ledger.db'));
    await refusesToStart(/restored from an older copy\. The hub signs nothing now/);
    expect(readFileSync(join(home.data, 'ledger/ledger.db')).equals(before)).toBe(true);
    rmSync(home.data, { recursive: true });
    renameSync(newest, home.data);
    await live(17);
    expect((await home.exported()).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 1),
    );
  });

  it('is told by its mark when the whole folder was put back, ledger and all', async () => {
    await live(1);
    const old = copy();
    await live(9);
    rmSync(home.data, { recursive: true });
    renameSync(old, home.data);
    await refusesToStart(/The hub signs nothing: .*data\.mark/);
  });

  it('signs nothing when two boxes have gone on from the same card', async () => {
    await live(1);
    const card = copy();
    const markOfCard = readFileSync(mark());
    await live(9);
    const one = join(home.folder, 'one');
    renameSync(home.data, one);
    // The second box has a mark of its own, as the card's was when it was copied.
    const markOfOne = readFileSync(mark());
    renameSync(card, home.data);
    writeFileSync(mark(), markOfCard);
    await live(9, 16);
    // The second box is given the first one's ledger.
    rmSync(join(home.data, 'ledger'), { recursive: true });
    cpSync(join(one, 'ledger'), join(home.data, 'ledger'), { recursive: true });
    writeFileSync(mark(), markOfOne);
    await refusesToStart(/The hub signs nothing/);
    expect((await home.run('fsck')).out).toMatch(/the ledger holds another statement/);
  });
});

type Segment = { batch: number; slot: number; sealed: Buffer };

/** What somebody with the card can do to it; the first two segments of a patient are handed over. */
const HARM: Readonly<Record<string, (db: Database.Database, one: Segment, two: Segment) => void>> = {
  'the last batch is dropped': (db) =>
    void db.exec('DELETE FROM batch WHERE sequence = (SELECT max(sequence) FROM batch)'),
  'the readings of two batches change places': (db, one, two) => {
    put(db, one, two.sealed);
    put(db, two, one.sealed);
  },
  'one bit of a reading is turned': (db, one) => {
    const turned = Buffer.from(one.sealed);
    const middle = turned.length >> 1;
    turned[middle] = (turned[middle] as number) ^ 1;
    put(db, one, turned);
  },
};
const put = (db: Database.Database, { batch, slot }: Segment, sealed: Buffer): void => {
  db.prepare('UPDATE segment SET sealed = ? WHERE batch = ? AND slot = ?').run(sealed, batch, slot);
};

describe('a record that somebody has altered', JOURNEY, () => {
  it('is found by fsck, which says where; the untouched one is well', async () => {
    await live(1, 12);
    expect((await home.run('fsck')).status).toBe(0);
    const whole = copy();
    for (const [harm, alter] of Object.entries(HARM)) {
      rmSync(home.data, { recursive: true });
      cpSync(whole, home.data, { recursive: true });
      const db = new Database(join(home.data, 'hub.db'));
      const segments = db
        .prepare('SELECT batch, slot, sealed FROM segment WHERE slot > 0 ORDER BY batch')
        .all();
      expect(segments.length).toBeGreaterThan(1);
      alter(db, segments[0] as Segment, segments[1] as Segment);
      expect(db.prepare('SELECT total_changes() AS n').pluck().get(), harm).toBeGreaterThan(0);
      db.close();
      const { status, out } = await home.run('fsck');
      expect(status, `${harm}: ${out}`).toBe(1);
      expect(out, harm).toMatch(/^WRONG .*\b(batch|ledger)\b.*\d/m);
      expect(out).toContain('Keep this folder as it is, and a copy of it');
    }
  });
});
