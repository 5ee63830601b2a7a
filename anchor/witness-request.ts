// The body of an add-checkpoint request, c2sp.org/tlog-witness (v1.0.0, and what commit 5ba5ee8 adds): how far the client
// believes the witness is, the consistency proof from there, and the signed checkpoint.
//   old <size>
//   <base64 hash>        0 to 63 of them
//   <empty line>
//   <checkpoint note>

import { decodeBase64, encodeBase64 } from './base64.ts';
import { parseDecimal, textOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import { HASH_SIZE } from './tree.ts';

/** No tree of up to 2^63 leaves has a longer consistency proof that a client may send. */
const PROOF_MAX = 63;

export type AddCheckpoint = {
  /** Size of the checkpoint that the witness cosigned last; 0 where it never did. */
  readonly oldSize: number;
  /** RFC 6962 2.1.2 proof from there, hashes of 32 bytes. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint's signed note, verbatim. */
  readonly note: string;
};

export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
}

/** Inverse of `formatAddCheckpoint`; the note is not looked into. Sizes go up to 2^53-1. Throws `bad-request`. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const text = textOf(body);
  if (text === undefined) throw refused('it is not UTF-8');
  const split = text.indexOf('\n\n');
  if (split < 0) throw refused('it has no empty line before a checkpoint');
  const [first = '', ...lines] = text.slice(0, split).split('\n');
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : undefined;
  if (oldSize === undefined) throw refused('its first line is not "old" and a size without leading zeros');
  if (lines.length > PROOF_MAX) throw refused(`its proof is longer than ${PROOF_MAX} hashes`);
  return { oldSize, proof: lines.map(hashOf), note: text.slice(split + 2) };
}

function hashOf(line: string): Uint8Array {
  let hash: Uint8Array;
  try {
    hash = decodeBase64(line);
  } catch (cause) {
    throw refused('a hash of its proof is not canonical base64', cause);
  }
  if (hash.length !== HASH_SIZE) throw refused('a hash of its proof is not 32 bytes');
  return hash;
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-request', `not an add-checkpoint request: ${why}`, { cause });
}
