// What a ledger shows to everybody, by path, as c2sp.org/tlog-tiles wants it (v0.1.0): the checkpoint, which changes, and
// tiles, which never do. All of it is read from the ledger's file, the one source of truth, so that nothing published can
// disagree with what was signed. Three questions more are answered, two of them for hubs, who know their
// statements by number:
//   /retention                           which entries are kept: a signed note (`retention.ts`)
//   /last?origin=<hub>                   the hub's newest statement, as JSON
//   /proof?index=<n>                     a `.tlog-proof` under the newest checkpoint that may be shown
//   /proof?origin=<hub>&sequence=<n>     `&post-quantum=1` adds the ledger's ML-DSA-44 signature

import { parseDecimal, utf8 } from './bytes.ts';
import type { LedgerPlace } from './ledger.ts';
import type { LedgerReader } from './ledger-reader.ts';
import {
  encodeEntries,
  encodeTile,
  isRetained,
  isTileOf,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
} from './tile.ts';

export type SiteAnswer = {
  readonly type: string;
  /** Value of Cache-Control. */
  readonly cache: string;
  readonly body: Uint8Array;
};

/** A tile has one content for ever; a checkpoint is old after a second. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const ONE_SECOND = 'public, max-age=1';
const NEVER = 'no-store';

export type SiteOptions = {
  readonly reader: LedgerReader;
  /**
   * The checkpoint to show, where that is not simply the newest: one that enough witnesses have cosigned. Tiles beyond
   * it are shown all the same; nobody can verify them before it follows.
   */
  readonly published?: () => string | undefined;
  /** The text of a `.tlog-proof`, where that is not simply the one under the newest checkpoint. */
  readonly proofOf?: (place: LedgerPlace) => string | undefined;
  /** Puts the ledger's ML-DSA-44 line into a proof. */
  readonly postQuantum?: ((proof: string) => string) | undefined;
};

/** The answer to a GET of that path (with a leading slash) and query; undefined where there is nothing. */
export function answerSite(
  { reader, published, proofOf, postQuantum }: SiteOptions,
  path: string,
  query: URLSearchParams,
): SiteAnswer | undefined {
  if (path === '/checkpoint') {
    const checkpoint = published ? published() : reader.latest().checkpoint;
    return textAnswer(checkpoint, ONE_SECOND);
  }
  if (path === '/retention') return textAnswer(reader.retention()?.note, ONE_SECOND);
  if (path === '/last') {
    const last = reader.lastOf(query.get('origin') ?? '');
    return last && { type: 'application/json', cache: NEVER, body: utf8(JSON.stringify(last)) };
  }
  if (path === '/proof') {
    const place = placeOf(query);
    const proof = place && (proofOf ? proofOf(place) : reader.proofOf(place));
    const wanted = postQuantum && query.get('post-quantum') === '1';
    return textAnswer(proof !== undefined && wanted ? postQuantum(proof) : proof, NEVER);
  }
  const tile = parseTilePath(path.slice(1));
  if (!tile || !isShown(tile, reader.minimumIndex()) || !isTileOf(tile, reader.latest().size))
    return undefined;
  return { type: 'application/octet-stream', cache: FOR_EVER, body: readTile(reader, tile) };
}

function textAnswer(text: string | undefined, cache: string): SiteAnswer | undefined {
  return text === undefined ? undefined : { type: 'text/plain; charset=utf-8', cache, body: utf8(text) };
}

/**
 * Whether a log shows the tile: not a bundle or a tile of level 0 that ends at the minimum index or before, nor a partial
 * one of those. Tiles of higher levels stay: they are half a byte an entry, and growth from a full tile can be shown for ever.
 */
export function isShown(tile: Tile, minimumIndex: number): boolean {
  if (tile.level !== 'entries' && tile.level > 0) return true;
  return isRetained({ ...tile, width: TILE_WIDTH }, minimumIndex);
}

/** The bytes of a tile or bundle that the ledger has. Throws `ledger-mismatch` where a part of it is missing. */
export function readTile(reader: LedgerReader, tile: Tile): Uint8Array {
  if (tile.level !== 'entries') return encodeTile(tile, (level, index) => reader.node(level, index));
  const start = tile.index * TILE_WIDTH;
  return encodeEntries(reader.notes(start, start + tile.width).map(utf8));
}

function placeOf(query: URLSearchParams): LedgerPlace | undefined {
  const index = parseDecimal(query.get('index') ?? '');
  if (index !== undefined) return { index };
  const origin = query.get('origin');
  const sequence = parseDecimal(query.get('sequence') ?? '');
  return origin === null || sequence === undefined ? undefined : { origin, sequence };
}
