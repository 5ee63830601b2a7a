// A witness that is killed at any instant, by a client that tries to get another history cosigned after each restart.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { SAMPLE_LOG } from './ledger-sample.ts';
import { openWitness, originHash } from './witness.ts';
import { sampleLog, sampleWitnessKeys } from './witness-sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-witness-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const RUNNER = fileURLToPath(new URL('./witness-runner.test-process.ts', import.meta.url));

async function run(path: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--no-warnings', RUNNER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const url of createInterface({ input: child.stdout })) return { child, url };
  throw new Error('the witness did not start');
}

async function post(url: string, body: Uint8Array): Promise<{ status: number; text: string } | undefined> {
  try {
    const request = { method: 'POST', body: new Blob([body as Uint8Array<ArrayBuffer>]) };
    const response = await fetch(`${url}/add-checkpoint`, request);
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

it('never cosigns two histories, killed eight times while it cosigns', { timeout: 60_000 }, async () => {
  const path = join(folder, 'witness.db');
  const log = sampleLog();
  /** The largest size whose cosignature was received. */
  let answered = 0;
  let restartsAhead = 0;
  for (let round = 0; round < 8; round++) {
    const { child, url } = await run(path);
    // What was received is remembered; one more may have been kept, whose answer the kill ate.
    const probe = await post(url, log.request(0, answered + 100));
    let held = answered === 0 && probe?.status === 200 ? answered + 100 : Number(probe?.text);
    if (round === 0) {
      answered = held;
    } else {
      expect(probe?.status).toBe(409);
      expect(held).toBeGreaterThanOrEqual(answered);
      if (held > answered) restartsAhead += 1;
      for (const forkedAt of [answered - 1, Math.floor(answered / 2), 0]) {
        const fork = sampleLog(SAMPLE_LOG, forkedAt);
        for (const [oldSize, size] of [
          [answered, answered],
          [answered, answered + 1],
          [held, held],
          [held, held + 1],
          [0, answered],
        ] as const) {
          expect([409, 422]).toContain((await post(url, fork.request(oldSize, size)))?.status);
        }
      }
    }
    setTimeout(() => child.kill('SIGKILL'), 30 + ((round * 53) % 120));
    for (;;) {
      const answer = await post(url, log.request(held, held + 1));
      if (!answer) break;
      expect(answer.status).toBe(200);
      held += 1;
      answered = held;
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
  }
  expect(answered).toBeGreaterThan(110);
  const witness = openWitness({
    path,
    create: false,
    keys: sampleWitnessKeys(0),
    logs: [SAMPLE_LOG],
    nowS: () => Math.floor(Date.now() / 1000),
  });
  const kept = witness.latest(originHash(SAMPLE_LOG.name))!;
  const size = Number(kept.split('\n')[1]);
  expect(size - answered).toBeLessThanOrEqual(1);
  expect(restartsAhead).toBeLessThan(8);
  expect(kept.startsWith(log.text(size))).toBe(true);
  witness.close();
});
