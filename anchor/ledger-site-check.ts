// Checking a published log whole, from its files or over the network, believing only the log's key. The argument:
//   1. the checkpoint is signed: size and root are what they must be. The retention note is signed: what may be missing;
//   2. block by block (256 entries), the entries are hashed, and compared with the tile of level 0. Three things say what
//      the hash of the whole block is: the entries, that tile, and the tile of level 1. Two that agree outvote the third;
//   3. from these hashes every tile above is made again and compared, and at last the root with the signed one.
// If the root is right, whatever differs from what led to it is wrong, to the byte: a tile's byte by comparison, an
// entry's by search (`ledger-bad-byte.ts`). Only where two of three were altered in one block is no more than the
// place of the first disagreement known.
//
// Partial tiles of earlier sizes are not read: nothing that this checkpoint needs is in them. Speed: docs/spec/tiles.md.

import { hexOf } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type VerifierKey } from './key.ts';
import type { Awaitable } from './ledger.ts';
import { type Climbed, climb, DIGITS, rootOf, rootOver, split } from './ledger-digit-tree.ts';
import {
  type Block,
  disagreement,
  endOf,
  entryFault,
  hashBlock,
  type SiteProblem,
  tileFault,
} from './ledger-site-block.ts';
import { checkSiteNote } from './ledger-site-note.ts';
import { StatementChains } from './ledger-site-statement.ts';
import { parseRetention } from './retention.ts';
import { TILE_WIDTH, type Tile, tilePath, tileWidth } from './tile.ts';

/** Most problems named; a log with more is broken as a whole. */
const PROBLEMS_MAX = 20;

export type { SiteProblem } from './ledger-site-block.ts';

export type SiteCheckOptions = {
  /** The bytes of a file below the log's prefix; undefined where there is none. */
  readonly read: (path: string) => Awaitable<Uint8Array | undefined>;
  /** Keys of the log, of one name. */
  readonly keys: readonly VerifierKey[];
  /** Keys of witnesses, whose lines are then verified too. */
  readonly witnesses?: readonly VerifierKey[];
  /** Keys of hubs: where they are given, each statement's signature is verified and its chain followed. */
  readonly hubKeys?: readonly VerifierKey[] | undefined;
};

export type SiteReport = {
  readonly ok: boolean;
  readonly entries: number;
  /** Entries below this one were let go by the retention policy. */
  readonly pruned: number;
  readonly files: number;
  readonly bytes: number;
  /** Entries hashed and compared a second, reading included; statements apart. */
  readonly entriesPerS: number;
  readonly statementsChecked: boolean;
  /** In the order of the entries; at most 20. */
  readonly problems: readonly SiteProblem[];
};

/** Checks it. Rejects only with what `read` rejects with. */
export function checkSite(options: SiteCheckOptions): Promise<SiteReport> {
  return new SiteCheck(options).run();
}

class SiteCheck {
  readonly #options: SiteCheckOptions;
  readonly #problems: SiteProblem[] = [];
  #chains: StatementChains | undefined;
  #files = 0;
  #bytes = 0;
  #statementsMs = 0;
  /** Tiles of level 1 as digits: they are needed block by block, and again at the end. */
  readonly #level1 = new Map<number, string>();

  constructor(options: SiteCheckOptions) {
    this.#options = options;
  }

  async run(): Promise<SiteReport> {
    const began = performance.now();
    const checkpoint = await this.#checkpoint();
    let pruned = 0;
    if (checkpoint) {
      const minimum = Math.min(await this.#minimumIndex(), checkpoint.size);
      pruned = Math.floor(minimum / TILE_WIDTH) * TILE_WIDTH;
      const { hubKeys } = this.#options;
      this.#chains = hubKeys && new StatementChains(hubKeys, pruned > 0);
      await this.#checkTree(checkpoint, pruned);
    }
    const entries = checkpoint?.size ?? 0;
    const ms = Math.max(performance.now() - began - this.#statementsMs, 0.001);
    return {
      ok: this.#problems.length === 0,
      entries,
      pruned,
      files: this.#files,
      bytes: this.#bytes,
      entriesPerS: Math.round(((entries - pruned) / ms) * 1000),
      statementsChecked: this.#options.hubKeys !== undefined,
      problems: this.#problems,
    };
  }

  async #read(path: string): Promise<Buffer | undefined> {
    const bytes = await this.#options.read(path);
    if (!bytes) return undefined;
    this.#files += 1;
    this.#bytes += bytes.length;
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The checkpoint, as it was signed where one byte of it was altered; undefined where nothing can be compared with it. */
  async #checkpoint(): Promise<Checkpoint | undefined> {
    const { keys, witnesses = [] } = this.#options;
    const text = await this.#signed('checkpoint', keys, witnesses);
    if (text === undefined) return undefined;
    try {
      const checkpoint = parseCheckpoint(text);
      if (checkpoint.origin === keys[0]?.name) return checkpoint;
      this.#problem({ path: 'checkpoint', text: `it is the checkpoint of ${checkpoint.origin}` });
    } catch (error) {
      this.#problem({ path: 'checkpoint', text: sentenceOf(error) });
    }
    return undefined;
  }

  /** 0 where the log says nothing of it: then all must be there. */
  async #minimumIndex(): Promise<number> {
    const { keys } = this.#options;
    const bytes = await this.#read('retention');
    const ed25519 = keys.filter(({ type }) => type === KEY_TYPES.ed25519);
    if (!bytes || ed25519.length === 0) return 0;
    const text = this.#note('retention', bytes, ed25519);
    if (text === undefined) return 0;
    try {
      return parseRetention(text).minimumIndex;
    } catch (error) {
      this.#problem({ path: 'retention', text: sentenceOf(error) });
      return 0;
    }
  }

