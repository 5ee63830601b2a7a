// Proofs over the tree of RFC 6962: that an entry is in a tree (2.1.1), and that a later tree begins with an earlier
// one (2.1.2). Checking needs hashes only; making them needs a `NodeReader`, which a database serves in O(log n)
// reads since every hash asked for is that of a full subtree or is made of few of them. Check algorithms as in
// RFC 9162 sections 2.1.3.2 and 2.1.4.2. Sizes and indexes are numbers up to 2^53-1, never halved by bit operators.

import { equalBytes } from './bytes.ts';
import { AnchorError } from './error.ts';
import { type Digest, sha256 } from './primitive.ts';
import { emptyRoot, type Frontier, HASH_SIZE, nodeHash, subtreePlaces } from './tree.ts';

/** Hash of the full subtree over the leaves `index * 2^level` up to `(index + 1) * 2^level`; it must be there. */
export type NodeReader = (level: number, index: number) => Uint8Array;

/**
 * The root to which leaf `hash` at `index` of `size` leads by `path`, or undefined where a path of that length cannot
 * belong to that place. NB a path does not fix the size: many sizes have paths of the same shape. `size` must come
 * from something signed.
 */
export function rootFromInclusion(
  hash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  digest: Digest = sha256,
): Uint8Array | undefined {
  if (!isCount(index) || !isCount(size) || index >= size) return undefined;
  if (!isHash(hash) || !path.every(isHash)) return undefined;
  let place = index;
  let last = size - 1;
  let root = hash;
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      root = nodeHash(sibling, root, digest);
      // A last node without a right neighbour rises unchanged until it is a right child.
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = half(last);
      }
    } else {
      root = nodeHash(root, sibling, digest);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 ? root : undefined;
}

/** True where the leaf `hash` is at `index` of the tree of `size` leaves and `root`. Never throws. */
export function checkInclusion(
  hash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
  digest: Digest = sha256,
): boolean {
  const reached = rootFromInclusion(hash, index, size, path, digest);
  return reached !== undefined && equalBytes(reached, root);
}

/**
 * True where the tree (size2, root2) begins with the tree (size1, root1). From size 0 to a larger one there is nothing
 * that a proof could show, and the answer is false: who starts from nothing decides so by itself. Never throws.
 */
export function checkConsistency(
  size1: number,
  size2: number,
  proof: readonly Uint8Array[],
  root1: Uint8Array,
  root2: Uint8Array,
  digest: Digest = sha256,
): boolean {
  if (!isCount(size1) || !isCount(size2) || size1 > size2) return false;
  if (size1 === size2) {
    const known = size1 > 0 || equalBytes(root1, emptyRoot(digest));
    return known && proof.length === 0 && equalBytes(root1, root2);
  }
  if (size1 === 0 || proof.length === 0 || !proof.every(isHash)) return false;
  let place = size1 - 1;
  let last = size2 - 1;
  while (place % 2 === 1) {
    place = half(place);
    last = half(last);
  }
  // A size1 that is a power of two is itself a node of the larger tree, so the proof leaves it out.
  const startsAtRoot1 = place === 0;
  const first = startsAtRoot1 ? root1 : proof[0]!;
  if (!isHash(first)) return false;
  let old = first;
  let grown = first;
  for (const sibling of startsAtRoot1 ? proof : proof.slice(1)) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      old = nodeHash(sibling, old, digest);
      grown = nodeHash(sibling, grown, digest);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = half(last);
      }
    } else {
      grown = nodeHash(grown, sibling, digest);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && equalBytes(old, root1) && equalBytes(grown, root2);
}

/** The frontier of the first `size` leaves, read from stored nodes. */
export function readFrontier(read: NodeReader, size: number): Frontier {
  return { size, subtrees: subtreePlaces(0, size).map(({ level, index }) => read(level, index)) };
}

/** PATH(index, D[size]) of RFC 6962 2.1.1 from stored nodes, leaf's sibling first. Throws `bad-tree` past the end. */
export function readInclusionPath(
  read: NodeReader,
  index: number,
  size: number,
  digest: Digest = sha256,
): Uint8Array[] {
  if (!isCount(index) || !isCount(size) || index >= size) {
    throw new AnchorError('bad-tree', `there is no leaf ${index} in a tree of ${size}`);
  }
  const path: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      path.push(rangeRoot(read, middle, end, digest));
      end = middle;
    } else {
      path.push(rangeRoot(read, start, middle, digest));
      start = middle;
    }
  }
  return path.reverse();
}

/** PROOF(size1, D[size2]) of RFC 6962 2.1.2 from stored nodes; empty for equal sizes. Throws `bad-tree` unless 0 < size1 <= size2. */
export function consistencyPath(
  read: NodeReader,
  size1: number,
  size2: number,
  digest: Digest = sha256,
): Uint8Array[] {
  if (!isCount(size1) || !isCount(size2) || size1 < 1 || size1 > size2) {
    throw new AnchorError('bad-tree', `there is no proof from size ${size1} to size ${size2}`);
  }
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = size2;
  while (end !== size1) {
    const middle = start + splitPoint(end - start);
    if (size1 <= middle) {
      proof.push(rangeRoot(read, middle, end, digest));
      end = middle;
    } else {
      proof.push(rangeRoot(read, start, middle, digest));
      start = middle;
    }
  }
  if (start !== 0) proof.push(rangeRoot(read, start, end, digest));
  return proof.reverse();
}

function rangeRoot(read: NodeReader, start: number, end: number, digest: Digest): Uint8Array {
  return subtreePlaces(start, end)
    .map(({ level, index }) => read(level, index))
    .reduceRight((right, left) => nodeHash(left, right, digest));
}

/** The largest power of two below `n`, n > 1. */
function splitPoint(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_SIZE;
}
