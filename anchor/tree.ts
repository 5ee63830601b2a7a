// The Merkle tree of RFC 6962 section 2.1 over SHA-256: leaves and inner nodes are hashed with different first bytes
// (0x00, 0x01), so that no inner node can be passed off as an entry. A tree of n leaves splits at the largest power
// of two below n; appending never changes a full subtree, which is what makes proofs and the frontier short.
// Costs: a root n-1 node hashes, a path log2(n) hashes, an append to a frontier 1 on average and log2(n) at most.

import { AnchorError } from './error.ts';
import { type Digest, sha256 } from './primitive.ts';

/** Bytes in a hash. */
export const HASH_SIZE = 32;

/** SHA-256(0x00 || entry), RFC 6962 2.1. */
export function leafHash(entry: Uint8Array, digest: Digest = sha256): Uint8Array {
  const input = new Uint8Array(entry.length + 1);
  input.set(entry, 1);
  return digest(input);
}

/** SHA-256(0x01 || left || right), RFC 6962 2.1; both 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array, digest: Digest = sha256): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_SIZE);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + HASH_SIZE);
  return digest(input);
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(digest: Digest = sha256): Uint8Array {
  return digest(new Uint8Array(0));
}

/** Root over leaf hashes (as `leafHash` gives them), in order. O(n). */
export function treeRoot(leafHashes: readonly Uint8Array[], digest: Digest = sha256): Uint8Array {
  let level = leafHashes;
  while (level.length > 1) level = levelAbove(level, digest);
  return level[0] ?? emptyRoot(digest);
}

/** Path of leaf `index`, its sibling first, the root's child last: PATH of RFC 6962 2.1.1. Throws `bad-tree` past the end. */
export function inclusionPath(
  leafHashes: readonly Uint8Array[],
  index: number,
  digest: Digest = sha256,
): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leafHashes.length) {
    throw new AnchorError('bad-tree', `there is no leaf ${index} in a tree of ${leafHashes.length}`);
  }
  const path: Uint8Array[] = [];
  let level = leafHashes;
  let place = index;
  while (level.length > 1) {
    const sibling = level[place ^ 1];
    if (sibling) path.push(sibling);
    level = levelAbove(level, digest);
    place >>= 1;
  }
  return path;
}

/** A node without a right neighbour rises unchanged, which gives exactly the shape of RFC 6962. */
function levelAbove(level: readonly Uint8Array[], digest: Digest): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const right = level[i + 1];
    above.push(right ? nodeHash(level[i]!, right, digest) : level[i]!);
  }
  return above;
}

/**
 * All that is needed to append: the number of leaves, and the roots of the full subtrees that a tree of that size
 * is made of, largest (leftmost) first - one for every 1 in the binary form of `size`.
 */
export type Frontier = { readonly size: number; readonly subtrees: readonly Uint8Array[] };

export const EMPTY_FRONTIER: Frontier = { size: 0, subtrees: [] };

/** A full subtree's place: it covers the leaves `index * 2^level` up to `(index + 1) * 2^level`. */
export type NodePlace = { readonly level: number; readonly index: number };

/** The frontier after one more leaf. `onNode` hears of every subtree that became full, from the leaf (level 0) up. */
export function appendLeaf(
  frontier: Frontier,
  hash: Uint8Array,
  digest: Digest = sha256,
  onNode?: (place: NodePlace, hash: Uint8Array) => void,
): Frontier {
  let kept = frontier.subtrees.length;
  let full = hash;
  let index = frontier.size;
  onNode?.({ level: 0, index }, full);
  for (let level = 1; index % 2 === 1; level++) {
    kept -= 1;
    full = nodeHash(frontier.subtrees[kept]!, full, digest);
    index = (index - 1) / 2;
    onNode?.({ level, index }, full);
  }
  const subtrees = frontier.subtrees.slice(0, kept);
  subtrees.push(full);
  return { size: frontier.size + 1, subtrees };
}

/** The frontier of a list of leaf hashes. O(n). */
export function frontierOf(leafHashes: readonly Uint8Array[], digest: Digest = sha256): Frontier {
  return leafHashes.reduce<Frontier>((frontier, hash) => appendLeaf(frontier, hash, digest), EMPTY_FRONTIER);
}

/** Root of the tree that a frontier stands for. O(log n). */
export function frontierRoot(frontier: Frontier, digest: Digest = sha256): Uint8Array {
  if (frontier.size === 0) return emptyRoot(digest);
  return frontier.subtrees.reduceRight((right, left) => nodeHash(left, right, digest));
}

/**
 * Places of the full subtrees that cover the leaves from `start` up to `end`, left to right, as RFC 6962 splits them.
 * `start` must be a multiple of the largest power of two not above `end - start` (0 always is).
 */
export function subtreePlaces(start: number, end: number): NodePlace[] {
  const places: NodePlace[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (width * 2 <= end - at) {
      width *= 2;
      level += 1;
    }
    places.push({ level, index: at / width });
    at += width;
  }
  return places;
}
