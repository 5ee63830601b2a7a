// Faults on the ledger, a few of each kind; `npm run soak -- ledger` injects a thousand. And the disk that loses power in
// them: a disk that forgot nothing would show nothing.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@heartwood/device-sim';
import { afterAll, describe, expect, it } from 'vitest';
import { Disk, type Unsynced } from './disk.ts';
import { faultTable, injectFaults } from './ledger.ts';
import { type Call, hasStrace, needsStrace } from './trace.ts';

const FAULTS = 40;

describe('a ledger on a disk that fails', () => {
  it.skipIf(!hasStrace)(
    `bears out what was told after ${FAULTS} faults${needsStrace}`,
    {
      timeout: 300_000,
    },
    async () => {
      const seed = process.env['HEARTWOOD_TEST_SEED'] ?? String(Date.now());
      process.stdout.write(`faults from seed ${seed} (HEARTWOOD_TEST_SEED=${seed} repeats them)\n`);
      const report = await injectFaults({ faults: FAULTS, seed, say: () => undefined });
      process.stdout.write(`${faultTable(report)}\n`);
      expect(report.faults).toBeGreaterThanOrEqual(FAULTS);
      expect(report.told).toBeGreaterThan(FAULTS * 3);
      expect(report.errorsTold).toBeGreaterThan(0);
      const kinds = [...report.kinds.keys()].join('\n');
      for (const kind of ['lost', 'torn', 'killed at', 'E', 'cut short', 'any time']) {
        expect(kinds).toContain(kind);
      }
    },
  );
});

describe('a disk that loses power', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-disk-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let cuts = 0;

  const call = (name: Call['name'], more: Partial<Call>): Call => ({
    ...{ name, nth: 1, fd: 5, process: 0, path: '/home/a', from: '', flags: '', offset: 0, result: 0 },
    injected: false,
    data: new Uint8Array(0),
    ...more,
  });
  const open = call('openat', { flags: 'O_RDWR|O_CREAT', result: 5, fd: -1 });
  const write = (offset: number, text: string): Call =>
    call('pwrite64', { offset, data: Buffer.from(text), result: text.length });
  const sync = call('fsync', {});
  const openFolder = call('openat', { path: '/home', result: 6, fd: -1 });
  const syncFolder = call('fsync', { path: '/home', fd: 6 });

  /** Files and their text after the calls and a cut. */
  function leftBy(calls: readonly Call[], unsynced: Unsynced, seed = 'a'): Record<string, string> {
    const base = join(folder, `base-${cuts}`);
    const left = join(folder, `left-${cuts++}`);
    for (const path of [base, left]) mkdirSync(path);
    writeFileSync(join(base, 'old'), 'old');
    const disk = new Disk(base, '/home', seededRandom(seed).next);
    for (const one of calls) disk.run(one);
    disk.cut(unsynced);
    disk.writeTo(left);
    const names = readdirSync(left, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    return Object.fromEntries(
      names.map((one) => {
        const path = join(one.parentPath, one.name);
        return [path.slice(left.length + 1), readFileSync(path, 'latin1')];
      }),
    );
  }

  it('keeps what was synced, and of the rest what chance says', () => {
    const calls = [open, write(0, 'one'), sync, openFolder, syncFolder, write(3, 'two')];
    expect(leftBy(calls, 'lost')).toEqual({ old: 'old', a: 'one' });
    expect(leftBy(calls, 'kept')).toEqual({ old: 'old', a: 'onetwo' });
  });

  it('forgets a synced file whose folder was not synced', () => {
    const calls = [open, write(0, 'one'), sync];
    expect(leftBy(calls, 'lost')).toEqual({ old: 'old' });
    const made = [call('mkdir', { path: '/home/d', fd: -1 }), openFolder, syncFolder];
    const inside = [{ ...open, path: '/home/d/a' }, write(0, 'one')].map((one) => ({
      ...one,
      path: '/home/d/a',
    }));
    const syncInside = [
      call('fsync', { path: '/home/d/a' }),
      call('openat', { path: '/home/d', result: 6, fd: -1 }),
      call('fsync', { path: '/home/d', fd: 6 }),
    ];
    expect(leftBy([...made, ...inside, ...syncInside], 'lost')).toEqual({ old: 'old', 'd/a': 'one' });
    expect(leftBy([made[0]!, ...inside, ...syncInside], 'lost')).toEqual({ old: 'old' });
  });

  it('undoes a rename and a removal that were not synced', () => {
    const calls = [
      call('rename', { from: '/home/old', path: '/home/new', fd: -1 }),
      call('unlink', { path: '/home/new', fd: -1 }),
    ];
    expect(leftBy(calls, 'lost')).toEqual({ old: 'old' });
    expect(leftBy(calls, 'kept')).toEqual({});
    expect(leftBy([calls[0]!, openFolder, syncFolder, calls[1]!], 'lost')).toEqual({ new: 'old' });
  });

  it('tears a write at its sectors', () => {
    const calls = [open, openFolder, syncFolder, write(0, 'x'.repeat(4096))];
    const sizes = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { a = '' } = leftBy(calls, 'torn', `${seed}`);
      for (let at = 0; at < a.length; at += 512) {
        expect(new Set(a.slice(at, at + 512)).size).toBe(1);
      }
      sizes.add(a);
    }
    expect(sizes.size).toBeGreaterThan(10);
  });

  it('may never write what a sync that failed was to write, whatever a later one says', () => {
    const failed = { ...sync, result: -1 };
    const calls = [open, openFolder, syncFolder, write(0, 'one'), failed, write(3, 'two'), sync];
    const seen = new Set(Array.from({ length: 40 }, (_, seed) => leftBy(calls, 'kept', `${seed}`)['a']));
    expect([...seen].toSorted()).toEqual(['\0\0\0two', 'onetwo']);
  });
});
