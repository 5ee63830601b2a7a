// `heartwood ledger` with witnesses, with hubs that come later, and with a past that it lets go: as its owner runs it.

import { cpSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  parseRetention,
  parseVerifierKey,
  type VerifierKey,
  verifyNote,
} from '@heartwood/anchor';
import {
  createWitnessKeys,
  nodeSigner,
  nodeVerifyEd25519,
  openWitness,
  startWitnessServer,
} from '@heartwood/anchor/node';
import { afterAll, describe, expect, it } from 'vitest';
import { chain, folder, HUB, read, remote, run, startLedger } from './ledger-sample.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shownBy = async (url: string): Promise<{ size: number; note: string } | undefined> => {
  const answer = await fetch(`${url}/checkpoint`);
  if (answer.status !== 200) return undefined;
  const note = await answer.text();
  return { note, size: parseCheckpoint(parseNote(note).text).size };
};
async function until(is: () => Promise<boolean> | boolean, ms = 8000): Promise<void> {
  for (const end = Date.now() + ms; !(await is()); await sleep(25)) {
    if (Date.now() > end) throw new Error('it did not come to that in time');
  }
}
const nowS = (): number => Math.floor(Date.now() / 1000);

/** A witness of that ledger, at its address again after it was away. */
async function witnessAt(name: string, log: VerifierKey, port = 0, again?: VerifierKey) {
  const path = join(folder, `${name}.db`);
  const keys = witnessKeys.get(name) ?? createWitnessKeys(`witness.example/${name}`, [4]);
  witnessKeys.set(name, keys);
  const witness = openWitness({ path, create: again === undefined, keys, logs: [log], nowS });
  const server = await startWitnessServer({ witness, host: '127.0.0.1', port });
  return {
    key: witness.keys[0]!,
    url: server.url,
    port: Number(new URL(server.url).port),
    stop: async () => {
      await server.close();
      witness.close();
    },
  };
}
const witnessKeys = new Map<string, ReturnType<typeof createWitnessKeys>>();

