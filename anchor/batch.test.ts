import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchRoot,
  batchRootFrom,
  isSlotCount,
  segmentPath,
  segmentRoot,
  segmentRootFrom,
  segmentRootOf,
  slotPath,
} from './batch.ts';
import { hexOf } from './bytes.ts';
import { frontierOf, leafHash, treeRoot } from './tree.ts';

const entries = Array.from({ length: 40 }, (_, i) => leafHash(Uint8Array.of(i)));
const slotsOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => leafHash(Uint8Array.of(i, 1)));

describe('segment', () => {
  it('is reached from every entry, at its own place and number only', () => {
    const places = fc
      .integer({ min: 1, max: 40 })
      .chain((size) =>
        fc.tuple(fc.constant(size), fc.nat({ max: size - 1 }), fc.nat({ max: 45 }), fc.nat({ max: 45 })),
      );
    fc.assert(
      fc.property(places, ([size, index, otherIndex, otherSize]) => {
        const segment = entries.slice(0, size);
        const root = hexOf(segmentRootOf(segment));
        expect(hexOf(segmentRoot(frontierOf(segment)))).toBe(root);
        const path = segmentPath(segment, index);
        expect(hexOf(segmentRootFrom(segment[index]!, { index, size, path })!)).toBe(root);
        const elsewhere = segmentRootFrom(segment[index]!, { index: otherIndex, size: otherSize, path });
        const same = otherIndex === index && otherSize === size;
        expect(elsewhere !== undefined && hexOf(elsewhere) === root).toBe(same);
      }),
      { numRuns: 500 },
    );
  });

  it('cannot be taken for the tree below it, and is never empty', () => {
    expect(hexOf(segmentRootOf(entries))).not.toBe(hexOf(treeRoot(entries)));
    expect(() => segmentRootOf([])).toThrow(/at least one/);
  });
});

describe('slots', () => {
  it.each([16, 32, 4096])('lead to the batch root from each of %i', (count) => {
    const values = slotsOf(count);
    const root = hexOf(batchRoot(values));
    for (const slot of [0, 1, count / 2, count - 1]) {
      const path = slotPath(values, slot);
      expect(hexOf(batchRootFrom(values[slot]!, { slot, slots: count, path })!)).toBe(root);
      expect(batchRootFrom(values[slot]!, { slot, slots: count * 2, path })).toBeUndefined();
      expect(hexOf(batchRootFrom(values[slot]!, { slot: slot ^ 1, slots: count, path })!)).not.toBe(root);
      expect(batchRootFrom(values[slot]!, { slot: count, slots: count, path })).toBeUndefined();
    }
  });

  it('come in powers of two from 16 to 4096, each 32 bytes', () => {
    const good = Array.from({ length: 10_000 }, (_, n) => n).filter(isSlotCount);
    expect(good).toEqual([16, 32, 64, 128, 256, 512, 1024, 2048, 4096]);
    for (const count of [0, 1, 8, 15, 17, 8192])
      expect(() => batchRoot(slotsOf(count))).toThrow(/power of two/);
    expect(() => batchRoot([...slotsOf(15), new Uint8Array(31)])).toThrow(/32 bytes/);
    expect(() => slotPath(slotsOf(16), 16)).toThrow(/no leaf/);
    expect(
      batchRootFrom(new Uint8Array(31), { slot: 0, slots: 16, path: slotPath(slotsOf(16), 0) }),
    ).toBeUndefined();
  });
});
