import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf } from './bytes.ts';
import {
  checkConsistency,
  checkInclusion,
  consistencyPath,
  type NodeReader,
  readFrontier,
  readInclusionPath,
  rootFromInclusion,
} from './proof.ts';
import { emptyRoot, frontierOf, inclusionPath, leafHash, treeRoot } from './tree.ts';

const hashes = Array.from({ length: 70 }, (_, i) => leafHash(Uint8Array.of(i)));
const roots = Array.from({ length: 71 }, (_, size) => treeRoot(hashes.slice(0, size)));
const read: NodeReader = (level, index) => {
  const end = (index + 1) * 2 ** level;
  if (end > hashes.length) throw new Error(`asked for a subtree that is not full: ${level} ${index}`);
  return treeRoot(hashes.slice(index * 2 ** level, end));
};

describe('inclusion', () => {
  it('holds for every leaf of every tree up to 70, by list and by stored nodes', () => {
    for (let size = 1; size <= 70; size++) {
      for (let index = 0; index < size; index++) {
        const path = readInclusionPath(read, index, size);
        expect(path.map(hexOf)).toEqual(inclusionPath(hashes.slice(0, size), index).map(hexOf));
        expect(checkInclusion(hashes[index]!, index, size, path, roots[size]!)).toBe(true);
      }
    }
  });

  it('fails for any other leaf, root, or path', () => {
    const cases = fc
      .integer({ min: 1, max: 70 })
      .chain((size) =>
        fc.tuple(fc.constant(size), fc.nat({ max: size - 1 }), fc.nat(), fc.nat({ max: 255 })),
      );
    fc.assert(
      fc.property(cases, ([size, index, at, bit]) => {
        const path = readInclusionPath(read, index, size);
        const flipped = path.map((hash) => hash.slice());
        const target = [hashes[index]!.slice(), roots[size]!.slice(), ...flipped];
        const [leaf, root, ...mutated] = target;
        target[at % target.length]![bit >> 3]! ^= 1 << (bit & 7);
        expect(checkInclusion(leaf!, index, size, mutated, root!)).toBe(false);
        expect(checkInclusion(hashes[index]!, index, size, path.slice(1), roots[size]!)).toBe(
          path.length === 0,
        );
        expect(checkInclusion(hashes[index]!, index, size, [...path, hashes[0]!], roots[size]!)).toBe(false);
      }),
    );
  });

  it('is not bound to a size by its path alone, which is why a segment binds it', () => {
    const path = readInclusionPath(read, 0, 5);
    expect(checkInclusion(hashes[0]!, 0, 7, path, roots[5]!)).toBe(true);
    const last = readInclusionPath(read, 4, 5);
    expect(checkInclusion(hashes[4]!, 1, 2, last, roots[5]!)).toBe(true);
  });

  it('refuses places that are none, and hashes that are none', () => {
    const path = readInclusionPath(read, 3, 8);
    const places: [number, number][] = [
      [8, 8],
      [-1, 8],
      [3.5, 8],
      [3, 2 ** 53],
      [2 ** 64, 8],
      [Number.NaN, 8],
      [0, 0],
    ];
    for (const [index, size] of places)
      expect(rootFromInclusion(hashes[3]!, index, size, path)).toBeUndefined();
    expect(rootFromInclusion(hashes[3]!.slice(1), 3, 8, path)).toBeUndefined();
    expect(rootFromInclusion(hashes[3]!, 3, 8, [path[0]!.slice(1), ...path.slice(1)])).toBeUndefined();
    expect(() => readInclusionPath(read, 8, 8)).toThrow(/no leaf/);
  });

  it('works beyond 2^32 leaves', () => {
    const size = 2 ** 40 + 1;
    const deep = Array.from({ length: 40 }, () => hashes[1]!);
    const whole = rootFromInclusion(hashes[0]!, 0, 2 ** 40, deep)!;
    const grown = rootFromInclusion(whole, 0, 2, [hashes[2]!])!;
    expect(checkInclusion(hashes[0]!, 0, size, [...deep, hashes[2]!], grown)).toBe(true);
    expect(checkInclusion(hashes[2]!, 2 ** 40, size, [whole], grown)).toBe(true);
  });
});

describe('consistency', () => {
  it('holds between all sizes up to 40, and between no others', () => {
    for (let size2 = 1; size2 <= 40; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const proof = consistencyPath(read, size1, size2);
        expect(checkConsistency(size1, size2, proof, roots[size1]!, roots[size2]!)).toBe(true);
        expect(checkConsistency(size1, size2, proof, roots[size1 - 1]!, roots[size2]!)).toBe(false);
        expect(checkConsistency(size1, size2, proof, roots[size1]!, roots[size2 + 1]!)).toBe(false);
        expect(checkConsistency(size1, size2, [...proof, hashes[0]!], roots[size1]!, roots[size2]!)).toBe(
          false,
        );
        if (proof.length > 0) {
          expect(checkConsistency(size1, size2, proof.slice(0, -1), roots[size1]!, roots[size2]!)).toBe(
            false,
          );
        }
      }
    }
  });

  it('proves nothing from an empty tree, except that it equals itself', () => {
    expect(checkConsistency(0, 0, [], emptyRoot(), emptyRoot())).toBe(true);
    expect(checkConsistency(0, 3, [], emptyRoot(), roots[3]!)).toBe(false);
    expect(() => consistencyPath(read, 0, 3)).toThrow(/no proof from size 0/);
  });

  it('reads the frontier of any size from stored nodes', () => {
    for (let size = 0; size <= 70; size++) {
      expect(readFrontier(read, size)).toEqual(frontierOf(hashes.slice(0, size)));
    }
  });
});

const vectors = new URL('../../shared/vectors/', import.meta.url);
const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
type Vector = {
  case: string;
  root1: string;
  root2: string;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
};

/** Numbers beyond 2^53 would be rounded by JSON.parse: they are read as text, and rounding is told apart below. */
function vectorsOf(name: string): (Vector & Record<'size1' | 'size2' | 'leafIdx' | 'treeSize', string>)[] {
  const text = readFileSync(new URL(name, vectors), 'utf8');
  return JSON.parse(text.replaceAll(/("(?:size1|size2|leafIdx|treeSize)": )([0-9]+)/g, '$1"$2"'));
}

describe.skipIf(!existsSync(vectors))(
  'vectors of transparency-dev/merkle (skipped where ../shared/vectors is missing)',
  () => {
    it('gives their answer to every inclusion proof', () => {
      const cases = vectorsOf('rfc6962-inclusion.json');
      expect(cases.length).toBe(98);
      expect(cases.filter(({ leafIdx }) => leafIdx === '18446744073709551615').length).toBeGreaterThan(0);
      for (const { case: name, leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } of cases) {
        const path = (proof ?? []).map(base64);
        const answer = checkInclusion(base64(leaf), Number(leafIdx), Number(treeSize), path, base64(root));
        expect({ name, answer }).toEqual({ name, answer: !wantErr });
      }
    });

    it('gives their answer to every consistency proof', () => {
      const cases = vectorsOf('rfc6962-consistency.json');
      expect(cases.length).toBe(98);
      for (const { case: name, size1, size2, root1, root2, proof, wantErr } of cases) {
        const path = (proof ?? []).map(base64);
        const answer = checkConsistency(Number(size1), Number(size2), path, base64(root1), base64(root2));
        expect({ name, answer }).toEqual({ name, answer: !wantErr });
      }
    });
  },
);
