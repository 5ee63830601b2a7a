// What is kept of a sent anchor: read back as it was written, and nothing else is read.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hex, toHex } from './hex.ts';
import { formatSent, parseSent } from './sent.ts';

const bad = expect.objectContaining({ code: 'bad-anchor' });
const hex = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(toHex);
const wei = fc.bigInt({ min: 0n, max: 10n ** 30n });
const fee = fc.record({ nonce: fc.maxSafeNat(), max: wei, tip: wei });
const sent = fc
  .record({
    chainId: fc.maxSafeNat(),
    contract: hex(20),
    transactions: fc.array(hex(32), { minLength: 1, maxLength: 17 }),
    height: fc.maxSafeNat(),
  })
  .chain((base) =>
    fc.oneof(
      fc.constant(base),
      fee.map((of) => ({ ...base, fee: of })),
    ),
  );
const ONE = {
  chainId: 1,
  contract: `0x${'ab'.repeat(20)}` as Hex,
  transactions: [`0x${'cd'.repeat(32)}` as Hex],
  fee: { nonce: 7, max: 30n, tip: 2n },
  height: 9,
};

describe('a sent anchor', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(sent, (one) => {
        expect(parseSent(formatSent(one))).toEqual(one);
      }),
    );
  });

  it('is read in one form only', () => {
    const text = formatSent(ONE);
    const json = JSON.parse(text) as Record<string, unknown>;
    for (const other of [
      JSON.stringify(json, null, 1),
      JSON.stringify({ ...json, more: 1 }),
      JSON.stringify(Object.fromEntries(Object.entries(json).reverse())),
      text.replace('v1', 'v2'),
      text.replace('"height":9', '"height":9.0'),
      text.replace('"maxFee":"30"', '"maxFee":"030"'),
      text.replace('"maxFee":"30"', '"maxFee":30'),
      text.replace('"nonce":7', '"nonce":-7'),
      text.replace('"nonce":7', '"nonce":null'),
      text.replace('cd', 'CD'),
      text.replace(/"transactions":\[[^\]]*\]/, '"transactions":[]'),
    ]) {
      expect(other).not.toBe(text);
      expect(() => parseSent(other), other).toThrow(bad);
    }
    expect(() =>
      parseSent(formatSent({ ...ONE, transactions: Array(18).fill(ONE.transactions[0]) })),
    ).toThrow(bad);
  });
});
