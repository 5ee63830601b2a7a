import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { AT, Home, heartRate } from '../testing.ts';
import { type SegmentRow, SQL } from './store.ts';

const homes: Home[] = [];
const begin = async (): Promise<Home> => {
  const home = new Home();
  homes.push(home);
  await home.start();
  return home;
};
afterEach(() => {
  for (const home of homes.splice(0)) home.remove();
});

/**
 * Statements that read a whole table on purpose: what waits for one batch, one row a device or patient, the
 * quarantine, which is bounded, and the walk through everything.
 */
const WHOLE_TABLE: readonly (keyof typeof SQL)[] = [
  'staged',
  'stagedOf',
  'cursors',
  'latest',
  'quarantineSize',
  'quarantine',
  'oldestQuarantine',
  'summaries',
  'lastBatch',
  'nextStaged',
  'nextQuarantine',
];
/** Of these the first row is enough: they walk an index from its end. */
const FIRST_ROW: readonly (keyof typeof SQL)[] = [
  'oldestQuarantine',
  'lastBatch',
  'nextStaged',
  'nextQuarantine',
];

describe('the statements of the store', () => {
  it('use an index, or read a whole table on purpose; none sorts', async () => {
    const { db } = (await begin()).hub.vault;
    for (const [name, sql] of Object.entries(SQL)) {
      const parameters = Array.from(sql.matchAll(/\?/g), () => 1);
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
      // What a subquery found is gone through once more, to be joined.
      const said = plan.map((step) => step.detail.replace(/^SCAN \(subquery-\d+\)$/, '')).join('; ');
      expect(`${name}: ${said}`).not.toContain('TEMP B-TREE');
      if (sql.startsWith('INSERT')) continue;
      const whole = WHOLE_TABLE.includes(name as keyof typeof SQL);
      if (whole) {
        if (FIRST_ROW.includes(name as keyof typeof SQL)) expect(sql).toMatch(/LIMIT 1$|max\(id\)/);
        continue;
      }
      if (name === 'dropStaged') continue;
      expect(`${name}: ${said}`).toContain('SEARCH');
      expect(`${name}: ${said}`).not.toContain('SCAN');
    }
  });

  it('are durable by their settings: WAL, and a full fsync at each commit', async () => {
    const { db } = (await begin()).hub.vault;
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
  });
});

it('iterates segments twice at once, and the quarantine while it is asked for its size', async () => {
  const home = await begin();
  await home.enroll('Ada', 'strap-1');
  for (let n = 0; n < 3; n++) {
    home.send('strap-1', heartRate(n, 70, AT));
    home.sendBytes('strap-1', Buffer.from('bad'));
    await home.interval();
  }
  const { store } = home.hub.vault;
  const pairs: string[] = [];
  for (const a of store.segmentsFrom(0))
    for (const b of store.segmentsFrom(2)) pairs.push(`${a.batch}.${a.slot} ${b.batch}.${b.slot}`);
  expect(pairs).toEqual(['0.0 2.1', '0.1 2.1', '1.1 2.1', '2.1 2.1']);
  for (const one of store.quarantined()) expect(one.id).toBeLessThanOrEqual(store.quarantineSize().rows);
});

const told = ({ batch, slot, epoch, root, sealed }: SegmentRow): string =>
  `${batch} ${slot} ${epoch} ${root.toString('hex')} ${createHash('sha256').update(sealed).digest('hex')}`;

it('gives the same segments of a patient joined as one by one, whatever their bytes and sizes', async () => {
  const home = await begin();
  const slot = await home.enroll('Ada', 'strap-1');
  const other = await home.enroll('Ben', 'strap-2');
  const { store, keyring } = home.hub.vault;
  const keys = keyring.epochAt(slot, home.nowMs);
  const plain = (batch: number): Buffer => randomBytes(batch % 97 === 0 ? 70_000 : batch % 50);
  store.transaction(() => {
    // A new epoch of a hub leaves numbers out.
    for (let n = 0; n < 900; n++) {
      const batch = n < 700 ? n : n + 5_000_000;
      if (n % 7 !== 0) store.addSegment(batch, slot, keys, randomBytes(32), plain(batch));
      store.addSegment(batch, other, keyring.epochAt(other, home.nowMs), randomBytes(32), plain(batch));
    }
  });
  for (const [first, last] of [
    [0, 6_000_000],
    [33, 690],
    [10, 10],
    [7, 7],
    [6_000_000, 7_000_000],
  ] as const) {
    const one = [...store.segmentsOf(slot, first, last)];
    const many = [...store.manySegmentsOf(slot, first, last)];
    expect(many.map(told)).toEqual(one.map(told));
    const length = many.reduce((sum, row) => sum + store.openSegment(row).length, 0);
    expect(length).toBe(one.reduce((sum, { batch }) => sum + plain(batch).length, 0));
  }
  expect([...store.manySegmentsOf(slot, 0, 6_000_000)]).toHaveLength(771);
  for (const row of store.manySegmentsOf(slot, 0, 6_000_000)) {
    // Who has enough stops, and something else can be read meanwhile.
    expect(told(store.segment(row.batch, slot) as SegmentRow)).toBe(told(row));
    if (row.batch > 100) break;
  }
});
