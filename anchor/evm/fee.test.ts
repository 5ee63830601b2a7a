// Fees, over all that a chain and a node may ask: never above the owner's cap, and each one raised enough to be taken.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFee, raisedFee, weiOfGwei } from './fee.ts';

const wei = fc.bigInt({ min: 0n, max: 10n ** 12n });
const waits = expect.objectContaining({ code: 'anchor-waits' });

describe('a fee', () => {
  it('is never above the cap, covers what the chain asks today, or waits', () => {
    fc.assert(
      fc.property(wei, wei, wei, (baseFee, tip, cap) => {
        if (baseFee + tip > cap) {
          expect(() => firstFee(baseFee, tip, cap)).toThrow(waits);
          return;
        }
        const fee = firstFee(baseFee, tip, cap);
        expect(fee.max <= cap && fee.max >= baseFee + tip && fee.tip === tip).toBe(true);
        expect(fee.max === cap || fee.max === 2n * baseFee + tip).toBe(true);
      }),
    );
  });

  it('is raised by more than a tenth in both parts, under the cap, or waits', () => {
    let raised = 0;
    fc.assert(
      fc.property(wei, wei, wei, wei, wei, (oldMax, oldTip, baseFee, tip, room) => {
        const old = { max: oldMax > oldTip ? oldMax : oldTip, tip: oldTip };
        const cap = old.max + room;
        try {
          const fee = raisedFee(old, baseFee, tip, cap);
          expect(fee.max <= cap && fee.tip <= fee.max && fee.max >= baseFee + fee.tip).toBe(true);
          expect(10n * fee.max > 11n * old.max && 10n * fee.tip > 11n * old.tip).toBe(true);
          raised++;
        } catch (error) {
          if (!(error instanceof Error && 'code' in error)) throw error;
          expect(error).toEqual(waits);
        }
      }),
    );
    expect(raised).toBeGreaterThan(10);
    expect(raisedFee({ max: 0n, tip: 0n }, 0n, 0n, 5n)).toEqual({ max: 1n, tip: 1n });
  });

  it('is given in gwei', () => {
    expect(weiOfGwei(20)).toBe(20_000_000_000n);
    expect(weiOfGwei(0.001)).toBe(1_000_000n);
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e7])
      expect(() => weiOfGwei(wrong)).toThrow(expect.objectContaining({ code: 'anchor-refused' }));
  });
});
