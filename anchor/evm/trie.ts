// The Merkle-Patricia trie in which an Ethereum block commits to its receipts and its transactions (Yellow Paper,
// appendix D): key = RLP of the index, value = the encoded receipt or transaction. No such key begins another, so a
// branch never holds a value of its own. A proof is the nodes from the root down to the leaf, those that are hashed;
// a node shorter than 32 bytes stands inside its parent.

import { keccak_256 } from '@noble/hashes/sha3.js';
import { equalBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { bytesOfQuantity } from './hex.ts';
import { decodeRlp, encodeRlp, type Rlp } from './rlp.ts';

export const keccak256 = (bytes: Uint8Array): Uint8Array => keccak_256(bytes);

const NOTHING = new Uint8Array(0);
/** Root of the trie that holds nothing. */
const EMPTY_ROOT: Uint8Array = keccak256(encodeRlp(NOTHING));

type Leaf = { readonly path: readonly number[]; readonly value: Uint8Array };

/** Half bytes of the key under which a block's item `index` stands. */
function pathOf(index: number): number[] {
  return [...encodeRlp(bytesOfQuantity(BigInt(index)))].flatMap((byte) => [byte >> 4, byte & 15]);
}

/** The root (32 bytes) over the encoded items of a block in order, and the proof of one of them, root first. */
export function proveIndex(
  values: readonly Uint8Array[],
  index: number,
): { readonly root: Uint8Array; readonly proof: readonly Uint8Array[] } {
  if (values.length === 0) return { root: EMPTY_ROOT, proof: [] };
  const wanted = pathOf(index);
  const proof: Uint8Array[] = [];
  const grow = (leaves: readonly Leaf[], depth: number): Rlp => {
    const node = nodeOf(leaves, depth, grow);
    const encoded = encodeRlp(node);
    if (encoded.length < 32 && depth > 0) return node;
    if (leaves.some(({ path }) => path.every((nibble, i) => nibble === wanted[i]))) proof.unshift(encoded);
    return keccak256(encoded);
  };
  const leaves = values.map((value, i) => ({ path: pathOf(i), value }));
  const root = grow(leaves, 0) as Uint8Array;
  return { root, proof };
}

/** The node over `leaves`, which share the first `depth` half bytes. `grow` gives what a parent holds of a child. */
function nodeOf(
  leaves: readonly Leaf[],
  depth: number,
  grow: (leaves: readonly Leaf[], depth: number) => Rlp,
): Rlp {
  const { path, value } = leaves[0]!;
  if (leaves.length === 1) return [compact(path.slice(depth), true), value];
  let fork = depth;
  while (leaves.every((leaf) => leaf.path[fork] === path[fork])) fork++;
  // An extension's child is a branch at `fork`: grown from there it finds no common half byte and becomes one.
  if (fork > depth) return [compact(path.slice(depth, fork), false), grow(leaves, fork)];
  const children = Array.from({ length: 16 }, (_, nibble) => {
    const under = leaves.filter((leaf) => leaf.path[depth] === nibble);
    return under.length === 0 ? NOTHING : grow(under, depth + 1);
  });
  return [...children, NOTHING];
}

/** Hex-prefix encoding (appendix C): half bytes as bytes, with a flag for the leaf and one for an odd number. */
function compact(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const odd = nibbles.length % 2;
  const padded = [(isLeaf ? 2 : 0) + odd, ...(odd === 1 ? [] : [0]), ...nibbles];
  return Uint8Array.from({ length: padded.length / 2 }, (_, i) => (padded[2 * i]! << 4) | padded[2 * i + 1]!);
}

/**
 * The value that `proof` shows at `index` of the trie with that root. Throws `bad-anchor` where it shows none, and for
 * a proof with a node too many: no byte of it is without meaning.
 */
export function checkIndex(root: Uint8Array, index: number, proof: readonly Uint8Array[]): Uint8Array {
  const path = pathOf(index);
  let at = 0;
  let used = 0;
  let ref: Rlp = root;
  for (;;) {
    const node: Rlp = ref instanceof Uint8Array ? hashedNode(ref, proof[used++]) : ref;
    if (node instanceof Uint8Array) throw refused('a node is no list');
    if (node.length === 17) {
      const child: Rlp = node[path[at++] ?? 16]!;
      if (at > path.length || child.length === 0) throw refused('it ends where nothing is');
      ref = child;
    } else if (node.length === 2) {
      const { nibbles, isLeaf } = expand(node[0]!);
      if (!nibbles.every((nibble, i) => nibble === path[at + i])) throw refused('it leads elsewhere');
      at += nibbles.length;
      if (isLeaf) {
        const value = node[1]!;
        if (at !== path.length || !(value instanceof Uint8Array)) throw refused('its leaf is elsewhere');
        if (used !== proof.length) throw refused('it has a node too many');
        return value;
      }
      ref = node[1]!;
    } else {
      throw refused('a node has another number of parts than 2 or 17');
    }
  }
}

function hashedNode(hash: Uint8Array, encoded: Uint8Array | undefined): Rlp {
  if (encoded === undefined) throw refused('a node is missing');
  if (!equalBytes(keccak256(encoded), hash)) throw refused('a node has another hash than its parent says');
  return decodeRlp(encoded);
}

function expand(bytes: Rlp): { nibbles: number[]; isLeaf: boolean } {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw refused('a path is no bytes');
  const all = [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
  const flag = all[0]!;
  if (flag > 3 || (flag % 2 === 0 && all[1] !== 0)) throw refused('a path has a flag that is none');
  return { nibbles: all.slice(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 };
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-anchor', `the proof in the block does not hold: ${why}`);
}
