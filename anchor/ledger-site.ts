// What a ledger shows to everybody, by path, as c2sp.org/tlog-tiles wants it (v0.1.0): the checkpoint, which changes, and
// tiles, which never do. All of it is read from the ledger's file, the one source of truth, so that nothing published can
// disagree with what was signed. Three questions more are answered, two of them for hubs, who know their
// statements by number:
//   /retention                           which entries are kept
//   /last?origin=<hub>                   the hub's newest statement, as JSON
//   /proof?index=<n>                     a `.tlog-proof` under the newest checkpoint
//   /proof?origin=<hub>&sequence=<n>

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
  readonly published?: () => string;
  /** Full tiles and bundles that end at this index or before are no longer served: see docs/spec/tiles.md. 0 keeps all. */
  readonly minimumIndex?: number;
};

/** The answer to a GET of that path (with a leading slash) and query; undefined where there is nothing. */
export function answerSite(
  { reader, published, minimumIndex = 0 }: SiteOptions,
  path: string,
  query: URLSearchParams,
): SiteAnswer | undefined {
  if (path === '/checkpoint') {
    const checkpoint = published ? published() : reader.latest().checkpoint;
    return { type: 'text/plain; charset=utf-8', cache: ONE_SECOND, body: utf8(checkpoint) };
  }
  if (path === '/retention') {
    return {
      type: 'text/plain; charset=utf-8',
      cache: ONE_SECOND,
      body: utf8(formatRetention(minimumIndex)),
    };
  }
  if (path === '/last') {
    const last = reader.lastOf(query.get('origin') ?? '');
    return last && { type: 'application/json', cache: NEVER, body: utf8(JSON.stringify(last)) };
  }
  if (path === '/proof') {
    const place = placeOf(query);
    const proof = place && reader.proofOf(place);
    return proof === undefined
      ? undefined
      : { type: 'text/plain; charset=utf-8', cache: NEVER, body: utf8(proof) };
  }
  const tile = parseTilePath(path.slice(1));
  if (!tile || !isRetained(tile, minimumIndex) || !isTileOf(tile, reader.latest().size)) return undefined;
  return { type: 'application/octet-stream', cache: FOR_EVER, body: readTile(reader, tile) };
}

/** What the log publishes of its retention: one line, `minimum-index <n>`. Full tiles and bundles that end there or before may be gone. */
export function formatRetention(minimumIndex: number): string {
  return `minimum-index ${minimumIndex}\n`;
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
