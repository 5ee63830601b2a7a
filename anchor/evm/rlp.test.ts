// Vectors: Ethereum's own page on RLP (ethereum.org, "Recursive-length prefix serialization"); and viem's encoder, which
// is somebody else's, on whatever fast-check thinks of.

import fc from 'fast-check';
import { toRlp } from 'viem/utils';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.ts';
import { bytesOfHex, toHex } from './hex.ts';
import { decodeRlp, encodeRlp, type Rlp } from './rlp.ts';

const LOREM = 'Lorem ipsum dolor sit amet, consectetur adipisicing elit';
const { item: any } = fc.letrec<{ item: Rlp }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    fc.uint8Array({ maxLength: 70 }),
    fc.array(tie('item'), { maxLength: 6 }),
  ),
}));

type Nested = `0x${string}` | Nested[];
const nested = (item: Rlp): Nested => (item instanceof Uint8Array ? toHex(item) : item.map(nested));

describe('RLP', () => {
  it.each<[Rlp, string]>([
    [utf8('dog'), '0x83646f67'],
    [[utf8('cat'), utf8('dog')], '0xc88363617483646f67'],
    [utf8(''), '0x80'],
    [[], '0xc0'],
    [Uint8Array.of(0), '0x00'],
    [Uint8Array.of(15), '0x0f'],
    [Uint8Array.of(4, 0), '0x820400'],
    [[[], [[]], [[], [[]]]], '0xc7c0c1c0c3c0c1c0'],
    [utf8(LOREM), `0xb838${toHex(utf8(LOREM)).slice(2)}`],
  ])('of the known examples is theirs, case %#', (item, hex) => {
    expect(toHex(encodeRlp(item))).toBe(hex);
    expect(decodeRlp(bytesOfHex(hex)!)).toEqual(item);
  });

  it('is what viem writes, and reads back', () => {
    fc.assert(
      fc.property(any, (item) => {
        const bytes = encodeRlp(item);
        expect(toHex(bytes)).toBe(toRlp(nested(item)));
        expect(decodeRlp(bytes)).toEqual(item);
      }),
      { numRuns: 300 },
    );
    const long = new Uint8Array(70_000).fill(7);
    expect(toHex(encodeRlp([long]))).toBe(toRlp([toHex(long)]));
  });

  it.each([
    ['', 'nothing'],
    ['0x8100', 'a byte written long'],
    ['0x817f', 'a byte written long'],
    ['0xb800', 'a short length written long'],
    ['0xb801ff', 'a short length written long'],
    ['0xf801ff', 'a short length of a list written long'],
    ['0xc5c283646f67', 'an item beyond a list inside a list'],
    ['0xb90001ff', 'a length with a leading zero'],
    ['0xbb0100000000', 'a length beyond its bytes'],
    ['0xbfffffffffffffffff', 'a length of 8 bytes'],
    ['0x83646f', 'cut off'],
    ['0x83646f6700', 'bytes after the end'],
    ['0xc883636174', 'a list cut off'],
    ['0xc283646f67', 'an item beyond its list'],
    [`0x${'c1'.repeat(40)}c0`, 'lists too deep'],
  ])('%s is refused: %s', (hex) => {
    expect(() => decodeRlp(bytesOfHex(hex || '0x')!)).toThrow(
      expect.objectContaining({ code: 'bad-anchor' }),
    );
  });

  it('has one encoding for a value: whatever is read is written again the same', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        let item: Rlp;
        try {
          item = decodeRlp(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-anchor' });
          return;
        }
        read++;
        expect(encodeRlp(item)).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
    expect(read).toBeGreaterThan(20);
  });
});
