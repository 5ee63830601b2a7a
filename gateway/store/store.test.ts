import { afterEach, describe, expect, it } from 'vitest';
import { AT, Home, heartRate } from '../testing.ts';
import { SQL } from './store.ts';

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
      const said = plan.map((step) => step.detail).join('; ');
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
