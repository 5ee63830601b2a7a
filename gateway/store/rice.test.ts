import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRice, RiceReader } from './rice.ts';
import { ByteReader } from './varint.ts';

const reader = (bytes: Uint8Array): RiceReader => new RiceReader(new ByteReader(bytes));

const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.maxSafeInteger(),
  fc.constantFrom(
    2 ** 53,
    -(2 ** 53),
    2 ** 51,
    -(2 ** 51),
    2 ** 51 - 1,
    1 - 2 ** 51,
    2 ** 31,
    -(2 ** 31) - 1,
  ),
);

describe('numbers in bits', () => {
  it('come back, and are followed by zeros', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 50 }), (numbers) => {
        const from = reader(encodeRice(numbers));
        for (const value of numbers) expect(from.next() + 0).toBe(value + 0);
        for (let n = 0; n < 10; n++) expect(from.next()).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('come back out of the middle of other bytes, which are never looked at', () => {
    const around = fc.uint8Array({ maxLength: 9 });
    fc.assert(
      fc.property(fc.array(number, { maxLength: 50 }), around, around, (numbers, before, behind) => {
        const bytes = encodeRice(numbers);
        const from = new ByteReader(Buffer.concat([before, bytes, behind]));
        from.skip(before.length);
        const rice = new RiceReader(from, before.length + bytes.length);
        expect(from.at).toBe(before.length + bytes.length);
        for (const value of numbers) expect(rice.next() + 0).toBe(value + 0);
        for (let n = 0; n < 10; n++) expect(rice.next()).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('take 2 bits for a change of one, and the divisor once, and 11 bytes at most', () => {
    expect(
      encodeRice(Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 1 : -1))).length,
    ).toBeLessThanOrEqual(1 + 25);
    expect(encodeRice(Array.from({ length: 80 }, () => 0)).length).toBe(1 + 10);
    expect(encodeRice([2 ** 53, 1]).length).toBe(1 + 12);
    expect(encodeRice([10, -20, 30]).length).toBe(1 + 1 + 2);
    // One wild number does not make the others long.
    expect(encodeRice([...Array.from({ length: 79 }, () => 1), 2 ** 45]).length).toBeLessThanOrEqual(
      1 + 20 + 11 + 10,
    );
  });

  it('are laid out as the specification says', () => {
    // k = 0; zigzag 2 is 110, 0 is 0, -1 is zigzag 1, 10; two ones fill the byte.
    expect([...encodeRice([1, 0, -1])]).toEqual([0, 0b1100_1011]);
    // The same times ten: 0x40 says that the divisor follows.
    expect([...encodeRice([10, 0, -10])]).toEqual([0x40, 10, 0b1100_1011]);
    expect([...encodeRice([])]).toEqual([0]);
  });

  it('that end in the middle of one are no numbers', () => {
    const bytes = encodeRice([2 ** 53, 1]);
    expect(() => reader(bytes.subarray(0, 7)).next()).toThrow('end too early');
    expect(() => new RiceReader(new ByteReader(bytes), 7).next()).toThrow('end too early');
    expect(() => new RiceReader(new ByteReader(bytes), bytes.length + 1)).toThrow('end too early');
    // k = 3: a zero for the quotient, and two bits of three.
    expect(() =>
      new RiceReader(new ByteReader(Uint8Array.of(3, 0b1111_1001, 0b1000_0000)), 2).next(),
    ).toThrow('end too early');
  });
});
