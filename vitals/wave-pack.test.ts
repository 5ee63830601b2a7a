import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packSamples, unpackSamples } from './wave-pack.ts';

const samplesOf = fc
  .array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
  .map((all) => Int32Array.from(all));

describe('packed samples', () => {
  it('come back as they were, wherever they stand', () => {
    fc.assert(
      fc.property(samplesOf, fc.uint8Array(), fc.uint8Array(), (samples, before, after) => {
        const packed = packSamples(samples);
        const all = Uint8Array.of(...before, ...packed, ...after);
        expect(unpackSamples(all, before.length, samples.length)).toEqual({
          samples,
          end: before.length + packed.length,
        });
      }),
    );
  });

  it('are the bytes that the page of the format shows', () => {
    expect([...packSamples(Int32Array.of(1024, 1025, 1020, -32768))]).toEqual([
      0x80, 0x10, 0x02, 0x09, 0xf7, 0x8f, 0x04,
    ]);
  });

  it('take a byte for a small step', () => {
    const quiet = Int32Array.from({ length: 250 }, (_, i) => 1024 + Math.round(20 * Math.sin(i / 9)));
    expect(packSamples(quiet).length).toBeLessThan(253);
  });

  it.each<[string, number[], number]>([
    ['end too early', [0x80], 1],
    ['are fewer than said', [2, 2], 3],
    ['hold a number of six bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0], 1],
    ['hold a number beyond 32 bits', [0xff, 0xff, 0xff, 0xff, 0x1f], 1],
    ['cannot be as many', [1], 2 ** 40],
  ])('are refused where they %s', (_what, bytes, count) => {
    expect(unpackSamples(Uint8Array.from(bytes), 0, count)).toBeUndefined();
  });

  it('never throw, and never read more than there is', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(300), (bytes, count) => {
        const unpacked = unpackSamples(bytes, 0, count);
        expect((unpacked?.end ?? 0) <= bytes.length).toBe(true);
        if (unpacked !== undefined) expect(unpacked.samples).toHaveLength(count);
      }),
    );
  });
});
