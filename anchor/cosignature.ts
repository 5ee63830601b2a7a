// A witness's cosignature, c2sp.org/tlog-cosignature: "at this time, this is the largest consistent tree I have seen of this
// log". The time stands in front of the signature and is signed. Two forms: Ed25519 (cosignature/v1 of v1.0.1, key type
// 0x04) and ML-DSA-44 (v1.1.0-rc.1, key type 0x06), side by side on one checkpoint where a witness has both keys.

import { bigEndian, joinBytes } from './bytes.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type Signer, type VerifierKey, verifierKey } from './key.ts';
import { checkpointMessage, MLDSA44_SIGNATURE_BYTES } from './mldsa-cosignature.ts';
import { cosignatureMessage, type SignedNote, verifyNote } from './note.ts';
import {
  publicKeyOf,
  signEd25519,
  type VerifyEd25519,
  type VerifyMlDsa44,
  verifyEd25519,
} from './primitive.ts';

/** A cosignature that was verified. */
export type Cosignature = {
  readonly key: VerifierKey;
  /** When the witness says it saw the checkpoint, seconds since 1970; 0 where it gives none. */
  readonly timeS: number;
};

/**
 * A signer of cosignatures, to be used with `signNote`: `sign` is the raw Ed25519 of the witness's key, `nowS` its
 * clock in seconds since 1970.
 */
export function cosignerOf(
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
  nowS: () => number,
): Signer {
  return {
    ...verifierKey(name, publicKey, KEY_TYPES.cosignatureEd25519),
    sign: (text) => {
      const timeS = wholeSeconds(nowS);
      return joinBytes(bigEndian(timeS, 8), sign(cosignatureMessage(timeS, text)));
    },
  };
}

/**
 * The same for ML-DSA-44: `sign` is the raw signature (2,420 bytes) of the key with that public half (1,312 bytes). It
 * signs checkpoints only and throws `bad-checkpoint` for another text. A log that signs with it gives 0 for `nowS`.
 */
export function mlDsaCosignerOf(
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
  nowS: () => number,
): Signer {
  const key = verifierKey(name, publicKey, KEY_TYPES.cosignatureMlDsa44);
  return {
    ...key,
    sign: (text) => {
      const timeS = wholeSeconds(nowS);
      return joinBytes(bigEndian(timeS, 8), sign(checkpointMessage(name, timeS, text)));
    },
  };
}

function wholeSeconds(nowS: () => number): number {
  const timeS = nowS();
  if (Number.isSafeInteger(timeS) && timeS >= 0) return timeS;
  throw new AnchorError('bad-cosignature', `${timeS} is no time in whole seconds since 1970`);
}

/** The same from a 32-byte seed, in pure JavaScript. */
export function cosignerFromSeed(name: string, seed: Uint8Array, nowS: () => number): Signer {
  return cosignerOf(name, publicKeyOf(seed), (message) => signEd25519(seed, message), nowS);
}

/** Time of a cosignature as a note's line carries it (72 or 2,428 bytes), seconds since 1970. Throws `bad-cosignature` beyond 2^53-1. */
export function cosignatureTimeS(signature: Uint8Array): number {
  if (signature.length !== 72 && signature.length !== 8 + MLDSA44_SIGNATURE_BYTES) {
    throw new AnchorError('bad-cosignature', 'a cosignature has 72 bytes, or 2,428 with ML-DSA-44');
  }
  const timeS = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(timeS))
    throw new AnchorError('bad-cosignature', 'its time is beyond every calendar');
  return timeS;
}

/**
 * The cosignatures on a checkpoint by these witnesses, in the order of its lines. Lines by others are ignored; a wrong
 * one by a known witness throws `bad-signature`. None at all is an empty list. Without `verifyMlDsa44` keys of type 0x06
 * are others.
 */
export function verifyCosignatures(
  note: SignedNote,
  witnesses: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
  verifyMlDsa44?: VerifyMlDsa44,
): Cosignature[] {
  try {
    return verifyNote(note, witnesses, verify, verifyMlDsa44).verified.map(({ key, signature }) => ({
      key,
      timeS: cosignatureTimeS(signature),
    }));
  } catch (error) {
    if (error instanceof AnchorError && error.code === 'unknown-signer') return [];
    throw error;
  }
}
