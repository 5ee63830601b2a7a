import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf, joinBytes, utf8 } from './bytes.ts';
import { consistencyPath, type NodeReader, readFrontier, readInclusionPath } from './proof.ts';
import {
  decodeEntries,
  decodeTile,
  encodeEntries,
  encodeTile,
  isRetained,
  isTileOf,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tileReader,
  tilesOf,
  tilesRead,
  tileWidth,
} from './tile.ts';
import { appendLeaf, EMPTY_FRONTIER, frontierRoot, leafHash, subtreePlaces } from './tree.ts';

const paths = (size: number, before?: number): string[] => [...tilesOf(size, before)].map(tilePath);
const anyTile: fc.Arbitrary<Tile> = fc.record({
  level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
  index: fc.oneof(fc.maxSafeNat(), fc.nat(3000), fc.nat(3_000_000)),
  width: fc.integer({ min: 1, max: 256 }),
});

/** A tree of `size` leaves, read by node. */
function grown(size: number): NodeReader {
  const nodes = new Map<string, Uint8Array>();
  let frontier = EMPTY_FRONTIER;
  for (let i = 0; i < size; i++) {
    frontier = appendLeaf(frontier, leafHash(utf8(`${i}`)), undefined, ({ level, index }, hash) => {
      nodes.set(`${level}/${index}`, hash);
    });
  }
  return (level, index) => {
    const hash = nodes.get(`${level}/${index}`);
    if (!hash) throw new Error(`no node ${level}/${index}`);
    return hash;
  };
}

