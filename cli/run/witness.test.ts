// The witness as a person starts it: keys made once, kept apart from others' eyes, and never without their memory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  formatCheckpoint,
  formatVerifierKey,
  parsePolicy,
  signerOf,
  signNote,
  treeRoot,
} from '@heartwood/anchor';
import { createWitnessKeys, formatWitnessKeys, openWitness } from '@heartwood/anchor/node';
import { afterAll, expect, it } from 'vitest';
import { runHeartwood } from '../test-frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-cli-witness-'));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
const PROGRAM = fileURLToPath(new URL('../../bin/heartwood.js', import.meta.url));
const ledger = signerOf('heartwood/ledger/test', new Uint8Array(32).fill(3));
const data = join(folder, 'data');
const logs = join(folder, 'policy.txt');
writeFileSync(logs, `# of a neighbour\nlog ${formatVerifierKey(ledger)}\nquorum none\n`);
const body = (oldSize: number, ...leaves: Uint8Array[]): string =>
  `old ${oldSize}\n\n${signNote(formatCheckpoint({ origin: ledger.name, size: leaves.length, root: treeRoot(leaves) }), [ledger])}`;
const leaf = (n: number): Uint8Array => new Uint8Array(32).fill(n);

type Started = { child: ChildProcess; out: () => string; err: () => string; ended: Promise<number> };
function start(...args: string[]): Started {
  const all = ['witness', '--data', data, '--witness-logs', logs, '--http-port', '0', ...args];
  const child = spawn(process.execPath, [PROGRAM, ...all], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'close').then(([status]) => {
    running.delete(child);
    return status as number;
  });
  return { child, out: () => out, err: () => err, ended };
}
async function introduced({ child, out, err }: Started): Promise<{ url: string; lines: string[] }> {
  while (!/^witness .*\n(witness .*\n)?$/m.test(out())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(err());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const url = /^Address {3}(\S+)$/m.exec(out())![1]!;
  return {
    url,
    lines: out()
      .split('\n')
      .filter((line) => line.startsWith('witness ')),
  };
}
const post = async (url: string, text: string): Promise<number> =>
  (await fetch(`${url}/add-checkpoint`, { method: 'POST', body: text })).status;

it('makes its keys once, cosigns, stops when told, and goes on where it was', async () => {
  const first = start();
  const { url, lines } = await introduced(first);
  const { witnesses } = parsePolicy(`${lines.join('\n')}\nquorum none\n`);
  expect(witnesses.map(({ name, key }) => [name, key.type])).toEqual([
    ['WORD-ed25519', 4],
    ['WORD-ml-dsa-44', 6],
  ]);
  expect(witnesses[0]!.key.name).toMatch(/^heartwood\/witness\/[0-9a-f]{16}$/);
  expect(statSync(join(data, 'witness.key')).mode & 0o777).toBe(0o600);
  expect(await post(url, body(0, leaf(1)))).toBe(200);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  expect(first.out()).toMatch(/Stopped\.\n$/);

  const second = start();
  const again = await introduced(second);
  expect(again.lines.map((line) => line.split(' ')[2])).toEqual(lines.map((line) => line.split(' ')[2]));
  expect(await post(again.url, body(0, leaf(1)))).toBe(409);
  expect(await post(again.url, body(1, leaf(2)))).toBe(422);
  expect(await post(again.url, body(1, leaf(1)))).toBe(200);
  second.child.kill('SIGTERM');
  await second.ended;
  expect(second.err()).toContain('"event":"contradiction"');
});

it('refuses to go on without its memory, without its key, or with a key that others can read', async () => {
  const [key, db] = [join(data, 'witness.key'), join(data, 'witness.db')];
  chmodSync(key, 0o644);
  const open = start();
  expect([await open.ended, open.err()]).toEqual([3, expect.stringContaining('Others can read')]);
  chmodSync(key, 0o600);
  renameSync(db, `${db}.away`);
  const forgetful = start();
  expect([await forgetful.ended, forgetful.err()]).toEqual([3, expect.stringMatching(/memory .* is gone/)]);
  renameSync(`${db}.away`, db);
  renameSync(key, `${key}.away`);
  const keyless = start();
  expect([await keyless.ended, keyless.err()]).toEqual([3, expect.stringContaining('Put the key back')]);
  renameSync(`${key}.away`, key);
});

it('begins anew where its first start was cut off before it could sign', async () => {
  const cut = join(folder, 'cut');
  const made = start('--data', cut, '--witness-keys', 'ed25519', '--witness-name', 'example.org/w');
  await introduced(made);
  made.child.kill('SIGTERM');
  await made.ended;
  renameSync(join(cut, 'witness.key'), join(cut, 'witness.key.new'));
  const anew = start('--data', cut, '--witness-keys', 'ed25519', '--witness-name', 'example.org/w2');
  const { lines } = await introduced(anew);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('example.org/w2+');
  expect(existsSync(join(cut, 'witness.key.new'))).toBe(false);
  anew.child.kill('SIGTERM');
  await anew.ended;
});

it('says what is wrong with the list of ledgers, and that a port is taken', async () => {
  const bad = join(folder, 'bad.txt');
  for (const [text, says] of [
    ['', /has no line "log <vkey>"/],
    ['log x\n', /policy line 1: a key reads/],
  ] as const) {
    writeFileSync(bad, text);
    const one = start('--witness-logs', bad);
    expect([await one.ended, one.err()]).toEqual([2, expect.stringMatching(says)]);
  }
  const gone = start('--witness-logs', join(folder, 'none.txt'));
  expect([await gone.ended, gone.err()]).toEqual([2, expect.stringContaining('is not there')]);
  const first = start();
  const { url } = await introduced(first);
  const taken = start('--data', join(folder, 'other'), '--http-port', new URL(url).port);
  expect([await taken.ended, taken.err()]).toEqual([3, expect.stringContaining('is taken')]);
  first.child.kill('SIGTERM');
  await first.ended;
});

it('shows what it holds against a ledger, and doctor looks at its folder as a witness’s', async () => {
  const where = join(folder, 'evidence');
  const keys = createWitnessKeys('witness.example/e', [4]);
  mkdirSync(where);
  writeFileSync(join(where, 'witness.key'), formatWitnessKeys(keys), { mode: 0o600 });
  const nowS = (): number => Math.floor(Date.now() / 1000);
  const witness = openWitness({ path: join(where, 'witness.db'), create: true, keys, logs: [ledger], nowS });
  expect(witness.addCheckpoint(Buffer.from(body(0, leaf(1)))).kind).toBe('cosigned');
  const frame = { files: { [logs]: `log ${formatVerifierKey(ledger)}\n` } };
  const sound = await runHeartwood(['doctor', '--data', where], frame);
  expect(sound).toMatchObject({
    status: 0,
    out: expect.stringMatching(/heartwood\/ledger\/test: 1 entries cosigned/),
  });
  expect(sound.out).not.toMatch(/TROUBLE|hub/);
  expect(await runHeartwood(['witness', '--evidence', '--data', where], frame)).toMatchObject({
    status: 0,
    out: '',
  });
  expect(witness.addCheckpoint(Buffer.from(body(1, leaf(2)))).kind).toBe('inconsistent');
  for (const command of ['witness', 'doctor']) {
    const { status, out } = await runHeartwood([command, '--evidence', '--data', where], frame);
    expect(status).toBe(0);
    for (const one of [leaf(1), leaf(2)]) {
      const note = body(0, one).slice('old 0\n\n'.length);
      expect(out).toContain(note);
    }
  }
  const json = await runHeartwood(['witness', '--evidence', '--json', '--data', where], frame);
  expect(JSON.parse(json.out)).toMatchObject({ origin: ledger.name });
  expect(await runHeartwood(['doctor', '--data', where], frame)).toMatchObject({
    status: 1,
    out: expect.stringMatching(/TROUBLE evidence: 1 times a ledger signed two histories/),
  });
  witness.close();
  rmSync(join(where, 'witness.db'));
  expect(await runHeartwood(['doctor', '--data', where], frame)).toMatchObject({ status: 1 });
  expect(await runHeartwood(['witness', '--evidence', '--data', where], frame)).toMatchObject({ status: 3 });
});

it('says in its help what its folder holds, without a dashboard', async () => {
  for (const command of ['witness', 'ledger']) {
    const { out } = await runHeartwood([command, '--help']);
    expect(out).not.toMatch(/Dashboard:|everything the hub keeps/);
    expect(out).toMatch(/^Network:$/m);
  }
});