  async #signed(
    path: string,
    keys: readonly VerifierKey[],
    others: readonly VerifierKey[],
  ): Promise<string | undefined> {
    const bytes = await this.#read(path);
    if (bytes) return this.#note(path, bytes, keys, others);
    this.#problem({ path, offset: 0, text: 'it is missing' });
    return undefined;
  }

  #note(
    path: string,
    bytes: Buffer,
    keys: readonly VerifierKey[],
    others?: readonly VerifierKey[],
  ): string | undefined {
    const { text, wrong } = checkSiteNote(bytes, keys, others);
    if (wrong) this.#problem({ path, ...wrong });
    return text;
  }

  /** Steps 2 and 3. */
  async #checkTree({ size, root }: Checkpoint, pruned: number): Promise<void> {
    const blocks = Math.ceil(size / TILE_WIDTH);
    const above = Math.floor(size / TILE_WIDTH);
    /** Hashes of full blocks, as they were decided on. */
    const row: string[] = [];
    let level1 = '';
    let tail: Block | undefined;
    for (let block = 0; block < blocks; block++) {
      if (block % TILE_WIDTH === 0 && block < above) {
        level1 = (await this.#digitsOf(1, block / TILE_WIDTH, size)).digits;
        this.#level1.set(block / TILE_WIDTH, level1);
      }
      const at = (block % TILE_WIDTH) * DIGITS;
      const stored = block < above ? level1.slice(at, at + DIGITS) : undefined;
      if (block * TILE_WIDTH < pruned) {
        row.push(stored ?? '');
        continue;
      }
      const found = await this.#readBlock(block, size);
      if (stored === undefined) tail = found;
      else row.push(this.#decide(found, stored));
    }
    await this.#checkAbove(row, size, pruned, hexOf(root), tail);
  }

  /** Hashes of a tile as digits; what is missing of it is missing. */
  async #digitsOf(level: number, index: number, size: number): Promise<{ digits: string; path: string }> {
    const { bytes, path, isExact } = await this.#tile(level, index, size);
    const width = tileWidth(level, index, size);
    if (!bytes) {
      this.#problem({ path, offset: 0, text: 'it is missing' });
      return { digits: '', path };
    }
    const wanted = width * 32;
    const whole = isExact ? wanted : TILE_WIDTH * 32;
    if (bytes.length < whole) this.#problem({ path, offset: bytes.length, text: 'it ends too early' });
    if (bytes.length > whole) this.#problem({ path, offset: whole, text: 'it goes on after its last hash' });
    return { digits: bytes.subarray(0, wanted).toString('hex'), path };
  }

  /** The file of a tile at this size: partial, or the full one where that is there already. */
  async #tile(
    level: Tile['level'],
    index: number,
    size: number,
  ): Promise<{ bytes: Buffer | undefined; path: string; isExact: boolean }> {
    const width = tileWidth(level, index, size);
    const path = tilePath({ level, index, width });
    const bytes = await this.#read(path);
    if (bytes || width === TILE_WIDTH) return { bytes, path, isExact: true };
    const fullPath = tilePath({ level, index, width: TILE_WIDTH });
    const full = await this.#read(fullPath);
    return full ? { bytes: full, path: fullPath, isExact: false } : { bytes: undefined, path, isExact: true };
  }

  /** What the entries of a block say, and what its tile says. */
  async #readBlock(index: number, size: number): Promise<Block> {
    const bundle = await this.#tile('entries', index, size);
    if (!bundle.bytes) this.#problem({ path: bundle.path, offset: 0, text: 'it is missing' });
    const { digits, path } = await this.#digitsOf(0, index, size);
    const bytes = bundle.bytes ?? Buffer.alloc(0);
    const width = tileWidth(0, index, size);
    const block = hashBlock({ index, width, bundlePath: bundle.path, tilePath: path, bytes, digits });
    if (!block.doubt) {
      // A full bundle may stand for a partial one; it ends with its last entry all the same.
      const end = bundle.isExact ? block.end : endOf(bytes, block.end, TILE_WIDTH - width);
      if (end < bytes.length)
        this.#problem({ path: bundle.path, offset: end, text: 'it goes on after its last entry' });
      if (end > bytes.length)
        this.#problem({ path: bundle.path, offset: bytes.length, text: 'it ends too early' });
    }
    // Of what was altered the signature says nothing more.
    if (block.doubt) this.#chains?.skip();
    else if (this.#chains) {
      const began = performance.now();
      this.#problem(this.#chains.follow(block));
      this.#statementsMs += performance.now() - began;
    }
    return block;
  }

  /** The hash of a full block that two of the three have, and a problem for the one that has another. */
  #decide(block: Block, stored: string): string {
    const byEntries = block.leaves.length === TILE_WIDTH ? rootOf(block.leaves) : undefined;
    if (!block.doubt && byEntries !== undefined) return byEntries;
    const byTile = block.digits.length === TILE_WIDTH * DIGITS ? rootOf(split(block.digits)) : undefined;
    if (byTile === stored) this.#problem(entryFault(block));
    else if (byEntries === stored)
      this.#problem(tileFault(block.tilePath, block.digits, block.leaves.join('')));
    else {
      this.#problem(
        disagreement(block, 'two of it, its hash and the hash above it are wrong; they part here first'),
      );
    }
    return stored;
  }

  /** Levels from 1 up, and the root. */
  async #checkAbove(
    blocks: readonly string[],
    size: number,
    pruned: number,
    root: string,
    tail: Block | undefined,
  ): Promise<void> {
    const stored = await this.#storedAbove(blocks.length, size);
    const leadsTo = ({ rows }: Climbed, leaves: readonly string[]): boolean =>
      rootOver(rows, leaves) === root;
    const tries = [tail?.leaves ?? [], ...(tail?.doubt ? [split(tail.digits)] : [])].filter(
      (leaves) => leaves.length === size % TILE_WIDTH,
    );
    // Of a tile whose entries were let go only the tile above knows better.
    for (const believed of [0, pruned]) {
      const climbed = climb(blocks, stored, believed);
      const leaves = tries.find((candidate) => leadsTo(climbed, candidate));
      if (!leaves) continue;
      for (const tile of climbed.wrongBelow) {
        this.#problem({
          path: tile,
          offset: 0,
          length: TILE_WIDTH * 32,
          text: 'somewhere in it a hash is wrong',
        });
      }
      climbed.rows.slice(0, -1).forEach((row, i) => {
        for (let index = 0; index * TILE_WIDTH < row.length; index++) {
          const hashes = row.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
          const path = tilePath({ level: i + 1, index, width: hashes.length });
          if (!climbed.wrongBelow.includes(path)) {
            this.#problem(
              tileFault(path, (stored[i] ?? []).slice(index * TILE_WIDTH).join(''), hashes.join('')),
            );
          }
        }
      });
      if (!tail?.doubt) return;
      if (leaves === tail.leaves) this.#problem(tileFault(tail.tilePath, tail.digits, leaves.join('')));
      else this.#problem(entryFault(tail));
      return;
    }
    if (tail?.doubt) {
      this.#problem(
        disagreement(tail, 'it or its hash is wrong, or another file with them; they part here first'),
      );
    }
    this.#noRoot(pruned, size);
  }

  /** The hashes of every level from 1 up, as the tiles have them. */
  async #storedAbove(blocks: number, size: number): Promise<string[][]> {
    const stored: string[][] = [];
    for (let level = 1, count = blocks; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
      const row: string[] = [];
      for (let index = 0; index * TILE_WIDTH < count; index++) {
        const known = level === 1 ? this.#level1.get(index) : undefined;
        const digits = known ?? (await this.#digitsOf(level, index, size)).digits;
        const width = tileWidth(level, index, size);
        row.push(...split(digits.padEnd(width * DIGITS, ' ')));
      }
      stored.push(row);
    }
    return stored;
  }

  #noRoot(pruned: number, size: number): void {
    if (this.#problems.length > 0) return;
    if (pruned === 0) {
      const text =
        'entries and tiles agree with each other, and do not lead to the root that was signed: they are of another log or history';
      this.#problem({ path: 'checkpoint', text });
      return;
    }
    // The last tile that has hashes of what was let go, and nothing above it but the root.
    const index = Math.floor((pruned / TILE_WIDTH - 1) / TILE_WIDTH);
    const width = tileWidth(1, index, size);
    const text = 'somewhere in it, or in another file with it, a hash is wrong';
    this.#problem({ path: tilePath({ level: 1, index, width }), offset: 0, length: width * 32, text });
  }

  #problem(problem: SiteProblem | undefined): void {
    if (!problem) return;
    const isSame = ({ path, offset }: SiteProblem): boolean =>
      path === problem.path && offset === problem.offset;
    if (this.#problems.length < PROBLEMS_MAX && !this.#problems.some(isSame)) this.#problems.push(problem);
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof AnchorError) return error.message;
  throw error;
}
