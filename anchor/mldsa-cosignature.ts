// What a key of type 0x06 signs: c2sp.org/tlog-cosignature v1.1.0-rc.1 (read at commit 5ba5ee8; may move), ML-DSA-44 of
// FIPS 204, pure, with an empty context. Other than the Ed25519 form it names the cosigner, survives a quantum computer,
// and covers origin, size and root of a checkpoint but none of its extension lines. A line weighs 3.3 kB instead of 0.13.
// Logs sign with it too; their time is 0, since they make no claim of having looked.

import { bigEndian, joinBytes, textOf, utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import { HASH_SIZE } from './tree.ts';

/** Bytes of an ML-DSA-44 signature (FIPS 204, table 2). */
export const MLDSA44_SIGNATURE_BYTES = 2420;

export type CosignedSubtree = {
  /** Name of the cosigner's key, 1 to 255 bytes. */
  readonly cosigner: string;
  /** Seconds since 1970; 0 where the cosigner does not say that this is the largest tree it has seen. */
  readonly timeS: bigint | number;
  /** Origin of the log, 1 to 255 bytes. */
  readonly origin: string;
  /** First leaf; 0 for a checkpoint. Where it is not 0 the time must be. */
  readonly start: number;
  /** One past the last leaf; the size of a checkpoint. */
  readonly end: number;
  /** Root of the subtree, 32 bytes. */
  readonly hash: Uint8Array;
};

/** The `cosigned_message` structure, 72 bytes and the two names. Throws `bad-cosignature` for what it cannot carry. */
export function subtreeMessage({ cosigner, timeS, origin, start, end, hash }: CosignedSubtree): Uint8Array {
  if (hash.length !== HASH_SIZE) throw refused('its hash is not 32 bytes');
  if (start !== 0 && BigInt(timeS) !== 0n) throw refused('a subtree that begins later than 0 has no time');
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeS));
  return joinBytes(
    utf8('subtree/v1\n\0'),
    shortText(cosigner, 'name'),
    time,
    shortText(origin, 'origin'),
    bigEndian(start, 8),
    bigEndian(end, 8),
    hash,
  );
}

/** The message for the checkpoint that is a note's text. Throws `bad-checkpoint` for any other text, `bad-cosignature`. */
export function checkpointMessage(cosigner: string, timeS: bigint | number, text: Uint8Array): Uint8Array {
  const { origin, size, root } = parseCheckpoint(textOf(text) ?? '');
  return subtreeMessage({ cosigner, timeS, origin, start: 0, end: size, hash: root });
}

function shortText(text: string, what: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length < 1 || bytes.length > 255) throw refused(`its ${what} has no bytes or more than 255`);
  return joinBytes(Uint8Array.of(bytes.length), bytes);
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-cosignature', `no ML-DSA-44 cosignature can say this: ${why}`);
}
