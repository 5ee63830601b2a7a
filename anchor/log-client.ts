// Reading a log that somebody else serves (c2sp.org/tlog-tiles), believing nothing but its key: the checkpoint is verified,
// and a later checkpoint is shown to begin with an earlier one from tiles alone. The network is handed in; everything
// that it brings is bounded in size and time. An answer that did not come is asked for again, each time after a longer
// pause, and a little at random so that a thousand hubs do not come back in one moment.

import { boundedBody } from './bounded-body.ts';
import { equalBytes, textOf } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type VerifierKey } from './key.ts';
import { verifyNote } from './note.ts';
import { type Digest, sha256, type VerifyEd25519, type VerifyMlDsa44, verifyEd25519 } from './primitive.ts';
import { checkConsistency, consistencyPath, type NodeReader } from './proof.ts';
import { parseRetention, type Retention } from './retention.ts';
import {
  decodeEntries,
  decodeTile,
  ENTRY_BYTES_MAX,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tileReader,
  tilesRead,
} from './tile.ts';
import { emptyRoot, HASH_SIZE } from './tree.ts';

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: Uint8Array<ArrayBuffer>;
    redirect: 'error';
    signal: AbortSignal;
  },
) => Promise<Response>;

export type LogClientOptions = {
  /** Its prefix, with or without a slash at the end. */
  readonly url: string;
  /** The log's key; its name is the log's origin. */
  readonly key: VerifierKey;
  readonly fetch: Fetch;
  /** Longest wait for one whole answer. 10,000 where it is not given. */
  readonly timeoutMs?: number;
  /** How often one thing is asked for. 4 where it is not given: with the pauses between, some 2 s. */
  readonly attemptsMax?: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
  readonly verify?: VerifyEd25519;
  /** Needed where `key` is of type 0x06. */
  readonly verifyMlDsa44?: VerifyMlDsa44 | undefined;
  readonly digest?: Digest;
};

export type LogHead = Pick<Checkpoint, 'size' | 'root'> & {
  /** The signed note, verbatim. */
  readonly note: string;
};

/** First pause before asking again, doubled each time. */
const PAUSE_MS = 250;
const CHECKPOINT_BYTES_MAX = 1_000_000;
const RETENTION_BYTES_MAX = 4096;

export class LogClient {
  readonly key: VerifierKey;
  readonly #options: LogClientOptions;
  readonly #prefix: string;
  readonly #digest: Digest;

  constructor(options: LogClientOptions) {
    this.#options = options;
    this.key = options.key;
    this.#prefix = options.url.replace(/\/+$/, '');
    this.#digest = options.digest ?? sha256;
  }

  /** The log's present checkpoint, verified. Throws `ledger-unreachable`, and what `parseHead` does. */
  async head(): Promise<LogHead> {
    const bytes = await this.ask('GET', '/checkpoint', CHECKPOINT_BYTES_MAX);
    if (!bytes)
      throw new AnchorError(
        'ledger-unreachable',
        `there is no log at ${this.#prefix}: it shows no checkpoint`,
      );
    return this.parseHead(bytes);
  }

  /**
   * What the log promises of its past, verified; undefined where it says nothing that can be read. Throws
   * `ledger-unreachable`, and `bad-signature` where it is not what the log signed.
   */
  async retention(): Promise<Retention | undefined> {
    const bytes = await this.ask('GET', '/retention', RETENTION_BYTES_MAX);
    const { verify = verifyEd25519 } = this.#options;
    try {
      const retention = bytes && parseRetention(verifyNote(bytes, [this.key], verify).text);
      return retention?.origin === this.key.name ? retention : undefined;
    } catch (error) {
      if (!(error instanceof AnchorError) || error.code === 'bad-signature') throw error;
      return undefined;
    }
  }

  /** A checkpoint of this log, verified. Throws `bad-note`, `bad-signature`, `unknown-signer`, `bad-checkpoint`. */
  parseHead(note: Uint8Array | string): LogHead {
    const text = typeof note === 'string' ? note : textOf(note);
    if (text === undefined) throw new AnchorError('bad-note', 'the checkpoint is not UTF-8');
    const { verify = verifyEd25519, verifyMlDsa44 } = this.#options;
    const verified = verifyNote(text, [this.key], verify, verifyMlDsa44);
    const { origin, size, root, extensions } = parseCheckpoint(verified.text);
    if (this.key.type === KEY_TYPES.cosignatureMlDsa44 && extensions.length > 0) {
      throw new AnchorError(
        'bad-checkpoint',
        'it has further lines, which an ML-DSA-44 signature does not cover',
      );
    }
    if (origin !== this.key.name) {
      throw new AnchorError('bad-checkpoint', `the checkpoint is of ${origin}, not of ${this.key.name}`);
    }
    return { size, root, note: text };
  }

