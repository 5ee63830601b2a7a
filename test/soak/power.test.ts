// A few power cuts of each kind; `npm run soak -- power` makes a thousand. And what a trace with threads says: who wrote
// what, what a sync vouches for, and when something was said.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cutPower, powerTable } from './power.ts';
import { hasStrace, needsStrace, readTrace } from './trace.ts';

const CUTS = 40;

describe('a hub whose power is cut', () => {
  it.skipIf(!hasStrace)(
    `${CUTS} times bears out what it said${needsStrace}`,
    { timeout: 300_000 },
    async () => {
      const seed = process.env['HEARTWOOD_TEST_SEED'] ?? String(Date.now());
      process.stdout.write(`power cuts from seed ${seed} (HEARTWOOD_TEST_SEED=${seed} repeats them)\n`);
      const options = { cuts: CUTS, seed, say: () => undefined, loadMs: 800, cutsPerLife: 14 };
      const report = await cutPower(options);
      process.stdout.write(`${powerTable(report)}\n`);
      expect(report.cuts).toBe(CUTS);
      expect(report.lives).toBe(3);
      // The cuts must have hit hubs at work, or nothing was shown.
      expect(report.syncs).toBeGreaterThan(100);
      expect(report.checkpoints).toBeGreaterThan(0);
      expect(report.acknowledged).toBeGreaterThan(CUTS * 20);
      expect(report.proofs).toBeGreaterThan(CUTS / 2);
      expect(report.unborn).toBeLessThan(CUTS / 4);
    },
  );
});

describe('a trace with threads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-trace-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const hex = (text: string): string => text.replaceAll(/./gs, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  const traced = (...lines: string[]): string[] => {
    const path = join(folder, 'record');
    writeFileSync(path, lines.join('\n'));
    return readTrace(path).map(({ name, process, path: of, data, result }) =>
      [name, process, of, Buffer.from(data).toString(), result ?? '?'].join(' '),
    );
  };
  const [file, socket] = [hex('/home/a'), hex('socket:[7]')];

  it('counts a write from its end, and lets a sync begin where it began', () => {
    expect(
      traced(
        `10 fsync(5<${file}> <unfinished ...>`,
        `11 pwrite64(5<${file}>, "${hex('one')}", 3, 0 <unfinished ...>`,
        '10 <... fsync resumed>) = 0',
        '11 <... pwrite64 resumed>) = 3',
      ),
    ).toEqual(['sync-begun 0 /home/a  ?', 'fsync 0 /home/a  0', 'pwrite64 1 /home/a one 3']);
  });

  it('hears what is said when it begins to be said', () => {
    expect(
      traced(
        `10 writev(6<${socket}>, [{iov_base="${hex('he')}", iov_len=2}, {iov_base="${hex('ar')}", iov_len=2}], 2 <unfinished ...>`,
        `11 fsync(5<${file}>) = 0`,
        '10 <... writev resumed>) = 4',
      ),
    ).toEqual(['writev 0 socket:[7] hear ?', 'fsync 1 /home/a  0']);
  });

  it('knows a thread from a process', () => {
    expect(
      traced(
        `12 unlink("${file}") = 0`,
        '10 clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD}, 88) = 11',
        '10 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 12',
        `11 unlink("${file}") = 0`,
        `10 unlink("${file}") = 0`,
      ),
    ).toEqual(['unlink 0 /home/a  0', 'unlink 1 /home/a  0', 'unlink 1 /home/a  0']);
  });
});
