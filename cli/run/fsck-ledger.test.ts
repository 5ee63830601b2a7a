// `heartwood fsck --ledger` on a ledger's folder, on the files that it publishes and on its address, each altered in turn.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeEntries, formatVerifierKey, parseSigningKey } from '@heartwood/anchor';
import { nodeCosigner, nodeSigner, openEmbeddedLedger } from '@heartwood/anchor/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chain, folder, HUB, remote, run, startLedger } from './ledger-sample.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [data, files, policy] = ['fsck', 'fsck-www', 'fsck-policy.txt'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const COUNT = 700;

/** A copy of a folder, with one byte of one file altered. */
function bent(from: string, name: string, offset: number): string {
  const to = `${from}-bent`;
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  const path = join(to, name);
  const bytes = readFileSync(path);
  bytes[offset]! ^= 4;
  writeFileSync(path, bytes);
  return to;
}
const fsck = (where: string, ...more: string[]) => run(['fsck', '--ledger', where, ...more]);

function signingKeyIn(where: string): [name: string, seed: Uint8Array] {
  const { name, seed } = parseSigningKey(readFileSync(join(where, 'ledger.key'), 'utf8').trim());
  return [name, seed];
}

describe('heartwood fsck --ledger', () => {
  beforeAll(async () => {
    const ledger = await startLedger(data, '--publish', files);
    await remote(ledger).append(chain(COUNT));
    const logs = ledger.vkeys.map((vkey) => `log ${vkey}\n`).join('');
    writeFileSync(policy, `hub ${formatVerifierKey(HUB)}\n${logs}quorum none\n`);
    expect(await fsck(ledger.url, '--policy', policy)).toMatchObject({
      status: 0,
      out: expect.stringMatching(
        /700 entries\n(.*\n)*.*each hub’s chain followed\nEverything is as it was signed/,
      ),
    });
    await ledger.stop();
  });

  it.each([
    ['the folder of a ledger', data],
    ['its published files', files],
  ])('finds nothing wrong with %s, and says what was checked and how fast', async (_, where) => {
    const whole = await fsck(where, '--policy', policy);
    expect(whole).toMatchObject({ status: 0, err: '' });
    expect(whole.out).toMatch(/every stored hash and checkpoint compared: \d{4,} entries\/s/);
    expect(whole.out).toMatch(/every statement’s signature verified/);
    const fast = await fsck(where, '--policy', policy, '--fast');
    expect(fast).toMatchObject({
      status: 0,
      out: expect.stringMatching(/no statement’s signature was verified/),
    });
    expect(await fsck(where, '--policy', policy, '--json')).toMatchObject({ status: 0, out: '' });
  });

  it.each([
    ['tile/entries/000', 1234],
    ['tile/entries/002.p/188', 7],
    ['tile/0/001', 8191],
    ['tile/1/000.p/2', 40],
    ['checkpoint', 5],
    ['checkpoint', 70],
    ['retention', 45],
  ])('names the byte of %s', async (name, offset) => {
    const { status, out } = await fsck(bent(files, name, offset), '--policy', policy, '--fast');
    expect(status).toBe(1);
    expect(out).toMatch(new RegExp(`^WRONG ${name}, byte ${offset}: `, 'm'));
    expect(out).toMatch(/Something was altered or damaged/);
    const json = await fsck(bent(files, name, offset), '--policy', policy, '--fast', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ path: name, offset });
  });

  it('names the entry and its byte in a ledger’s own file, and the page where it is no entry', async () => {
    // Where in the file the entry lies: its row holds the bytes as they are.
    const bundle = decodeEntries(readFileSync(join(files, 'tile/entries/001')));
    const at = readFileSync(join(data, 'ledger.db')).indexOf(bundle[333 - 256]!);
    expect(at).toBeGreaterThan(0);
    expect(await fsck(bent(data, 'ledger.db', at + 77))).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /^WRONG ledger\.db: entry 333: byte 77 of it is not the one that was hashed$/m,
      ),
    });
    // Bytes of the file itself: somewhere in it, whatever page they hit, they are found, and nothing is thrown.
    const { length } = readFileSync(join(data, 'ledger.db'));
    let found = 0;
    for (let i = 1; i <= 24; i++) {
      const { status, out } = await fsck(bent(data, 'ledger.db', Math.floor((length * i) / 25) + i));
      expect([0, 1]).toContain(status);
      if (status === 1) {
        expect(out).toMatch(/^WRONG ledger\.db/m);
        found += 1;
      }
    }
    // Some bytes of a page are of no use to anybody: free space holds nothing.
    expect(found).toBeGreaterThan(15);
  });

  it('verifies the cosignatures that a ledger keeps, by the witnesses and the quorum of the policy', async () => {
    const to = `${data}-witnessed`;
    cpSync(data, to, { recursive: true });
    const asking = join(folder, 'asking-policy.txt');
    const witness = formatVerifierKey(nodeCosigner('witness.example/w', new Uint8Array(32).fill(4), () => 1));
    const own = readFileSync(policy, 'utf8').replace('quorum none', `witness w ${witness}\nquorum w`);
    writeFileSync(asking, own);
    const ledger = openEmbeddedLedger({
      path: join(to, 'ledger.db'),
      signer: nodeSigner(...signingKeyIn(to)),
      hubKeys: [HUB],
    });
    expect(await fsck(to, '--policy', asking, '--fast')).toMatchObject({ status: 0 });
    ledger.markWitnessed(COUNT);
    ledger.close();
    expect(await fsck(to, '--policy', asking, '--fast')).toMatchObject({
      status: 1,
      out: expect.stringMatching(/WRONG ledger\.db: it says that witnesses cosigned its first 700 entries/),
    });
  });

  it.each([
    [[files], 2, /Whose signature counts\? Give --policy/],
    [[files, '--policy', 'nowhere.txt'], 2, /nowhere\.txt is not there/],
    [[folder], 3, /no ledger\.db and no checkpoint/],
    [['http://127.0.0.1:9', '--policy', policy], 3, /cannot be checked/],
  ] as const)('refuses %j with a sentence', async (args, status, text) => {
    const [where, ...more] = args;
    expect(await fsck(where, ...more)).toMatchObject({ status, err: expect.stringMatching(text) });
  });
});
