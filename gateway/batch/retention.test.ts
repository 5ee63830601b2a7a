// Readings that are let go when their time is over: what stays holds, what goes is on record first, and no clock empties
// the record.

import { HUB_SLOT, verifyBundle, verifyRange } from '@heartwood/anchor';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportReadings } from '../inspect/export.ts';
import { fsck } from '../inspect/fsck.ts';
import { readAll } from '../inspect/history.ts';
import { proofSource } from '../inspect/proof-source.ts';
import { proveReading } from '../inspect/prove.ts';
import { proveRange } from '../inspect/prove-range.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { HOUR_MS } from '../store/hour-summary.ts';
import { Home, heartRate } from '../testing.ts';
import { keptFrom, Retention } from './retention.ts';

const DAY_MS = 24 * HOUR_MS;
const KEPT_DAYS = 2;

let home: Home;
let seq = 0;
beforeEach(async () => {
  seq = 0;
  home = new Home();
  await home.start();
  for (const [name, device] of [
    ['Ada', 'strap-1'],
    ['Bea', 'strap-2'],
  ] as const)
    await home.enroll(name, device);
});
afterEach(() => home.remove());

const retention = (days?: number): Retention => new Retention(home.hub.vault, days, HOUR_MS);

/** One batch an hour, each patient a reading in each; after each batch the step that the hub's thread takes. */
async function live(hours: number, one = retention(KEPT_DAYS)): Promise<void> {
  for (let n = 0; n < hours; n++) {
    seq += 1;
    for (const device of ['strap-1', 'strap-2'])
      home.send(device, heartRate(seq, 60 + (seq % 40), home.nowMs));
    await home.interval(HOUR_MS);
    one.step();
  }
}

function looked<T>(look: (vault: ReturnType<Home['look']>) => T): T {
  const vault = home.look();
  try {
    return look(vault);
  } finally {
    vault.close();
  }
}
const checked = () => looked((vault) => fsck(vault, () => undefined));
const exported = (): number => looked((vault) => [...exportReadings(vault)].length);
const source = () => {
  if (home.running === undefined) throw new Error('not started');
  return proofSource(home.running.ledger);
};
/** The hub's own events of one name, in the closed batches. */
const events = (name: string): HubEvent[] =>
  looked((vault) =>
    [...vault.store.segmentsFrom(0)]
      .filter(({ slot }) => slot === HUB_SLOT)
      .flatMap((row) => decodeEntries(vault.store.openSegment(row)).map(decodeEvent))
      .filter((event) => event.name === name),
  );

