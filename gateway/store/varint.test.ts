import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from './varint.ts';

const EDGES = [0, 1, 0x7f, 0x80, 2 ** 31, 2 ** 32, 2 ** 50, 2 ** 51 - 1, 2 ** 51, 2 ** 52, 2 ** 53 - 1];
const unsigned = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat());
const signed = fc.oneof(
  fc.constantFrom(...EDGES, ...EDGES.map((n) => -n - (n === 2 ** 53 - 1 ? 0 : 1))),
  fc.maxSafeInteger(),
);

describe('whole numbers of varying length', () => {
  it('come back as they were written, one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unsigned, signed, fc.string(), fc.double({ noNaN: true }))), (all) => {
        const out = new ByteWriter();
        for (const [a, b, text, float] of all) {
          out.unsigned(a);
          out.signed(b);
          out.text(text);
          out.float(float);
        }
        const from = new ByteReader(out.take());
        for (const [a, b, text, float] of all) {
          expect(from.unsigned()).toBe(a);
          expect(from.signed() + 0).toBe(b + 0);
          expect(from.text()).toBe(Buffer.from(text).toString());
          expect(from.float()).toBe(float);
        }
        expect(from.done).toBe(true);
      }),
    );
  });

  it('hold the widest difference there is, from 2^53-1 back to 0 and on', () => {
    for (const value of [-(2 ** 53), 2 ** 53, -(2 ** 51), -(2 ** 51) - 1, 2 ** 51 - 1]) {
      const out = new ByteWriter();
      out.signed(value);
      expect(new ByteReader(out.take()).signed()).toBe(value);
    }
  });

  it('take one byte below 128, and below 64 with a sign', () => {
    const length = (write: (out: ByteWriter) => void): number => {
      const out = new ByteWriter();
      write(out);
      return out.length;
    };
    expect(length((out) => out.unsigned(127))).toBe(1);
    expect(length((out) => out.unsigned(128))).toBe(2);
    expect(length((out) => out.signed(-64))).toBe(1);
    expect(length((out) => out.signed(64))).toBe(2);
    expect(length((out) => out.unsigned(2 ** 53 - 1))).toBe(8);
  });

  it('do not read past the end', () => {
    expect(() => new ByteReader(Uint8Array.of(0x80)).unsigned()).toThrow('end too early');
    expect(() => new ByteReader(Uint8Array.of(5, 1)).text()).toThrow('end too early');
    expect(() => new ByteReader(new Uint8Array(7)).float()).toThrow('end too early');
  });
});