  /**
   * Whether the log of `newer` begins with that of `older` (not larger), by tiles that it serves. Throws
   * `ledger-unreachable`, and `bad-tile` where a tile is missing or of another length: that shows nothing, either way.
   */
  async isGrowth(
    older: Pick<LogHead, 'size' | 'root'>,
    newer: Pick<LogHead, 'size' | 'root'>,
  ): Promise<boolean> {
    const { size: size1, root: root1 } = older;
    const { size: size2, root: root2 } = newer;
    if (size1 === 0)
      return equalBytes(root1, emptyRoot(this.#digest)) && (size2 > 0 || equalBytes(root1, root2));
    if (size1 === size2) return equalBytes(root1, root2);
    const proof = await this.read(size2, (from) => consistencyPath(from, size1, size2, this.#digest));
    return checkConsistency(size1, size2, proof, root1, root2, this.#digest);
  }

  /** The outcome of `work` over the tree of the log at `size`, from its tiles. `work` may run twice and must not look into hashes. */
  async read<T>(size: number, work: (read: NodeReader) => T): Promise<T> {
    const hashes = new Map<string, readonly Uint8Array[]>();
    for (const tile of tilesRead(size, work)) hashes.set(tilePath(tile), await this.tile(tile));
    return work(tileReader(size, (tile) => hashes.get(tilePath(tile)) ?? [], this.#digest));
  }

  /** The hashes of a tile. Throws `bad-tile` where it is not there or not of that width. */
  async tile(tile: Tile): Promise<Uint8Array[]> {
    const { bytes, width } = await this.#fetchTile(tile, TILE_WIDTH * HASH_SIZE);
    return decodeTile(bytes, width).slice(0, tile.width);
  }

  /** The entries of a bundle: `{ level: 'entries', … }`. Throws `bad-tile` likewise. */
  async entries(index: number, width: number): Promise<Uint8Array[]> {
    const tile = { level: 'entries', index, width } as const;
    const { bytes, width: served } = await this.#fetchTile(tile, TILE_WIDTH * (2 + ENTRY_BYTES_MAX));
    const entries = decodeEntries(bytes);
    if (entries.length !== served) {
      throw new AnchorError('bad-tile', `${tilePath(tile)} has ${entries.length} entries, not ${served}`);
    }
    return entries.slice(0, width);
  }

  /** A partial tile may be gone once the full one is there, which begins with it. */
  async #fetchTile(tile: Tile, bytesMax: number): Promise<{ bytes: Uint8Array; width: number }> {
    const bytes = await this.ask('GET', `/${tilePath(tile)}`, bytesMax);
    if (bytes) return { bytes, width: tile.width };
    const full = { ...tile, width: TILE_WIDTH };
    const fullBytes =
      tile.width === TILE_WIDTH ? undefined : await this.ask('GET', `/${tilePath(full)}`, bytesMax);
    if (!fullBytes) throw new AnchorError('bad-tile', `the log does not serve ${tilePath(tile)}`);
    return { bytes: fullBytes, width: TILE_WIDTH };
  }

  /**
   * The body of an answer 200; undefined for 404 and 410. Asks again where no answer came, or one that the log could
   * not give at the moment (429, 5xx). Throws `ledger-unreachable` after the last attempt and for any other answer.
   */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    bytesMax: number,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array | undefined> {
    const { attemptsMax = 4, sleep, random } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#askOnce(method, path, bytesMax, body);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (attempt >= attemptsMax || !error.again) {
          throw new AnchorError('ledger-unreachable', `${this.#prefix}${path}: ${error.message}`, {
            cause: error,
          });
        }
        await sleep(PAUSE_MS * 2 ** (attempt - 1) * (0.5 + random()));
      }
    }
  }

  async #askOnce(
    method: string,
    path: string,
    bytesMax: number,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array | undefined> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs ?? 10_000);
    const headers: Record<string, string> = body ? { 'Content-Type': 'application/octet-stream' } : {};
    try {
      const init = { method, headers, redirect: 'error', signal } as const;
      const response = await this.#options.fetch(this.#prefix + path, body ? { ...init, body } : init);
      if (response.status === 200) {
        const answer = await boundedBody(response, bytesMax);
        if (!answer) throw new NoAnswer(`the answer is longer than ${bytesMax} bytes`, false);
        return answer;
      }
      await response.body?.cancel();
      if (response.status === 404 || response.status === 410) return undefined;
      throw new NoAnswer(
        `the answer is ${response.status}`,
        response.status === 429 || response.status >= 500,
      );
    } catch (error) {
      if (error instanceof NoAnswer) throw error;
      throw new NoAnswer(signal.aborted ? 'no answer in time' : 'no connection', true, { cause: error });
    }
  }
}

class NoAnswer extends Error {
  readonly again: boolean;

  constructor(message: string, again: boolean, options?: ErrorOptions) {
    super(message, options);
    this.again = again;
  }
}
