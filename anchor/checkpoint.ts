// A checkpoint, c2sp.org/tlog-checkpoint v1.0.0, is how a log says "I am these many entries with this root": origin,
// size, root, perhaps extension lines, as the text of a signed note. A log must never sign two that contradict.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { parseDecimal, utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import { type Digest, sha256 } from './primitive.ts';
import { HASH_SIZE } from './tree.ts';

export type Checkpoint = {
  /** Which log: a URL without scheme, e.g. `heartwood/ledger/3f2a9c0d11aa22bb`; the log's key has the same name. */
  readonly origin: string;
  readonly size: number;
  /** RFC 6962 root, 32 bytes. */
  readonly root: Uint8Array;
  /** Further lines, non-empty; this project writes none. */
  readonly extensions: readonly string[];
};

/** The note text of a checkpoint, ending in a newline. Throws `bad-checkpoint`. */
export function formatCheckpoint({
  origin,
  size,
  root,
  extensions = [],
}: Omit<Checkpoint, 'extensions'> & { readonly extensions?: readonly string[] }): string {
  const text = [origin, `${size}`, encodeBase64(root), ...extensions, ''].join('\n');
  parseCheckpoint(text);
  return text;
}

/** Inverse of `formatCheckpoint`: one checkpoint has one text. Checks no signature. Throws `bad-checkpoint`. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin, sizeText, rootText, ...extensions] = lines.slice(0, -1);
  if (lines.at(-1) !== '' || !origin || sizeText === undefined || rootText === undefined) {
    throw refused('it needs three lines: origin, size, root');
  }
  const size = parseDecimal(sizeText);
  if (size === undefined) throw refused('its size is no number without leading zeros below 2^53');
  if (extensions.includes('')) throw refused('it has an empty line');
  let root: Uint8Array;
  try {
    root = decodeBase64(rootText);
  } catch (cause) {
    throw refused('its root is not canonical base64', cause);
  }
  if (root.length !== HASH_SIZE) throw refused('its root is not 32 bytes');
  return { origin, size, root, extensions };
}

/**
 * What a second anchor is given of a checkpoint: SHA-256 of its note text (origin, size and root, without signatures), 32
 * bytes. It binds all three and tells none of them.
 */
export function checkpointDigest(text: string, digest: Digest = sha256): Uint8Array {
  return digest(utf8(text));
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-checkpoint', `not a checkpoint: ${why}`, { cause });
}
