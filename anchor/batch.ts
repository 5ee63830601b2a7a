// A batch in two trees. Below, one segment for each patient: an RFC 6962 tree over that patient's leaf entries of the
// interval, in stored order. Above, one tree over a fixed number of slots, each of 32 bytes, so that a batch looks the
// same whether anything was measured or not. Format: docs/spec/merkle.md, version 1.
//
// A segment's root binds the NUMBER of its entries as well as the tree: a path of RFC 6962 alone fits many sizes (leaf 0
// of 5, 6, 7 and 8 have the same), so that without it a proof could call entry 4 of 5 "entry 1 of 2", and nobody could
// say that a segment was shown whole. The slots need no such thing: their number is 2^(length of the path).

import { bigEndian, joinBytes } from './bytes.ts';
import { AnchorError } from './error.ts';
import { type Digest, sha256 } from './primitive.ts';
import { rootFromInclusion } from './proof.ts';
import {
  type Frontier,
  frontierOf,
  frontierRoot,
  HASH_SIZE,
  inclusionPath,
  leafHash,
  treeRoot,
} from './tree.ts';

/** Slots of a batch: 16, doubled when a home outgrows it. */
export const SLOTS_MIN = 16;
export const SLOTS_MAX = 4096;

/** The hub's own slot, which holds its events. */
export const HUB_SLOT = 0;

/**
 * SHA-256(0x02 || number of entries, 8 bytes big-endian || RFC 6962 root over the entries): the 32-byte value of a
 * patient's slot, from the frontier that grew with the interval. 0x02 keeps it apart from leaves (0x00) and nodes (0x01).
 * Leaves are the `leafHash`es of whole entries, salt included. Throws `bad-tree` for no entries: an empty interval has a
 * value of another kind.
 */
export function segmentRoot(entries: Frontier, digest: Digest = sha256): Uint8Array {
  if (entries.size === 0) throw new AnchorError('bad-tree', 'a segment has at least one entry');
  return sizedRoot(entries.size, frontierRoot(entries, digest), digest);
}

/** `segmentRoot` of a segment that lies there whole, as a list of its entries' leaf hashes. Throws `bad-tree` for none. */
export function segmentRootOf(entryHashes: readonly Uint8Array[], digest: Digest = sha256): Uint8Array {
  return segmentRoot(frontierOf(entryHashes, digest), digest);
}

/** Path of entry `index` in its segment, its sibling first. Throws `bad-tree` past the end. */
export function segmentPath(
  entryHashes: readonly Uint8Array[],
  index: number,
  digest: Digest = sha256,
): Uint8Array[] {
  return inclusionPath(entryHashes, index, digest);
}

/** The segment root to which an entry's hash leads, or undefined where the path does not fit the place. */
export function segmentRootFrom(
  entryHash: Uint8Array,
  {
    index,
    size,
    path,
  }: { readonly index: number; readonly size: number; readonly path: readonly Uint8Array[] },
  digest: Digest = sha256,
): Uint8Array | undefined {
  const root = rootFromInclusion(entryHash, index, size, path, digest);
  return root && sizedRoot(size, root, digest);
}

/** RFC 6962 root over all slots, each value one entry of the tree. Throws `bad-tree` for a wrong number or length. */
export function batchRoot(slotValues: readonly Uint8Array[], digest: Digest = sha256): Uint8Array {
  return treeRoot(slotHashes(slotValues, digest), digest);
}

/** Path of a slot in the batch tree, its sibling first. Throws `bad-tree`. */
export function slotPath(
  slotValues: readonly Uint8Array[],
  slot: number,
  digest: Digest = sha256,
): Uint8Array[] {
  return inclusionPath(slotHashes(slotValues, digest), slot, digest);
}

/** The batch root to which a slot's value leads, or undefined where number of slots, slot and path do not fit. */
export function batchRootFrom(
  slotValue: Uint8Array,
  {
    slot,
    slots,
    path,
  }: { readonly slot: number; readonly slots: number; readonly path: readonly Uint8Array[] },
  digest: Digest = sha256,
): Uint8Array | undefined {
  if (!isSlotCount(slots) || slotValue.length !== HASH_SIZE) return undefined;
  return rootFromInclusion(leafHash(slotValue, digest), slot, slots, path, digest);
}

/** A number of slots that a batch may have: a power of two from 16 to 4096. */
export function isSlotCount(slots: number): boolean {
  return Number.isInteger(slots) && slots >= SLOTS_MIN && slots <= SLOTS_MAX && (slots & (slots - 1)) === 0;
}

function slotHashes(slotValues: readonly Uint8Array[], digest: Digest): Uint8Array[] {
  if (!isSlotCount(slotValues.length)) {
    throw new AnchorError(
      'bad-tree',
      `a batch has 16 to 4096 slots, a power of two, not ${slotValues.length}`,
    );
  }
  if (slotValues.some((value) => value.length !== HASH_SIZE)) {
    throw new AnchorError('bad-tree', 'a slot holds exactly 32 bytes');
  }
  return slotValues.map((value) => leafHash(value, digest));
}

/** A segment's root from the number of its entries, 1 or more, and the RFC 6962 root over them. */
export function sizedRoot(size: number, root: Uint8Array, digest: Digest = sha256): Uint8Array {
  return digest(joinBytes(Uint8Array.of(2), bigEndian(size, 8), root));
}
