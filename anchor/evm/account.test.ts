// The account, against viem's: the address that we compute is the one that viem signs as.

import fc from 'fast-check';
import { parseTransaction, recoverTransactionAddress } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../bytes.ts';
import { accountOf, evmAddressOf } from './account.ts';

const KEY = '11'.repeat(32);

describe('an account', () => {
  it('has the address that viem gives it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        fc.pre(key[0]! < 0xff && key.some((byte) => byte > 0));
        const text = hexOf(key);
        expect(evmAddressOf(text)).toBe(privateKeyToAddress(`0x${text}`).toLowerCase());
      }),
      { numRuns: 20 },
    );
    for (const text of [`0x${KEY}`, `${KEY}\n`, `0x${KEY}\r\n`])
      expect(evmAddressOf(text)).toBe(evmAddressOf(KEY));
  });

  it('signs what it is given and nothing more', async () => {
    const account = accountOf(KEY);
    const { raw, hash } = await account.sign({
      chainId: 5,
      nonce: 3,
      gas: 25_000n,
      fee: { max: 9n, tip: 2n },
      to: `0x${'ab'.repeat(20)}`,
      input: '0xeecdf927',
    });
    expect(parseTransaction(raw)).toMatchObject({
      type: 'eip1559',
      chainId: 5,
      nonce: 3,
      gas: 25_000n,
      maxFeePerGas: 9n,
      maxPriorityFeePerGas: 2n,
      to: `0x${'ab'.repeat(20)}`,
      data: '0xeecdf927',
    });
    expect(parseTransaction(raw).value ?? 0n).toBe(0n);
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    const signer = await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` });
    expect(signer.toLowerCase()).toBe(account.address);
  });

  it('is loaded without viem', async () => {
    const { execFileSync } = await import('node:child_process');
    const script = `
      const { registerHooks } = await import('node:module');
      const seen = [];
      registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) });
      const evm = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)});
      const before = seen.filter((name) => name.startsWith('viem')).length;
      evm.createEvmAnchor({ rpcUrl: 'http://127.0.0.1:9', chainId: 1, contract: '0x' + 'ab'.repeat(20), keyText: '${KEY}', feeCapGwei: 1, fetch });
      console.log(seen.length > 10, before, seen.filter((name) => name.startsWith('viem')).length);`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(out.trim()).toBe('true 0 0');
  });
});
