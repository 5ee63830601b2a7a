// Tiles, c2sp.org/tlog-tiles v0.1.0 (pruning as of commit 5ba5ee8): a log cut into files that never change. A hash tile
// has up to 256 hashes of one level of every eighth: hash i of tile n at level L is that of the full subtree over the
// entries `(256 n + i) 256^L` to `(256 n + i + 1) 256^L`. An entry bundle has the same up to 256 entries as tile n of
// level 0, each behind its length. The newest tile of a level is partial and has its width in its name, so that each
// name has one content for ever.
//   tile/0/x001/x234/067      full tile 1,234,067 of level 0: 256 hashes, 8,192 bytes
//   tile/1/000.p/17           the first 17 hashes of tile 0 of level 1
//   tile/entries/273.p/112    the first 112 entries of bundle 273
// Costs: a path or width O(log n); a tile one read for each hash.

import { joinBytes } from './bytes.ts';
import { AnchorError } from './error.ts';
import { type Digest, sha256 } from './primitive.ts';
import type { NodeReader } from './proof.ts';
import { HASH_SIZE, nodeHash } from './tree.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** Levels of the tree in one tile: 2^8 = 256. */
const TILE_HEIGHT = 8;
/** Levels of tiles that a path may name. */
const LEVEL_MAX = 63;
/** Longest entry: its length is written in 16 bits. */
export const ENTRY_BYTES_MAX = 65_535;

export type Tile = {
  /** 0 hashes entries, 1 the roots of 256 entries, and so on; `entries` for a bundle. */
  readonly level: number | 'entries';
  /** From 0. */
  readonly index: number;
  /** 1 to 256; below 256 the tile is partial. */
  readonly width: number;
};

/** Its path below the log's prefix, without a slash in front. `parseTilePath(tilePath(t))` equals `t`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = `${index}`;
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g)!;
  const name = [...groups.slice(0, -1).map((group) => `x${group}`), groups.at(-1)].join('/');
  return `tile/${level}/${name}${width < TILE_WIDTH ? `.p/${width}` : ''}`;
}

/** Inverse of `tilePath`: one tile has one path. Undefined for anything else, a leading zero or an index past 2^53-1 included. */
export function parseTilePath(path: string): Tile | undefined {
  const match =
    /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? [];
  const [, levelText, name, widthText] = match;
  if (levelText === undefined || name === undefined) return undefined;
  const level: Tile['level'] = levelText === 'entries' ? levelText : Number(levelText);
  const tile: Tile = {
    level,
    index: Number(name.replaceAll(/[x/]/g, '')),
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  };
  if (level !== 'entries' && level > LEVEL_MAX) return undefined;
  if (!Number.isSafeInteger(tile.index) || tilePath(tile) !== path) return undefined;
  return tile;
}

/** Full subtrees of `256^level` entries (entries, for a bundle) in a log of `size`: `floor(size / 256^level)`. */
function countAt(level: Tile['level'], size: number): number {
  return Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
}

/**
 * How wide the tile is in a log of `size`: 0 (it is not there) to 256. The widths of a level add up to
 * `floor(size / 256^level)`.
 */
export function tileWidth(level: Tile['level'], index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, countAt(level, size) - index * TILE_WIDTH));
}

/** Whether a log of `size` can serve that tile: it is there at this width, or was at an earlier size. */
export function isTileOf({ level, index, width }: Tile, size: number): boolean {
  return width <= tileWidth(level, index, size);
}

/**
 * The tiles that a log of `size` has and one of `before` had not, bundles first, then level by level: what publishing
 * the newer checkpoint needs. `tilesOf(size)` are all of them; those of `tilesOf(a)` and of `tilesOf(b, a)` together
 * hold `tilesOf(b)`.
 */
