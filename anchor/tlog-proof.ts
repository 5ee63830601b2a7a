// A `.tlog-proof` file, c2sp.org/tlog-proof (untagged; commit 5ba5ee8): where an entry stands in a log, the path from it
// to a root, and the signed and cosigned checkpoint with that root. All an offline verifier needs but the entry.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { parseDecimal } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { VerifierKey } from './key.ts';
import { formatNote, parseNote } from './note.ts';
import { HASH_SIZE } from './tree.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
/** No tree of up to 2^63 leaves has longer paths. */
const PATH_MAX = 63;

export type TlogProof = {
  /** Opaque and not authenticated by anything in the file. Undefined where the file has no such line. */
  readonly extra?: Uint8Array;
  /** From 0. */
  readonly index: number;
  /** Leaf's sibling first, root's child last; each 32 bytes. */
  readonly path: readonly Uint8Array[];
  /** The checkpoint's signed note, verbatim. */
  readonly checkpoint: string;
};

/** Text of the file, ending in a newline. */
export function formatTlogProof({ extra, index, path, checkpoint }: TlogProof): string {
  const extraLine = extra === undefined ? '' : `extra ${encodeBase64(extra)}\n`;
  const hashes = path.map((hash) => `${encodeBase64(hash)}\n`).join('');
  return `${HEADER}\n${extraLine}index ${index}\n${hashes}\n${checkpoint}`;
}

/** Inverse of `formatTlogProof`: one proof has one text. Verifies nothing. Throws `bad-proof-file`. */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  if (split < 0) throw refused('it has no empty line before a checkpoint');
  const [header, ...lines] = text.slice(0, split).split('\n');
  if (header !== HEADER) throw refused(`its first line is not ${HEADER}`);
  const extraText = lines[0]?.startsWith('extra ') ? lines.shift()!.slice('extra '.length) : undefined;
  const indexLine = lines.shift();
  const index = indexLine?.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : undefined;
  if (index === undefined) throw refused('it has no line "index" with a number without leading zeros');
  if (lines.length > PATH_MAX) throw refused(`its path is longer than ${PATH_MAX} hashes`);
  const path = lines.map((line) => bytesOf(line, 'a hash of its path'));
  if (path.some((hash) => hash.length !== HASH_SIZE)) throw refused('a hash of its path is not 32 bytes');
  const checkpoint = text.slice(split + 2);
  return extraText === undefined
    ? { index, path, checkpoint }
    : { extra: bytesOf(extraText, 'its extra line'), index, path, checkpoint };
}

/**
 * The same proof with the signature lines of these keys alone. A ledger keeps the lines of every witness it asked; a
 * verifier refuses lines by keys that its policy does not name. Throws `bad-proof-file`, and `bad-note` where none is left.
 */
export function proofSignedBy(text: string, keys: readonly Pick<VerifierKey, 'name' | 'keyId'>[]): string {
  const proof = parseTlogProof(text);
  const note = parseNote(proof.checkpoint);
  const signatures = note.signatures.filter((line) =>
    keys.some(({ name, keyId }) => name === line.name && keyId === line.keyId),
  );
  const checkpoint = formatNote({ text: note.text, signatures });
  parseNote(checkpoint);
  return formatTlogProof({ ...proof, checkpoint });
}

function bytesOf(base64: string, what: string): Uint8Array {
  try {
    return decodeBase64(base64);
  } catch (cause) {
    throw refused(`${what} is not canonical base64`, cause);
  }
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-proof-file', `not a .tlog-proof file: ${why}`, { cause });
}
