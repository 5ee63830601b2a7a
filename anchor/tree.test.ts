import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf } from './bytes.ts';
import { nodeSha256 } from './node-primitive.ts';
import { sha256 } from './primitive.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  emptyRoot,
  frontierOf,
  frontierRoot,
  inclusionPath,
  leafHash,
  nodeHash,
  subtreePlaces,
  treeRoot,
} from './tree.ts';

/** The eight entries and roots of the known-answer tests of Certificate Transparency (RFC 6962 reference code). */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = ENTRIES.map((hex) => leafHash(new Uint8Array(Buffer.from(hex, 'hex'))));
const leafLists = fc
  .array(fc.uint8Array({ maxLength: 4 }), { maxLength: 80 })
  .map((all) => all.map((entry) => leafHash(entry)));

/** MTH of RFC 6962 2.1, word for word. */
function rootByDefinition(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot();
  if (hashes.length === 1) return hashes[0]!;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(rootByDefinition(hashes.slice(0, split)), rootByDefinition(hashes.slice(split)));
}

describe('tree', () => {
  it.each(ROOTS.map((root, size) => ({ size, root })))(
    'has the known root at size $size',
    ({ size, root }) => {
      expect(hexOf(treeRoot(leaves.slice(0, size)))).toBe(root);
      expect(hexOf(frontierRoot(frontierOf(leaves.slice(0, size))))).toBe(root);
    },
  );

  it('gives the root of the definition, by list and by frontier, at every size', () => {
    fc.assert(
      fc.property(leafLists, (hashes) => {
        const root = hexOf(rootByDefinition(hashes));
        expect(hexOf(treeRoot(hashes))).toBe(root);
        expect(hexOf(frontierRoot(frontierOf(hashes)))).toBe(root);
        expect(hexOf(treeRoot(hashes, nodeSha256))).toBe(root);
      }),
    );
  });

  it('tells of every full subtree once, with its root, and names frontier and places alike', () => {
    const told = new Map<string, string>();
    const hashes = Array.from({ length: 77 }, (_, i) => leafHash(Uint8Array.of(i)));
    let frontier = EMPTY_FRONTIER;
    for (const hash of hashes) {
      frontier = appendLeaf(frontier, hash, sha256, ({ level, index }, full) => {
        expect(told.has(`${level} ${index}`)).toBe(false);
        told.set(`${level} ${index}`, hexOf(full));
      });
      const places = subtreePlaces(0, frontier.size).map(({ level, index }) => told.get(`${level} ${index}`));
      expect(frontier.subtrees.map(hexOf)).toEqual(places);
    }
    for (const [place, root] of told) {
      const [level, index] = place.split(' ').map(Number) as [number, number];
      expect(root).toBe(hexOf(treeRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level))));
    }
    expect(told.size).toBe(77 + 38 + 19 + 9 + 4 + 2 + 1);
  });

  it('leaves a frontier as it was', () => {
    const three = frontierOf(leaves.slice(0, 3));
    const before = hexOf(frontierRoot(three));
    appendLeaf(three, leaves[3]!);
    expect(hexOf(frontierRoot(three))).toBe(before);
  });

  it('separates leaves from nodes', () => {
    const [left, right] = [leaves[0]!, leaves[1]!];
    expect(hexOf(leafHash(new Uint8Array([...left, ...right])))).not.toBe(hexOf(nodeHash(left, right)));
  });

  it('has no path for a leaf that is not there', () => {
    for (const index of [-1, 8, 0.5, Number.NaN])
      expect(() => inclusionPath(leaves, index)).toThrow(/no leaf/);
  });
});