describe('tile paths', () => {
  it('are written as the specification shows them', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 1, index: 0, width: 17 })).toBe('tile/1/000.p/17');
    expect(tilePath({ level: 'entries', index: 273, width: 112 })).toBe('tile/entries/273.p/112');
    expect(tilePath({ level: 0, index: 1000, width: 256 })).toBe('tile/0/x001/000');
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(anyTile, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
    );
  });

  it.each([
    'tile/0/67',
    'tile/0/0067',
    'tile/0/x000/067',
    'tile/00/067',
    'tile/64/067',
    'tile/-1/067',
    'tile/0/067.p/0',
    'tile/0/067.p/256',
    'tile/0/067.p/012',
    'tile/0/x067',
    'tile/0/067/',
    '/tile/0/067',
    'tile/data/067',
    'tile/8/0/067',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/067?x',
    'tile/0/../067',
    'checkpoint',
    '',
  ])('no other form is taken: %j', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

describe('tiles of a log', () => {
  it('of 70,000 entries are 273 and 112 hashes wide at level 0, 1 and 17 at level 1, and 1 at level 2', () => {
    const all = paths(70_000);
    const at = (level: string): string[] => all.filter((path) => path.startsWith(`tile/${level}/`));
    for (const level of ['entries', '0']) {
      expect(at(level)).toHaveLength(274);
      expect(at(level).at(-2)).toBe(`tile/${level}/272`);
      expect(at(level).at(-1)).toBe(`tile/${level}/273.p/112`);
    }
    expect(at('1')).toEqual(['tile/1/000', 'tile/1/001.p/17']);
    expect(at('2')).toEqual(['tile/2/000.p/1']);
    expect(all).toHaveLength(274 * 2 + 3);
  });

  it('of 256, of one and of no entries', () => {
    expect(paths(256)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
    expect(paths(1)).toEqual(['tile/entries/000.p/1', 'tile/0/000.p/1']);
    expect(paths(0)).toEqual([]);
  });

  it('that are new since a size are those that were not there, and none that was', () => {
    expect(paths(257, 256)).toEqual(['tile/entries/001.p/1', 'tile/0/001.p/1']);
    expect(paths(256, 255)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
    expect(paths(5, 5)).toEqual([]);
    fc.assert(
      fc.property(fc.nat(140_000), fc.nat(2000), (before, more) => {
        const had = new Set(paths(before));
        const fresh = paths(before + more, before);
        expect(paths(before + more).filter((path) => !had.has(path))).toEqual(fresh);
      }),
      { numRuns: 30 },
    );
  });

  it('cover each subtree of 256^level entries once', () => {
    fc.assert(
      fc.property(fc.nat(200_000), (size) => {
        const sums = new Map<Tile['level'], number>();
        for (const tile of tilesOf(size)) {
          expect(isTileOf(tile, size)).toBe(true);
          expect(isTileOf({ ...tile, width: tile.width + 1 }, size)).toBe(false);
          sums.set(tile.level, (sums.get(tile.level) ?? 0) + tile.width);
        }
        const expected = new Map<Tile['level'], number>();
        if (size > 0) expected.set('entries', size);
        for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / 256)) {
          expected.set(level, count);
        }
        expect(sums).toEqual(expected);
      }),
      { numRuns: 30 },
    );
    expect(tileWidth(0, 274, 70_000)).toBe(0);
  });
});

describe('tiles of hashes', () => {
  const SIZE = 600;
  const read = grown(SIZE);
  const served = (tile: Tile): Uint8Array[] => decodeTile(encodeTile(tile, read), tile.width);

  it('hold the hashes of their level', () => {
    expect(hexOf(encodeTile({ level: 1, index: 0, width: 2 }, read))).toBe(
      hexOf(joinBytes(read(8, 0), read(8, 1))),
    );
    expect(encodeTile({ level: 0, index: 1, width: 256 }, read)).toHaveLength(8192);
    expect(() => decodeTile(new Uint8Array(33), 1)).toThrow(/has 32 bytes, not 33/);
  });

  it('give every subtree back that they were made from', () => {
    const fromTiles = tileReader(SIZE, served);
    for (const { level, index } of [
      ...subtreePlaces(0, SIZE),
      { level: 0, index: 599 },
      { level: 7, index: 3 },
    ]) {
      expect(hexOf(fromTiles(level, index))).toBe(hexOf(read(level, index)));
    }
    expect(() => fromTiles(9, 1)).toThrow(/no full subtree/);
  });

  it('are enough for every root and proof, and only those named are read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: SIZE }), fc.nat(), (size, seed) => {
        const old = 1 + (seed % size);
        for (const work of [
          (from: NodeReader) => [frontierRoot(readFrontier(from, size))],
          (from: NodeReader) => readInclusionPath(from, old - 1, size),
          (from: NodeReader) => consistencyPath(from, old, size),
        ]) {
          const named = new Set(tilesRead(size, work).map(tilePath));
          const fromTiles = tileReader(size, (tile) => {
            expect(named).toContain(tilePath(tile));
            return served(tile);
          });
          expect(work(fromTiles).map(hexOf)).toEqual(work(read).map(hexOf));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('that a retention keeps begin a tree: the frontier of the first entry kept can always be read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000_000_000 }), (minimum) => {
        const size = minimum + 70_000;
        const needed = tilesRead(size, (from) => readFrontier(from, minimum));
        expect(needed.filter((tile) => !isRetained(tile, minimum))).toEqual([]);
      }),
    );
    expect(isRetained({ level: 'entries', index: 0, width: 256 }, 255)).toBe(true);
    expect(isRetained({ level: 'entries', index: 0, width: 256 }, 256)).toBe(false);
    expect(isRetained({ level: 1, index: 0, width: 256 }, 65_535)).toBe(true);
    expect(isRetained({ level: 0, index: 0, width: 5 }, 65_535)).toBe(true);
  });
});

describe('entry bundles', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: TILE_WIDTH }), (entries) => {
        const bytes = encodeEntries(entries);
        expect(decodeEntries(bytes).map(hexOf)).toEqual(entries.map(hexOf));
        expect(hexOf(encodeEntries(decodeEntries(bytes)))).toBe(hexOf(bytes));
      }),
    );
    expect(hexOf(encodeEntries([utf8('ab'), utf8('')]))).toBe('000261620000');
  });

  it('hold entries of up to 65,535 bytes', () => {
    expect(decodeEntries(encodeEntries([new Uint8Array(65_535)]))[0]).toHaveLength(65_535);
    expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow(/at most 65535/);
  });

  it('are refused where they are cut off', () => {
    const bytes = encodeEntries([utf8('one'), utf8('two')]);
    const whole = new Set([0, 5, 10]);
    for (let length = 0; length <= bytes.length; length++) {
      if (whole.has(length)) expect(decodeEntries(bytes.subarray(0, length))).toHaveLength(length / 5);
      else expect(() => decodeEntries(bytes.subarray(0, length))).toThrow(/ends within its entry/);
    }
  });
});
