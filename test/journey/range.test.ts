// Promise 3, completeness, by the program: a period of a patient is proved by the hub's machine and verified elsewhere,
// before and after a kill, and says where the hub was silent.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RangeVerdict } from '@heartwood/anchor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { type Ended, heartwood, JOURNEY, pause } from './program.ts';
import { sender } from './sender.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const INTERVAL_MS = 500;
let home: Home;
let path: string;
let sent = 0;

async function measure(messages: number): Promise<void> {
  const hub = await home.start('--interval-ms', `${INTERVAL_MS}`);
  const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
  for (let n = 0; n < messages; n++) {
    await strap.send(JSON.stringify({ seq: sent++, readings: [{ kind: 'heart-rate', value: 70 + n }] }));
    await pause(150);
  }
  await strap.end();
  await hub.kill();
}
let password: string;
beforeAll(async () => {
  home = new Home();
  const hub = await home.start('--interval-ms', `${INTERVAL_MS}`);
  password = await home.enroll('strap-1', 'Ada');
  await hub.stop();
  await measure(10);
  await pause(2000);
  await measure(5);
  const last = await home.start('--interval-ms', `${INTERVAL_MS}`);
  await pause(1500);
  await last.stop();
  path = join(home.folder, 'ada.range');
  await home.insist('prove', '--patient', 'Ada', '-o', path);
}, JOURNEY.timeout);
afterAll(() => home?.close());

const verify = (file: string, ...args: string[]): Promise<Ended> =>
  heartwood(['verify', '--range', file, '--policy', home.policy, ...args]);

describe('a range proof', JOURNEY, () => {
  it('holds over a kill and a pause, and counts what export has', async () => {
    const { status, out } = await verify(path);
    expect(out).toMatch(/^This proof holds\.$/m);
    expect(out).toMatch(/without a gap, 15 readings committed to in \d+ of them, \d+ proved empty\./);
    expect(status).toBe(0);
    const { claim, ok } = JSON.parse((await verify(path, '--json')).out) as RangeVerdict;
    const readings = await home.exported();
    expect(ok).toBe(true);
    expect(claim?.entries).toBe(readings.length);
    expect(claim?.filled).toBe(new Set(readings.map(({ id }) => id.split('.')[0])).size);
    // The time without a hub is one long interval, not a gap.
    expect(claim?.longest?.ms).toBeGreaterThan(2000);
  });

  it('says how many readings each batch has, line by line', async () => {
    const counts = new Map<number, number>();
    for (const { id } of await home.exported()) {
      const batch = Number(id.split('.')[0]);
      counts.set(batch, (counts.get(batch) ?? 0) + 1);
    }
    const lines = readFileSync(path, 'utf8').split('\n');
    const first = Number(lines.find((line) => line.startsWith('hub '))?.split(' ')[3]);
    const batches = lines.filter((line) => /^\d{4}-/.test(line));
    const before = lines.some((line) => line.startsWith('before '));
    for (const [i, line] of batches.entries()) {
      const sequence = first + i + (before ? 1 : 0);
      expect([sequence, Number(line.split(' ')[1])]).toEqual([sequence, counts.get(sequence) ?? 0]);
    }
  });

  it('of another period is refused, with what is shown', async () => {
    const { status, out } = await verify(path, '--to', '2999-01-01');
    expect(out).toMatch(/^FAILED Time covered: You asked up to 2999-01-01T00:00:00.000Z, and it ends at /m);
    expect(status).toBe(1);
    const { status: asked, err } = await home.run('prove', '--patient', 'Ada', '--to', '2999-01-01');
    expect(err).toMatch(/The record ends at/);
    expect(asked).toBe(1);
  });

  it('comes from standard input as well', async () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [MAIN, 'verify', '--range', '-', '--policy', home.policy],
      { input: readFileSync(path), encoding: 'utf8' },
    );
    expect([stdout, status]).toEqual([(await verify(path)).out, 0]);
  });

  it('with a batch left out is refused', async () => {
    const lines = readFileSync(path, 'utf8').split('\n');
    const at = lines.findIndex((line) => /^\d{4}-\S+ [1-9]/.test(line));
    const { status, out } = await verify(home.write('bent.range', lines.toSpliced(at, 1).join('\n')));
    expect(out).toMatch(/^FAILED Batch after batch: Line \d+: the hub's signature does not fit batch/m);
    expect(status).toBe(1);
    expect((await verify(home.write('cut.range', lines.slice(0, -3).join('\n')))).status).toBe(1);
    expect((await verify(home.write('bytes.range', Buffer.from([0xff, 0x0a])))).out).toMatch(/not UTF-8/);
    expect((await verify(join(home.folder, 'none'))).status).toBe(2);
  });

  it('is asked for a patient that there is', async () => {
    const { status, err } = await home.run('prove', '--patient', 'Bea');
    expect(err).toMatch(/no patient of that name/);
    expect(status).toBe(1);
  });
});
