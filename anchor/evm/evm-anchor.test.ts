// The anchor on a real chain (anvil, each block made when the test says so): a digest's whole way, what it costs, and
// all that a chain may do with it in between.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fetch } from '../log-client.ts';
import { ANCHOR_SELECTOR } from './anchor-registry.ts';
import { checkEvmEvidence } from './check-evidence.ts';
import { confirmWithNode } from './confirm-with-node.ts';
import { ANCHOR_GAS } from './fee.ts';
import { toHex } from './hex.ts';
import { ANVIL } from './node-anvil.ts';
import {
  digestOf,
  evidenceOf,
  SAMPLE_CHAIN,
  type SampleChain,
  sampleChain,
  transactionsOf,
} from './node-home-sample.ts';

const DIGEST = digestOf('checkpoint 1');
const node = { fetch: fetch as Fetch, timeoutMs: 2_000 };

describe.skipIf(!ANVIL)('an anchor on a chain (skipped where npm brought no anvil)', () => {
  let chain: SampleChain;
  beforeEach(async () => {
    chain = await sampleChain(['--no-mining']);
  });
  afterEach(() => chain.anvil.stop());

  it('is pending until it lies deep enough, then proved for anybody', async () => {
    const anchor = chain.anchor();
    expect(anchor.id).toBe(`evm:${SAMPLE_CHAIN}:${chain.contract}`);
    let now = await anchor.submit(DIGEST);
    expect(() => checkEvmEvidence(evidenceOf(now), DIGEST)).toThrow(
      expect.objectContaining({ code: 'bad-anchor' }),
    );
    for (let block = 0; block < 3; block++) {
      now = await anchor.advance(DIGEST, evidenceOf(now));
      expect(now.state).toBe('pending');
      await chain.mine(1);
    }
    now = await anchor.advance(DIGEST, evidenceOf(now));
    expect(now.state).toBe('confirmed');
    const finding = checkEvmEvidence(evidenceOf(now), DIGEST);
    expect(finding).toMatchObject({ chainId: SAMPLE_CHAIN, contract: chain.contract, blockNumber: 2 });
    expect(Math.abs(finding.timeMs - Date.now())).toBeLessThan(60_000);
    await chain.mine(1);
    expect(await anchor.advance(DIGEST, evidenceOf(now))).toEqual(now);
    expect(await confirmWithNode(evidenceOf(now), chain.anvil.url, node)).toEqual({
      state: 'in-chain',
      blocks: 4,
      host: new URL(chain.anvil.url).host,
    });
  });

  it(`costs at most ${ANCHOR_GAS} gas, whatever the digest`, async () => {
    const anchor = chain.anchor();
    const used: number[] = [];
    for (const digest of [new Uint8Array(32).fill(0xff), DIGEST, new Uint8Array(32)]) {
      const [transaction] = transactionsOf(await anchor.submit(digest));
      await chain.mine(1);
      const receipt = (await chain.anvil.ask('eth_getTransactionReceipt', transaction)) as {
        gasUsed: string;
      };
      used.push(Number(receipt.gasUsed));
    }
    console.log(
      `gas of an anchor: ${used[0]} without a zero byte, ${used[1]} for a hash, ${used[2]} for zeros`,
    );
    expect(Math.max(...used)).toBe(used[0]);
    expect(used[0]).toBeLessThanOrEqual(ANCHOR_GAS);
    expect(used[2]).toBeGreaterThan(21_000);
  });

  it('goes out many at a time, each under its own nonce', async () => {
    const anchor = chain.anchor();
    const digests = Array.from({ length: 6 }, (_, i) => digestOf(`checkpoint ${i}`));
    const sent = await Promise.all(digests.map((digest) => anchor.submit(digest)));
    await chain.mine(3);
    expect(await chain.spent()).toBe(6);
    const all = await Promise.all(digests.map((digest, i) => anchor.advance(digest, evidenceOf(sent[i]!))));
    for (const [i, one] of all.entries()) {
      expect(one.state).toBe('confirmed');
      checkEvmEvidence(evidenceOf(one), digests[i]!);
      expect(() => checkEvmEvidence(evidenceOf(one), digests[(i + 1) % 6]!)).toThrow();
    }
  });

  it('is paid once, though what was sent was never kept: it waits, or is in the chain', async () => {
    const first = await chain.anchor().submit(DIGEST);
    const again = await chain.anchor().submit(DIGEST);
    expect(again).toEqual(first);
    await chain.mine(1);
    const later = await chain.anchor().submit(DIGEST);
    expect(transactionsOf(later)).toEqual(transactionsOf(first));
    await chain.mine(2);
    expect(await chain.spent()).toBe(1);
    expect((await chain.anchor().advance(DIGEST, evidenceOf(later))).state).toBe('confirmed');
  });

  it('is looked for in a bounded number of blocks', async () => {
    await chain.anchor().submit(DIGEST);
    await chain.mine(12);
    const asked: string[] = [];
    const spy: Fetch = (url, init) => {
      asked.push(new TextDecoder().decode(init.body));
      return fetch(url, init);
    };
    await chain.anchor({ searchBlocks: 5, fetch: spy }).submit(DIGEST);
    await chain.mine(1);
    expect(await chain.spent()).toBe(2);
    const search = asked.find((body) => body.includes('eth_getLogs'))!;
    expect(JSON.parse(search)).toMatchObject({ params: [{ fromBlock: '0x8' }] });
  });

  it('of another account counts as well: a digest is a digest', async () => {
    const [other] = (await chain.anvil.ask('eth_accounts')) as [string];
    const data = `${ANCHOR_SELECTOR}${toHex(DIGEST).slice(2)}`;
    await chain.anvil.ask('eth_sendTransaction', { from: other, to: chain.contract, data });
    await chain.mine(3);
    const anchor = chain.anchor();
    const found = await anchor.submit(DIGEST);
    const now = await anchor.advance(DIGEST, evidenceOf(found));
    expect(now.state).toBe('confirmed');
    checkEvmEvidence(evidenceOf(now), DIGEST);
    expect(await chain.spent()).toBe(0);
  });

  it('is lost in a reorganisation, confirmed or not, and submitted again', async () => {
    const anchor = chain.anchor();
    const sent = await anchor.submit(DIGEST);
    await chain.mine(3);
    const confirmed = await anchor.advance(DIGEST, evidenceOf(sent));
    expect(confirmed.state).toBe('confirmed');
    await chain.mine(1);
    await chain.anvil.ask('anvil_reorg', 4, []);
    const host = new URL(chain.anvil.url).host;
    expect(await confirmWithNode(evidenceOf(confirmed), chain.anvil.url, node)).toEqual({
      state: 'not-in-chain',
      why: 'block 2 of the chain has another hash',
      host,
    });
    for (const evidence of [evidenceOf(sent), evidenceOf(confirmed)]) {
      const lost = await anchor.advance(DIGEST, evidence);
      expect(lost).toMatchObject({ state: 'lost', why: expect.stringContaining('reorganised') });
    }
    const again = await anchor.submit(DIGEST);
    expect(again.state).toBe('pending');
    await chain.mine(3);
    const now = await anchor.advance(DIGEST, evidenceOf(again));
    expect(now.state).toBe('confirmed');
    expect(checkEvmEvidence(evidenceOf(now), DIGEST).blockNumber).toBe(6);
  });

  it('comes back from a reorganisation in another block, and its evidence is made anew', async () => {
    const anchor = chain.anchor();
    const snapshot = await chain.anvil.ask('evm_snapshot');
    const sent = await anchor.submit(DIGEST);
    const [transaction] = transactionsOf(sent);
    const raw = await chain.anvil.ask('eth_getRawTransactionByHash', transaction);
    await chain.mine(3);
    const before = await anchor.advance(DIGEST, evidenceOf(sent));
    expect(before.state).toBe('confirmed');
    await chain.anvil.ask('evm_revert', snapshot);
    await chain.mine(4);
    await chain.anvil.ask('eth_sendRawTransaction', raw);
    const back = await anchor.advance(DIGEST, evidenceOf(before));
    expect(back.state).toBe('pending');
    await chain.mine(1);
    const again = await anchor.advance(DIGEST, evidenceOf(before));
    expect(again.state).toBe('pending');
    expect((await anchor.advance(DIGEST, evidenceOf(again))).state).toBe('pending');
    await chain.mine(2);
    for (const evidence of [evidenceOf(back), evidenceOf(again), evidenceOf(before)]) {
      const now = await anchor.advance(DIGEST, evidence);
      expect(now.state).toBe('confirmed');
      expect(checkEvmEvidence(evidenceOf(now), DIGEST).blockNumber).toBe(6);
    }
    expect(await chain.spent()).toBe(1);
  });

  it('is given up when the chain was rolled back or has dropped it for three blocks, not before', async () => {
    const anchor = chain.anchor();
    await chain.mine(2);
    const sent = await anchor.submit(DIGEST);
    await chain.anvil.ask('anvil_dropAllTransactions');
    for (let block = 0; block < 3; block++) {
      expect(await anchor.advance(DIGEST, evidenceOf(sent))).toEqual(sent);
      await chain.mine(1);
    }
    expect((await anchor.advance(DIGEST, evidenceOf(sent))).state).toBe('lost');
    await chain.anvil.ask('anvil_rollback', 4);
    expect((await anchor.advance(DIGEST, evidenceOf(sent))).state).toBe('lost');
  });

  describe('and its fee', () => {
    it('is raised when it waits too long; one of the two is paid', async () => {
      const anchor = chain.anchor({ feeCapGwei: 200 });
      const sent = await anchor.submit(DIGEST);
      await chain.mineAt(1, 50, 'full');
      expect(await anchor.advance(DIGEST, evidenceOf(sent))).toMatchObject({ state: 'pending' });
      expect(transactionsOf(await anchor.advance(DIGEST, evidenceOf(sent)))).toHaveLength(1);
      await chain.mineAt(1, 50, 'full');
      const raised = await anchor.advance(DIGEST, evidenceOf(sent));
      expect(transactionsOf(raised)).toHaveLength(2);
      expect(transactionsOf(raised)[0]).toBe(transactionsOf(sent)[0]);
      await chain.mineAt(3, 50);
      const now = await anchor.advance(DIGEST, evidenceOf(raised));
      expect(now.state).toBe('confirmed');
      expect(checkEvmEvidence(evidenceOf(now), DIGEST).transactionHash).toBe(transactionsOf(raised)[1]);
      expect(await chain.spent()).toBe(1);
      // A crash after the second was sent, before it was kept: the first one's evidence finds it.
      const found = await anchor.advance(DIGEST, evidenceOf(sent));
      expect(transactionsOf(found)).toEqual([transactionsOf(raised)[1]]);
      expect(await anchor.advance(DIGEST, evidenceOf(found))).toEqual(now);
    });

    it('is never above the cap: it waits and says so, and goes on when the chain is cheaper', async () => {
      const anchor = chain.anchor();
      const sent = await anchor.submit(DIGEST);
      await chain.mineAt(2, 50, 'full');
      await expect(anchor.advance(DIGEST, evidenceOf(sent))).rejects.toMatchObject({
        code: 'anchor-waits',
        message: expect.stringMatching(/chain asks [\d.]+ gwei .* cap is 20 gwei; it stays as it was sent/),
      });
      await expect(anchor.submit(digestOf('checkpoint 2'))).rejects.toMatchObject({
        code: 'anchor-waits',
        message: expect.stringContaining('nothing was sent'),
      });
      expect(await chain.anvil.ask('eth_getTransactionCount', chain.account, 'pending')).toBe('0x2');
      await chain.mineAt(3, 1);
      expect((await anchor.advance(DIGEST, evidenceOf(sent))).state).toBe('confirmed');
      await anchor.submit(digestOf('checkpoint 2'));
    });

    it('is bounded though the node suggests a fortune', async () => {
      const greedy: Fetch = async (url, init) => {
        const { id, method } = JSON.parse(new TextDecoder().decode(init.body)) as {
          id: number;
          method: string;
        };
        if (method === 'eth_maxPriorityFeePerGas')
          return Response.json({ jsonrpc: '2.0', id, result: '0xde0b6b3a7640000' });
        return fetch(url, init);
      };
      await expect(chain.anchor({ fetch: greedy }).submit(DIGEST)).rejects.toMatchObject({
        code: 'anchor-waits',
      });
      await chain.mine(1);
      expect(await chain.spent()).toBe(0);
    });
  });

  it('that failed in the chain is a matter for a person, and not paid for again and again', async () => {
    const anchor = chain.anchor();
    const sent = await anchor.submit(DIGEST);
    await chain.anvil.ask('anvil_setCode', chain.contract, '0xfe');
    await chain.mine(3);
    await expect(anchor.advance(DIGEST, evidenceOf(sent))).rejects.toMatchObject({
      code: 'anchor-refused',
      message: expect.stringContaining('failed'),
    });
  });

  it('goes on where it was after the chain was away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heartwood-evm-'));
    const state = ['--state', join(folder, 'state.json')];
    const before = await sampleChain(state);
    try {
      const anchor = before.anchor({ timeoutMs: 2_000 });
      const sent = await anchor.submit(DIGEST);
      await before.anvil.stop();
      const unreachable = { code: 'anchor-unreachable', message: expect.stringContaining('does not answer') };
      await expect(anchor.advance(DIGEST, evidenceOf(sent))).rejects.toMatchObject(unreachable);
      await expect(anchor.submit(digestOf('checkpoint 2'))).rejects.toMatchObject(unreachable);
      await expect(confirmWithNode('{}', before.anvil.url, node)).rejects.toMatchObject({
        code: 'bad-anchor',
      });
      const after = await sampleChain(state, before.anvil.port);
      try {
        await after.mine(2);
        const now = await anchor.advance(DIGEST, evidenceOf(sent));
        expect(now.state).toBe('confirmed');
        await anchor.submit(digestOf('checkpoint 2'));
      } finally {
        await after.anvil.stop();
      }
    } finally {
      await before.anvil.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('leaves the contract with nothing but a log: value, and other calls, are reverted', async () => {
    const [from] = (await chain.anvil.ask('eth_accounts')) as [string];
    const data = `${ANCHOR_SELECTOR}${toHex(DIGEST).slice(2)}`;
    const call = (more: object): Promise<unknown> =>
      chain.anvil.ask('eth_call', { from, to: chain.contract, data, ...more }, 'latest');
    expect(await call({})).toBe('0x');
    for (const more of [
      { value: '0x1' },
      { data: '0x' },
      { data: '0xdeadbeef' },
      { data: data.slice(0, -2) },
    ]) {
      await expect(call(more)).rejects.toThrow(/revert/);
    }
    await chain.anchor().submit(DIGEST);
    await chain.mine(1);
    expect(await chain.anvil.ask('eth_getStorageAt', chain.contract, '0x0', 'latest')).toMatch(/^0x0+$/);
  });
});
