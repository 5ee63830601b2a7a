// A witness's cosignature, c2sp.org/tlog-cosignature v1.0.1 (cosignature/v1, Ed25519, key type 0x04): "at this time, this
// is the largest consistent tree I have seen of this log". The time stands in front of the signature and is signed.

import { bigEndian, joinBytes } from './bytes.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type Signer, type VerifierKey, verifierKey } from './key.ts';
import { cosignatureMessage, type SignedNote, verifyNote } from './note.ts';
import { publicKeyOf, signEd25519, type VerifyEd25519, verifyEd25519 } from './primitive.ts';

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
      const timeS = nowS();
      if (!Number.isSafeInteger(timeS) || timeS < 0) {
        throw new AnchorError('bad-cosignature', `${timeS} is no time in whole seconds since 1970`);
      }
      return joinBytes(bigEndian(timeS, 8), sign(cosignatureMessage(timeS, text)));
    },
  };
}

/** The same from a 32-byte seed, in pure JavaScript. */
export function cosignerFromSeed(name: string, seed: Uint8Array, nowS: () => number): Signer {
  return cosignerOf(name, publicKeyOf(seed), (message) => signEd25519(seed, message), nowS);
}

/** Time of a cosignature as a note's line carries it (72 bytes), seconds since 1970. Throws `bad-cosignature` beyond 2^53-1. */
export function cosignatureTimeS(signature: Uint8Array): number {
  if (signature.length !== 72) throw new AnchorError('bad-cosignature', 'a cosignature has 72 bytes');
  const timeS = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(timeS))
    throw new AnchorError('bad-cosignature', 'its time is beyond every calendar');
  return timeS;
}

/**
 * The cosignatures on a checkpoint by these witnesses, in the order of its lines. Lines by others are ignored; a wrong
 * one by a known witness throws `bad-signature`. None at all is an empty list.
 */
export function verifyCosignatures(
  note: SignedNote,
  witnesses: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
): Cosignature[] {
  try {
    return verifyNote(note, witnesses, verify).verified.map(({ key, signature }) => ({
      key,
      timeS: cosignatureTimeS(signature),
    }));
  } catch (error) {
    if (error instanceof AnchorError && error.code === 'unknown-signer') return [];
    throw error;
  }
}