export function* tilesOf(size: number, before = 0): Generator<Tile> {
  for (
    let level: Tile['level'] = 'entries';
    countAt(level, size) > 0;
    level = level === 'entries' ? 0 : level + 1
  ) {
    const count = countAt(level, size);
    const had = countAt(level, before);
    if (count === had) continue;
    const last = Math.ceil(count / TILE_WIDTH);
    for (let index = Math.floor(had / TILE_WIDTH); index < last; index++) {
      yield { level, index, width: tileWidth(level, index, size) };
    }
  }
}

/** The bytes of a hash tile, from stored subtree hashes. */
export function encodeTile({ level, index, width }: Tile, read: NodeReader): Uint8Array {
  if (level === 'entries') throw new RangeError('an entry bundle is no tile of hashes');
  return joinBytes(
    ...Array.from({ length: width }, (_, i) => read(level * TILE_HEIGHT, index * TILE_WIDTH + i)),
  );
}

/** The hashes of a tile of that width: `joinBytes(...decodeTile(b, w))` equals `b`. Throws `bad-tile` for another length. */
export function decodeTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * HASH_SIZE) {
    throw new AnchorError(
      'bad-tile',
      `a tile of ${width} hashes has ${width * HASH_SIZE} bytes, not ${bytes.length}`,
    );
  }
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE));
}

/** An entry bundle: each entry behind its length, 16 bits, big-endian. Throws `bad-tile` for an entry over 65,535 bytes. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) {
      throw new AnchorError('bad-tile', `an entry has at most ${ENTRY_BYTES_MAX} bytes, not ${entry.length}`);
    }
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length;
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** Inverse of `encodeEntries`; the entries are views of `bytes`. Throws `bad-tile` where the last one is cut off. */
export function decodeEntries(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bytes.length) {
      throw new AnchorError(
        'bad-tile',
        `the bundle ends within its entry ${entries.length} (counted from 0)`,
      );
    }
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/** The tile of a log of `size` in which the hash of a full subtree is, or from whose hashes it is made. */
export function tileOfNode(level: number, index: number, size: number): Tile {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const tileIndex = Math.floor((index * 2 ** (level % TILE_HEIGHT)) / TILE_WIDTH);
  return { level: tileLevel, index: tileIndex, width: tileWidth(tileLevel, tileIndex, size) };
}

/**
 * A `NodeReader` over the tiles of a log of `size`: `hashesOf` gives those of a tile by its path. Its hashes are what
 * `encodeTile` read: `tileReader(size, t => decodeTile(encodeTile(t, read), t.width))(l, i)` equals `read(l, i)`.
 */
export function tileReader(
  size: number,
  hashesOf: (tile: Tile) => readonly Uint8Array[],
  digest: Digest = sha256,
): NodeReader {
  return (level, index) => {
    const tile = tileOfNode(level, index, size);
    const hashes = hashesOf(tile);
    const width = 2 ** (level % TILE_HEIGHT);
    const first = index * width - tile.index * TILE_WIDTH;
    if (first + width > hashes.length) {
      throw new AnchorError(
        'bad-tile',
        `a log of ${size} entries has no full subtree ${index} at level ${level}`,
      );
    }
    let row = hashes.slice(first, first + width);
    while (row.length > 1) {
      row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i]!, row[2 * i + 1]!, digest));
    }
    return row[0]!;
  };
}

/** The tiles of a log of `size` that `work` reads hashes from: `work` runs once on hashes of zeros, so nothing in it may depend on them. */
export function tilesRead(size: number, work: (read: NodeReader) => void): Tile[] {
  const tiles = new Map<string, Tile>();
  const zero = new Uint8Array(HASH_SIZE);
  work((level, index) => {
    const tile = tileOfNode(level, index, size);
    tiles.set(tilePath(tile), tile);
    return zero;
  });
  return [...tiles.values()];
}

/** Whether a log whose retention begins at `minimumIndex` must still serve the tile: only a full one that ends there or before may be gone. */
export function isRetained({ level, index, width }: Tile, minimumIndex: number): boolean {
  const end = (index + 1) * TILE_WIDTH ** (level === 'entries' ? 1 : level + 1);
  return width < TILE_WIDTH || end > minimumIndex;
}