describe('readings whose time is over', () => {
  it('are all kept where no time is set', async () => {
    await live(96, retention());
    expect(exported()).toBe(192);
    expect(checked()).toMatchObject({ letGo: 0, problems: [] });
  });

  it('go, whole days, oldest first; each day is announced in the record before', async () => {
    await live(120);
    const cut = Math.floor(home.nowMs / DAY_MS - KEPT_DAYS) * DAY_MS;
    const from = looked(keptFrom);
    // The batch in which midnight lies is kept: it ended after.
    expect(from.startMs).toBeLessThanOrEqual(cut);
    expect(from.startMs).toBeGreaterThan(cut - 2 * HOUR_MS);
    const kept = looked((vault) => [...exportReadings(vault)]);
    expect(kept.every(({ received }) => received >= from.startMs)).toBe(true);
    expect(kept).toHaveLength(240 - 2 * from.batch);
    const told = events('readings-let-go');
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)?.detail).toEqual({
      before: from.startMs,
      'before-batch': from.batch,
      days: KEPT_DAYS,
    });
    for (const { at, detail } of told)
      expect(at).toBeGreaterThanOrEqual(Number(detail['before']) + KEPT_DAYS * DAY_MS);
    expect(checked()).toMatchObject({ letGo: 2 * from.batch, problems: [] });
  });

  it('leave proofs that were given out, proofs of ranges, and the chain as they were', async () => {
    await live(3);
    const bundle = await proveReading(home.hub.vault, source(), { batch: 1, slot: 1, index: 0 });
    await live(117);
    expect(looked(keptFrom).batch).toBeGreaterThan(40);
    expect(verifyBundle(bundle, home.hub.policy, NODE_PRIMITIVES).ok).toBe(true);
    await expect(
      proveReading(home.hub.vault, source(), { batch: 1, slot: 1, index: 0 }),
    ).rejects.toMatchObject({
      code: 'let-go',
      message: expect.stringContaining('keep-readings-days'),
    });
    const counts: number[] = [];
    const lines = await proveRange(home.hub.vault, source(), { slot: 1, fromMs: undefined, toMs: undefined });
    const verdict = verifyRange([...lines].join(''), home.hub.policy, {
      ...NODE_PRIMITIVES,
      onBatch: ({ count }) => counts.push(count),
    });
    expect(verdict.ok).toBe(true);
    expect(counts).toEqual(Array(120).fill(1));
  });

  it('take their part of the histories with them, and nothing of the rest', async () => {
    await live(120);
    const { startMs } = looked(keptFrom);
    const { vault, summaries } = home.hub;
    const all = readAll(vault, { slot: 1, series: 4, from: startMs - DAY_MS, to: home.nowMs }, summaries);
    expect(all.time[0]).toBeGreaterThanOrEqual(startMs);
    expect(all.time.length).toBe(120 - looked(keptFrom).batch);
    const oldest = looked(
      (one) => [...one.store.summaries()].map(({ id }) => Math.floor(id / 65_536) * HOUR_MS)[0],
    );
    expect(oldest).toBeGreaterThanOrEqual(Math.floor(startMs / HOUR_MS) * HOUR_MS);
  });

  it('go on where a crash came in between, a bounded number at a time', async () => {
    await live(96, retention());
    const first = retention(1);
    const steps: number[] = [];
    for (let n = 0; n < 3; n++) {
      if (n === 1) {
        home.crash();
        await home.start();
      }
      (n === 0 ? first : retention(1)).step();
      steps.push(checked().letGo);
      expect(checked().problems).toEqual([]);
    }
    expect(steps[0]).toBe(100);
    expect(steps[1]).toBe(2 * looked(keptFrom).batch);
    expect(steps[2]).toBe(steps[1]);
    expect(events('readings-let-go')).toHaveLength(0);
    await home.interval();
    expect(events('readings-let-go')).toHaveLength(1);
  });

  it('stay from the moment on at which the owner keeps them longer, also in the middle of a day that goes', async () => {
    await live(96, retention());
    retention(1).step();
    expect(checked().letGo).toBe(100);
    const longer = retention(365);
    for (let n = 0; n < 5; n++) longer.step();
    expect(checked()).toMatchObject({ letGo: 100, problems: [] });
    expect(exported()).toBe(92);
    const shorter = retention(1);
    for (let n = 0; n < 5; n++) shorter.step();
    expect(checked()).toMatchObject({ letGo: 2 * looked(keptFrom).batch, problems: [] });
    await home.interval();
    expect(events('readings-let-go').map(({ detail }) => detail['days'])).toEqual([1, 365, 1]);
  });

  it('stay while the row that says where they begin does not open, and the hub goes on', async () => {
    await live(96);
    const vault = home.look('write');
    vault.db.prepare("UPDATE meta SET value = randomblob(60) WHERE name = 'kept-from'").run();
    vault.close();
    const { letGo } = checked();
    const one = retention(1);
    expect([one.isDamaged, one.step()]).toEqual([true, 0]);
    expect(checked().letGo).toBe(letGo);
    expect(checked().problems.map(({ where }) => where)).toContain('the fact kept-from');
  });

  it('stay when the clock jumps ahead: so many intervals have not passed', async () => {
    await live(30);
    home.nowMs += 3650 * DAY_MS;
    await live(18);
    expect(checked()).toMatchObject({ letGo: 0, problems: [] });
    expect(exported()).toBe(96);
    await live(52);
    // 100 batches; the newest 48 are two days of a hub that runs, and what goes, goes at midnight.
    const { letGo, problems } = checked();
    expect(problems).toEqual([]);
    expect(letGo).toBeLessThanOrEqual(2 * 52);
    expect(letGo).toBeGreaterThan(2 * (52 - 24));
  });
});

describe('a segment that was let go', () => {
  it('is told from one that somebody emptied, and what is kept of it may not be changed', async () => {
    await live(120);
    const vault = home.look('write');
    const kept = looked(keptFrom).batch;
    vault.db
      .prepare('UPDATE segment SET sealed = x"00" WHERE id = ?'.replaceAll('"', "'"))
      .run(kept * 65_536 + 1);
    vault.db
      .prepare('UPDATE segment SET sealed = (SELECT sealed FROM segment WHERE id = ?) WHERE id = ?')
      .run(3 * 65_536 + 1, 4 * 65_536 + 1);
    vault.close();
    expect(checked().problems.map(({ where }) => where)).toEqual([
      `batch 4, slot 1`,
      `batch ${kept}, slot 1`,
    ]);
  });

  it('that cannot be opened stays, and is counted', async () => {
    await live(96, retention());
    const vault = home.look('write');
    vault.db.prepare('UPDATE segment SET sealed = randomblob(60) WHERE id = ?').run(5 * 65_536 + 2);
    vault.close();
    const one = retention(1);
    expect([one.step(), one.step()].reduce((a, b) => a + b)).toBe(1);
    expect(checked().problems.map(({ where }) => where)).toContain('batch 5, slot 2');
  });
});
