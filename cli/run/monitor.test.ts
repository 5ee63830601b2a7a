// What `heartwood monitor --once`, started by a timer, remembers between two looks.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey } from '@heartwood/anchor';
import { afterAll, expect, it } from 'vitest';
import { chain, folder, HUB, remote, run, startLedger } from './ledger-sample.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('tells a fork at every look until its state is moved away, with both notes and nothing that moves the cursor', async () => {
  const ledger = await startLedger(join(folder, 'watched'));
  await remote(ledger).append(chain(5));
  const policy = join(folder, 'watch.txt');
  writeFileSync(policy, `hub ${formatVerifierKey(HUB)}\nlog ${ledger.vkey} ${ledger.url}\nquorum none\n`);
  const state = join(folder, 'watch.json');
  const look = (...more: string[]) =>
    run(['monitor', ledger.url, '--policy', policy, '--state', state, '--once', ...more]);
  expect(await look()).toMatchObject({ status: 0, out: expect.stringMatching(/All is well/) });
  // What a look that met a fork leaves behind; how it does: anchor/monitor.test.ts.
  const evidence = ['first\u001b[2J\n', 'second\u009b31m\u202e\n'];
  const fork = { kind: 'fork', text: 'x signed two histories\u0007: a and b', evidence };
  writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, 'utf8')), standing: [fork] }));
  for (let i = 0; i < 2; i++) {
    const { status, out } = await look();
    expect(status).toBe(1);
    expect(out).toMatch(/^ALARM fork: x signed two histories\\x07: a and b$/m);
    expect(out).toMatch(/first\\x1b\[2J\n[\s\S]*second\\x9b31m\\u\{202e\}\n/);
    expect(out).toMatch(/This stands, .* moves .*watch\.json away/);
    expect(out).not.toMatch(/Over:|All is well/);
  }
  const json = await look('--json');
  expect(json.out.split('\n').join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(
    json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toContainEqual({ event: 'alarm', ...fork });
  await ledger.stop();
  expect(await look()).toMatchObject({
    status: 1,
    out: expect.stringMatching(/ALARM fork[\s\S]*ALARM silence: The ledger does not answer/),
  });
  rmSync(state);
  expect(await look()).toMatchObject({ status: 3 });
}, 60_000);
