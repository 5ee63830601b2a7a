// Blocks of a real chain, computed again from its JSON: of each of Ethereum's rules since London and of the OP Stack, with
// 1 to 200 receipts, of each type of transaction. What anvil cannot be asked for (blobs) is compared with viem's
// serializer. The proof of every receipt of a block is checked.

import { serializeTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTransaction, proveInBlock, readBlock } from './block.ts';
import { EvmChain } from './chain.ts';
import { type Hex, toHex } from './hex.ts';
import { Fields } from './json-rpc.ts';
import { ANVIL, type Anvil, startAnvil } from './node-anvil.ts';
import { checkIndex, keccak256 } from './trie.ts';

type Fetch = ConstructorParameters<typeof EvmChain>[0]['fetch'];
const gasPrice = '0x2540be400';
const KEY: Hex = `0x${'22'.repeat(32)}`;

/** The newest block with all that proves it, and how many of its transactions were proved. */
async function proveAll(url: string): Promise<number> {
  const chain = new EvmChain({ rpcUrl: url, fetch: fetch as Fetch });
  const { block, transactions } = await chain.fullBlock('latest');
  const receipts = await chain.receiptsOf(block.hash);
  for (const [index, transaction] of transactions.entries()) {
    // Of many, those beside which the keys change their length or first digit, and some between.
    if (index > 18 && index % 16 > 0 && ![126, 127, 129, transactions.length - 1].includes(index)) continue;
    const { receiptProof, transactionProof } = proveInBlock(block, transactions, receipts, index);
    const raw = checkIndex(block.transactionsRoot, index, transactionProof);
    expect(toHex(keccak256(raw))).toBe(transaction.hex('hash', 32));
    const receipt = checkIndex(block.receiptsRoot, index, receiptProof);
    expect(receipt[0]! >= 0xc0 ? 0 : receipt[0]!).toBe(transaction.count('type'));
  }
  return transactions.length;
}

describe.skipIf(!ANVIL)('blocks of anvil (skipped where npm brought no anvil)', () => {
  let anvil: Anvil;
  let from: string;
  beforeAll(async () => {
    anvil = await startAnvil(['--no-mining', '--order', 'fifo']);
    [from] = (await anvil.ask('eth_accounts')) as [string];
  });
  afterAll(() => anvil.stop());

  const send = (more: object): Promise<unknown> =>
    anvil.ask('eth_sendTransaction', { from, to: from, value: '0x1', gas: '0x10000', ...more });

  it.each([0, 1, 2, 17, 127, 128, 129, 200])(
    'with %i transactions are computed again, and each is proved',
    async (count) => {
      for (let i = 0; i < count; i++)
        await send({ ...(i % 2 ? { gasPrice } : {}), value: `0x${(i * 7919).toString(16)}` });
      await anvil.ask('anvil_mine', '0x1');
      expect(await proveAll(anvil.url)).toBe(count);
    },
  );

  it('hold each type of transaction, logs, and failures', async () => {
    const account = privateKeyToAccount(KEY);
    await anvil.ask('anvil_setBalance', account.address, '0xde0b6b3a7640000');
    const accessList = [{ address: account.address, storageKeys: [`0x${'0a'.repeat(32)}`] }];
    await send({ gasPrice });
    await send({ gasPrice, accessList });
    await send({ accessList, data: '0x00ff' });
    // Makes a contract that leaves a log with a topic and data when made, and one that fails.
    await send({ to: null, value: '0x0', data: '0x602a600052600160206000a1' });
    await send({ to: null, value: '0x0', data: '0xfe' });
    const authorization = await account.signAuthorization({
      chainId: 31337,
      address: `0x${'dd'.repeat(20)}`,
      nonce: 1,
    });
    const raw = await account.signTransaction({
      type: 'eip7702',
      chainId: 31337,
      nonce: 0,
      gas: 100_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
      to: account.address,
      authorizationList: [authorization],
    });
    await anvil.ask('eth_sendRawTransaction', raw);
    await anvil.ask('anvil_mine', '0x1');
    expect(await proveAll(anvil.url)).toBe(6);
    const receipts = await new EvmChain({ rpcUrl: anvil.url, fetch: fetch as Fetch }).receiptsOf(
      ((await anvil.ask('eth_getBlockByNumber', 'latest', false)) as { hash: Hex }).hash,
    );
    expect(new Set(receipts.map((receipt) => receipt.count('type')))).toEqual(new Set([0, 1, 2, 4]));
    expect(receipts.map((receipt) => receipt.count('status')).toSorted()).toEqual([0, 1, 1, 1, 1, 1]);
    expect(receipts.reduce((sum, receipt) => sum + receipt.list('logs').length, 0)).toBe(1);
  });

  it('are refused where anything that the node says of them was changed', async () => {
    await send({ gasPrice });
    await send({});
    await anvil.ask('anvil_mine', '0x1');
    const block = (await anvil.ask('eth_getBlockByNumber', 'latest', true)) as Record<string, unknown> & {
      transactions: Record<string, unknown>[];
    };
    const receipts = (await anvil.ask('eth_getBlockReceipts', 'latest')) as Record<string, unknown>[];
    const fields = (value: unknown): Fields => new Fields(value, (why) => new Error(why) as never);
    const prove = (b: object, t: readonly object[], r: readonly object[]): unknown =>
      proveInBlock(readBlock(fields(b)), t.map(fields), r.map(fields), 0);
    expect(prove(block, block.transactions, receipts)).toHaveProperty('receiptProof');
    const refused = expect.objectContaining({
      code: 'anchor-refused',
      message: expect.stringContaining('computed again'),
    });
    for (const name of ['stateRoot', 'gasUsed', 'timestamp', 'miner', 'requestsHash']) {
      const changed = { ...block, [name]: String(block[name]).replace(/.{2}$/, 'fe') };
      expect(() => prove(changed, block.transactions, receipts), name).toThrow(refused);
    }
    const { withdrawalsRoot: _, ...older } = block;
    expect(() => prove(older, block.transactions, receipts)).toThrow(refused);
    expect(() => prove(block, block.transactions.toReversed(), receipts)).toThrow(refused);
    expect(() => prove(block, block.transactions.slice(1), receipts)).toThrow(refused);
    expect(() => prove(block, block.transactions, receipts.slice(1))).toThrow(refused);
    expect(() => prove(block, block.transactions, [{ ...receipts[0], status: '0x0' }, receipts[1]!])).toThrow(
      refused,
    );
    expect(() => prove(block, [{ ...block.transactions[0], type: '0x55' }], receipts)).toThrow(
      expect.objectContaining({ code: 'anchor-refused', message: expect.stringContaining('type 85') }),
    );
  });
});

