// `heartwood evm-registry` as a person uses it: the key is made once and for one pair of eyes, and the contract on a real
// chain is the one that anchors can be left in.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkEvmEvidence } from '@heartwood/anchor/evm';
import { ANVIL, digestOf, evidenceOf, SAMPLE_CHAIN, sampleChain } from '@heartwood/anchor/evm-sample';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-status.ts';
import { runHeartwood } from '../test-frame.ts';

const ADDRESS = /^0x[0-9a-f]{40}\n$/;

describe('heartwood evm-registry', () => {
  let folder: string;
  let key: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartwood-evm-'));
    key = join(folder, 'evm.key');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => runHeartwood(['evm-registry', '--evm-key', key, ...args]);

  it('makes the key once, for its owner alone, and shows the account and never the key', async () => {
    const first = await run();
    expect(first).toMatchObject({ status: EXIT.ok, out: expect.stringMatching(ADDRESS) });
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const text = readFileSync(key, 'utf8');
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    const second = await run();
    expect(second.out).toBe(first.out);
    expect(readFileSync(key, 'utf8')).toBe(text);
    expect(`${first.out}${first.err}${second.err}`).not.toContain(text.trim());
  });

  it('refuses a key that others can read, one that is none, and a folder that is not there', async () => {
    writeFileSync(key, `${'11'.repeat(32)}\n`);
    chmodSync(key, 0o644);
    expect(await run()).toMatchObject({
      status: EXIT.cannotRun,
      out: '',
      err: expect.stringContaining('chmod 600'),
    });
    chmodSync(key, 0o600);
    expect(await run()).toMatchObject({ status: EXIT.ok });
    writeFileSync(key, 'my secret words\n');
    const wrong = await run();
    expect(wrong).toMatchObject({
      status: EXIT.cannotRun,
      err: expect.stringContaining('64 hexadecimal digits'),
    });
    expect(wrong.err).not.toContain('secret');
    key = join(folder, 'none', 'evm.key');
    expect(await run()).toMatchObject({ status: EXIT.cannotRun, err: expect.stringContaining('ENOENT') });
  });

  it.each([
    [['--evm-rpc', 'http://127.0.0.1:9'], 'belong together'],
    [['--evm-chain', 'sepolia'], 'evm-chain must be a whole number'],
    [['--evm-fee-cap', '0'], 'evm-fee-cap must be'],
    [['--evm-fee-cap', 'much'], 'evm-fee-cap must be'],
  ])('refuses %j before a key is made', async (args, words) => {
    expect(await run(...args)).toMatchObject({ status: EXIT.usage, err: expect.stringContaining(words) });
    expect(() => statSync(key)).toThrow();
  });

  it('says what keeps it from the chain', async () => {
    expect(await run('--evm-rpc', 'http://127.0.0.1:9/SECRET', '--evm-chain', '1')).toMatchObject({
      status: EXIT.cannotRun,
      err: expect.stringMatching(/The node at 127\.0\.0\.1:9 does not answer: no connection\.\n$/),
    });
  });

  it.skipIf(!ANVIL)(
    'puts a contract there that anchors can be left in (skipped where npm brought no anvil)',
    async () => {
      const chain = await sampleChain();
      try {
        const there = ['--evm-rpc', chain.anvil.url, '--evm-chain', String(SAMPLE_CHAIN)];
        const poor = await run(...there);
        expect(poor).toMatchObject({
          status: EXIT.cannotRun,
          out: '',
          err: expect.stringContaining('send it funds'),
        });
        const [account] = /0x[0-9a-f]{40}/.exec(poor.err)!;
        await chain.anvil.ask('anvil_setBalance', account, '0xde0b6b3a7640000');
        const wrong = await run('--evm-rpc', chain.anvil.url, '--evm-chain', '1');
        expect(wrong).toMatchObject({
          status: EXIT.cannotRun,
          err: expect.stringContaining('is on chain 31337, not 1'),
        });
        const dear = await run(...there, '--evm-fee-cap', '0.001');
        expect(dear).toMatchObject({
          status: EXIT.cannotRun,
          err: expect.stringContaining('cap is 0.001 gwei'),
        });
        const done = await run(...there);
        expect(done).toMatchObject({ status: EXIT.ok, out: expect.stringMatching(ADDRESS) });
        const anchor = chain.anchor({ contract: done.out.trim(), keyText: readFileSync(key, 'utf8') });
        const digest = digestOf('through the program');
        const sent = await anchor.submit(digest);
        await chain.mine(3);
        const { state, evidence } = { evidence: '', ...(await anchor.advance(digest, evidenceOf(sent))) };
        expect(state).toBe('confirmed');
        expect(checkEvmEvidence(evidence, digest).contract).toBe(done.out.trim());
      } finally {
        await chain.anvil.stop();
      }
    },
  );
});
