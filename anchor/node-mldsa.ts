// ML-DSA-44 (FIPS 204) from node:crypto, which has it since Node 24. Measured with Node 24.21 on x86-64: sign 0.6 to 0.7 ms,
// verify 0.14 ms, and 0.06 ms to make a key ready. Signing is hedged: the same message gives another signature each time.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { mlDsaCosignerOf } from './cosignature.ts';
import { AnchorError } from './error.ts';
import type { Signer } from './key.ts';
import { MLDSA44_SIGNATURE_BYTES } from './mldsa-cosignature.ts';
import type { VerifyMlDsa44 } from './primitive.ts';

const PUBLIC_KEY_BYTES = 1312;
// DER of RFC 9881 up to where the key begins; of a private key, the form that holds the 32-byte seed alone.
const SPKI = Buffer.from('30820532300b06096086480165030403110382052100', 'hex');
const PKCS8_SEED = Buffer.from('3034020100300b060960864801650304031104228020', 'hex');

/** Ready keys by their bytes, bounded since a stranger's policy may name many. */
const ready = new Map<string, KeyObject>();
const READY_MAX = 64;

/** ML-DSA-44 by OpenSSL. */
export const nodeVerifyMlDsa44: VerifyMlDsa44 = (publicKey, message, signature) => {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== MLDSA44_SIGNATURE_BYTES) return false;
  const id = Buffer.from(publicKey).toString('latin1');
  let key = ready.get(id);
  if (!key) {
    key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
    if (ready.size >= READY_MAX) ready.clear();
    ready.set(id, key);
  }
  return verify(null, message, key, signature);
};

/**
 * A cosigner of type 0x06 from a 32-byte seed. `nowS` is its clock in seconds since 1970; a log gives 0. Throws `bad-key`
 * for a seed of another length or a name that cannot be carried.
 */
export function nodeMlDsaCosigner(name: string, seed: Uint8Array, nowS: () => number): Signer {
  if (seed.length !== 32) throw new AnchorError('bad-key', `a seed has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_SEED, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = new Uint8Array(
    createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length),
  );
  return mlDsaCosignerOf(name, publicKey, (message) => sign(null, message, key), nowS);
}
