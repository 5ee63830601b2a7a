// The trie alone; against blocks of a real chain it is tested in block.test.ts. The root of nothing is the Yellow Paper's.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.ts';
import { toHex } from './hex.ts';
import { encodeRlp } from './rlp.ts';
import { checkIndex, keccak256, proveIndex } from './trie.ts';

const values = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => utf8(`${i} `.repeat(1 + (i % 40))));
const bad = expect.objectContaining({ code: 'bad-anchor' });

/** A short neighbour may stand in the same nodes: then it is shown as it is, or not at all. */
function shown(root: Uint8Array, index: number, proof: readonly Uint8Array[]): Uint8Array | undefined {
  try {
    return checkIndex(root, index, proof);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-anchor' });
    return undefined;
  }
}

describe('a trie by index', () => {
  it('has the known root where it holds nothing', () => {
    const { root, proof } = proveIndex([], 0);
    expect(toHex(root)).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
    expect(proof).toEqual([]);
    expect(() => checkIndex(root, 0, proof)).toThrow(bad);
    expect(() => checkIndex(root, 0, [encodeRlp(new Uint8Array(0))])).toThrow(bad);
  });

  it.each([1, 2, 3, 16, 17, 127, 128, 129, 200, 257, 300])(
    'of %i items proves each one, and no other',
    (count) => {
      const items = values(count);
      for (const index of [0, 1, 2, 15, 16, 126, 127, 128, 129, 255, 256, count - 1]) {
        if (index >= count) continue;
        const { root, proof } = proveIndex(items, index);
        expect(checkIndex(root, index, proof)).toEqual(items[index]);
        expect(shown(root, index + 1, proof) ?? items[index + 1]).toEqual(items[index + 1]);
        expect(() => checkIndex(root, count + 1000, proof)).toThrow(bad);
      }
    },
  );

  it('has one root, whichever item is proved, and another for other items', () => {
    const items = values(40);
    const roots = new Set(items.map((_, i) => toHex(proveIndex(items, i).root)));
    expect(roots.size).toBe(1);
    expect(roots.has(toHex(proveIndex(items.with(7, utf8('other')), 0).root))).toBe(false);
    expect(roots.has(toHex(proveIndex(items.slice(1), 0).root))).toBe(false);
  });

  it('holds small nodes inside their parents', () => {
    const items = Array.from({ length: 20 }, (_, i) => Uint8Array.of(i + 1));
    for (const [index, item] of items.entries()) {
      const { root, proof } = proveIndex(items, index);
      expect(checkIndex(root, index, proof)).toEqual(item);
    }
  });

  it('proves nothing with a node missing, changed, swapped or too many', () => {
    const items = values(200);
    fc.assert(
      fc.property(fc.nat(199), fc.nat(), fc.integer({ min: 1, max: 255 }), (index, at, flip) => {
        const { root, proof } = proveIndex(items, index);
        const node = at % proof.length;
        const place = at % proof[node]!.length;
        const flipped = proof[node]!.with(place, proof[node]![place]! ^ flip);
        expect(() => checkIndex(root, index, proof.with(node, flipped))).toThrow(bad);
        expect(() => checkIndex(root, index, proof.toSpliced(node, 1))).toThrow(bad);
        expect(() => checkIndex(root, index, [...proof, proof[node]!])).toThrow(bad);
        if (proof.length > 1) expect(() => checkIndex(root, index, proof.toReversed())).toThrow(bad);
      }),
      { numRuns: 60 },
    );
  });

  it('takes no node that only looks like one', () => {
    for (const node of [
      new Uint8Array(40),
      encodeRlp([]),
      encodeRlp([utf8('a'), utf8('b'), utf8('c')]),
      encodeRlp([[], utf8('value')]),
      encodeRlp([new Uint8Array(0), utf8('value')]),
      encodeRlp([Uint8Array.of(0x40), utf8('value')]),
      encodeRlp([Uint8Array.of(0x40, 0x80), utf8('value')]),
      encodeRlp([Uint8Array.of(0x60, 0x80), utf8('value')]),
      encodeRlp([Uint8Array.of(0x38), utf8('value')]),
      encodeRlp([Uint8Array.of(0x21), utf8('value')]),
      encodeRlp([Uint8Array.of(0x20, 0x80), [utf8('value')]]),
      encodeRlp(utf8('text that is long enough for a node')),
    ]) {
      expect(() => checkIndex(keccak256(node), 0, [node])).toThrow(bad);
    }
    const leaf = encodeRlp([Uint8Array.of(0x20, 0x80), utf8('value')]);
    expect(checkIndex(keccak256(leaf), 0, [leaf])).toEqual(utf8('value'));
  });
});