describe('heartwood ledger with witnesses', () => {
  it('shows what 2 of 3 cosigned, holds when they are away, and refuses to start behind them', async () => {
    const [data, files] = [join(folder, 'witnessed'), join(folder, 'witnessed-www')];
    const first = await startLedger(data);
    const log = parseVerifierKey(first.vkey);
    await first.stop();
    const witnesses = await Promise.all(['a', 'b', 'c'].map((name) => witnessAt(name, log)));
    const policy = join(folder, 'witnesses.txt');
    const lines = witnesses.map(({ key, url }, i) => `witness w${i} ${formatVerifierKey(key)} ${url}`);
    writeFileSync(policy, [...lines, 'group g 2 w0 w1 w2', 'quorum g', ''].join('\n'));
    const flags = ['--witness-policy', policy, '--without-quorum', 'fail-closed', '--publish', files];
    const ledger = await startLedger(data, ...flags);
    const notes = chain(40);
    const [outcome] = await remote(ledger).append(notes.slice(0, 10));
    expect(outcome).toMatchObject({ kind: 'appended', index: 0 });
    const began = performance.now();
    await until(async () => (await shownBy(ledger.url))?.size === 10);
    const ms = performance.now() - began;
    expect(ms).toBeLessThan(4000);
    const { note } = (await shownBy(ledger.url))!;
    const keys = witnesses.map(({ key }) => key);
    expect(verifyNote(note, keys, nodeVerifyEd25519).verified.length).toBeGreaterThanOrEqual(2);
    await until(() => /\n10\n/.test(read(join(files, 'checkpoint')) ?? ''));

    await witnesses[0]!.stop();
    await witnesses[1]!.stop();
    await remote(ledger).append(notes.slice(10, 20));
    await sleep(1500);
    expect((await shownBy(ledger.url))?.size).toBe(10);
    const proof = async (index: number): Promise<number> =>
      (await fetch(`${ledger.url}/proof?index=${index}`)).status;
    expect([await proof(9), await proof(10)]).toEqual([200, 404]);
    const back = await witnessAt('a', log, witnesses[0]!.port, witnesses[0]!.key);
    await until(async () => (await shownBy(ledger.url))?.size === 20);
    expect((await shownBy(ledger.url))!.note).toMatch(/\n— \S+ \S{3000,}\n/);
    expect(await (await fetch(`${ledger.url}/proof?index=15&post-quantum=1`)).text()).toMatch(/\S{3000,}/);
    await ledger.stop();

    // The whole folder and its mark put back to nothing: the witnesses know better.
    rmSync(join(data, 'ledger.db'));
    rmSync(`${data}.mark`);
    for (const end of ['-wal', '-shm']) rmSync(join(data, `ledger.db${end}`), { force: true });
    await expect(startLedger(data, ...flags)).rejects.toThrow(/a checkpoint over 20 is known/);
    await back.stop();
    await witnesses[2]!.stop();
  });

  it('ends where a witness has seen another history under its key, and keeps the proof', async () => {
    const [one, two] = [join(folder, 'twin-1'), join(folder, 'twin-2')];
    const first = await startLedger(one);
    const log = parseVerifierKey(first.vkey);
    await first.stop();
    cpSync(one, two, { recursive: true });
    const witness = await witnessAt('twins', log);
    const policy = join(folder, 'twins.txt');
    writeFileSync(policy, `witness w ${formatVerifierKey(witness.key)} ${witness.url}\nquorum w\n`);
    const flags = ['--witness-policy', policy];
    const [a, b] = [await startLedger(one, ...flags), await startLedger(two, ...flags)];
    await remote(a).append(chain(3, 1));
    await until(async () => ((await shownBy(a.url))?.note.match(/^— /gm)?.length ?? 0) > 2);
    await remote(b).append(chain(3, 2));
    const path = join(two, 'evidence', 'ledger-3.json');
    await until(() => existsSync(path));
    expect(await b.stop()).toMatchObject({
      status: 3,
      err: expect.stringMatching(/another history .*The proof of it is in .*Nothing more is signed/),
    });
    const [evidence] = JSON.parse(read(path)!);
    for (const note of [evidence.shown, evidence.ours]) {
      expect(parseCheckpoint(verifyNote(note, [log], nodeVerifyEd25519).text).size).toBe(3);
    }
    await expect(fetch(`${b.url}/checkpoint`)).rejects.toThrow();
    expect(await a.stop()).toMatchObject({ status: 0 });
    await witness.stop();
  });

  it.each([
    ['nowhere.txt', /is not there/],
    ['none.txt', /asks for no witness/],
    ['odd.txt', /policy line 1/],
  ])('refuses the witness policy %s with a sentence', async (file, text) => {
    writeFileSync(join(folder, 'none.txt'), 'quorum none\n');
    writeFileSync(join(folder, 'odd.txt'), 'witness\n');
    await expect(
      startLedger(join(folder, 'refused'), '--witness-policy', join(folder, file)),
    ).rejects.toThrow(text);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});

describe('heartwood ledger', () => {
  it('admits a hub that its file names later, and keeps the ones it has where the file is none', async () => {
    const hubs = join(folder, 'growing.txt');
    const epoch = nodeSigner('heartwood/hub/00112233aabbccdd2', new Uint8Array(32).fill(2));
    const lineOf = (key: VerifierKey): string => `hub ${formatVerifierKey(key)}\n`;
    writeFileSync(hubs, `${lineOf(HUB)}quorum none\n`);
    const ledger = await startLedger(join(folder, 'growing'), '--hubs', hubs);
    const kind = async (note: string): Promise<string> => (await remote(ledger).append([note]))[0]!.kind;
    const [old, fresh] = [chain(3), chain(3, 7, epoch)];
    expect(await kind(old[0]!)).toBe('appended');
    expect(await kind(fresh[0]!)).toBe('refused-signature');
    for (const bad of ['hub x\n', '', 'quorum none\n']) {
      writeFileSync(hubs, bad);
      await sleep(1300);
      expect(await kind(old[0]!)).toBe('already-there');
    }
    expect(await kind(old[1]!)).toBe('appended');
    writeFileSync(hubs, `${lineOf(HUB)}${lineOf(epoch)}quorum none\n`);
    await until(async () => (await kind(fresh[0]!)) !== 'refused-signature');
    expect(await kind(fresh[1]!)).toBe('appended');
    writeFileSync(hubs, `${lineOf(epoch)}quorum none\n`);
    await until(async () => (await kind(old[2]!)) === 'refused-signature');
    await ledger.stop();
  });

  it('lets go of its past by its policy, on disk and on show, and never takes that back', async () => {
    const [data, files] = [join(folder, 'short'), join(folder, 'short-www')];
    const flags = ['--publish', files, '--notice-days', '0'];
    const ledger = await startLedger(data, '--publish', files, '--minimum-index', '600');
    const notes = chain(1000);
    await remote(ledger).append(notes);
    await until(() => /\nnext-minimum-index 512 20/.test(read(join(files, 'retention')) ?? ''));
    expect(await (await fetch(`${ledger.url}/retention`)).text()).toBe(read(join(files, 'retention')));
    expect(existsSync(join(files, 'tile/entries/000'))).toBe(true);
    await ledger.stop();
    const full = statSync(join(data, 'ledger.db')).size;

    // A date that was announced stands, whatever the notice is now, until the announcement is withdrawn.
    const kept = await startLedger(data, ...flags, '--minimum-index', '600');
    expect(await (await fetch(`${kept.url}/retention`)).text()).toMatch(/\nnext-minimum-index 512 20/);
    await kept.stop();
    await (await startLedger(data)).stop();
    const again = await startLedger(data, ...flags, '--minimum-index', '600');
    await until(() => !existsSync(join(files, 'tile/entries/001')));
    expect(existsSync(join(files, 'tile/0/001'))).toBe(false);
    expect(existsSync(join(files, 'tile/entries/002'))).toBe(true);
    const { text } = verifyNote(
      read(join(files, 'retention'))!,
      [parseVerifierKey(again.vkey)],
      nodeVerifyEd25519,
    );
    expect(parseRetention(text)).toMatchObject({ minimumIndex: 512, next: undefined });
    expect((await fetch(`${again.url}/tile/entries/000`)).status).toBe(404);
    await until(() => statSync(join(data, 'ledger.db')).size < full);

    const policy = join(folder, 'short-policy.txt');
    writeFileSync(policy, `log ${again.vkey} ${again.url}\nhub ${formatVerifierKey(HUB)}\nquorum none\n`);
    const watch = ['monitor', again.url, '--policy', policy, '--state', join(folder, 'short.json'), '--once'];
    expect(await run([...watch, '--silence-after', '60d'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/All is well/),
    });
    await again.stop();
    await expect(startLedger(data, ...flags, '--minimum-index', '300')).rejects.toThrow(
      /cannot go back to 300/,
    );
    const third = await startLedger(data);
    expect((await fetch(`${third.url}/tile/entries/000`)).status).toBe(404);
    await third.stop();
  });
});