describe.skipIf(!ANVIL)('rules of other times and chains (skipped where npm brought no anvil)', () => {
  it.each(['london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'])('%s', async (rules) => {
    const anvil = await startAnvil(['--hardfork', rules, '--no-mining', '--order', 'fifo']);
    try {
      const [from] = (await anvil.ask('eth_accounts')) as [string];
      await anvil.ask('eth_sendTransaction', { from, to: from, value: '0x1' });
      await anvil.ask('anvil_mine', '0x1');
      expect(await proveAll(anvil.url)).toBe(1);
    } finally {
      await anvil.stop();
    }
  });

  it('the OP Stack, whose blocks begin with a deposit', async () => {
    const anvil = await startAnvil([
      '--network',
      'optimism',
      '--chain-id',
      '10',
      '--no-mining',
      '--order',
      'fifo',
    ]);
    try {
      const [from] = (await anvil.ask('eth_accounts')) as [string];
      const deposit = { type: '0x7e', sourceHash: `0x${'01'.repeat(32)}`, mint: '0x5', isSystemTx: false };
      await anvil.ask('eth_sendTransaction', {
        from,
        to: from,
        value: '0x1',
        gas: '0x10000',
        input: '0x',
        ...deposit,
      });
      await anvil.ask('eth_sendTransaction', { from, to: from, value: '0x1', gas: '0x10000' });
      await anvil.ask('anvil_mine', '0x1');
      expect(await proveAll(anvil.url)).toBe(2);
    } finally {
      await anvil.stop();
    }
  });
});

describe('transactions', () => {
  it('with blobs are written as viem writes them', () => {
    const [to, hash, storageKey]: Hex[] = [
      `0x${'aa'.repeat(20)}`,
      `0x01${'bb'.repeat(31)}`,
      `0x${'cc'.repeat(32)}`,
    ];
    const [r, s]: Hex[] = [`0x${'12'.repeat(32)}`, `0x${'34'.repeat(32)}`];
    const written = serializeTransaction(
      {
        type: 'eip4844',
        chainId: 1,
        nonce: 300,
        gas: 21_000n,
        maxFeePerGas: 10n ** 9n,
        maxPriorityFeePerGas: 0n,
        maxFeePerBlobGas: 77n,
        blobVersionedHashes: [hash!],
        sidecars: false,
        accessList: [{ address: to!, storageKeys: [storageKey!] }],
        to: to!,
        value: 5n,
      } as never,
      { r: r!, s: s!, yParity: 1 },
    );
    const json = {
      type: '0x3',
      chainId: '0x1',
      nonce: '0x12c',
      gas: '0x5208',
      maxFeePerGas: '0x3b9aca00',
      maxPriorityFeePerGas: '0x0',
      maxFeePerBlobGas: '0x4d',
      blobVersionedHashes: [hash],
      accessList: [{ address: to, storageKeys: [storageKey] }],
      to,
      value: '0x5',
      input: '0x',
      yParity: '0x1',
      r,
      s,
    };
    expect(toHex(encodeTransaction(new Fields(json, (why) => new Error(why) as never)))).toBe(written);
  });
});
