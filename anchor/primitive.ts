// The primitives everything here stands on, SHA-256 and Ed25519, as plain functions that can be replaced; and the type of
// a third, ML-DSA-44, which has no default: a verifier that is handed none says that it cannot check such a signature.
// The defaults are @noble's and run in a browser; `node-primitive.ts` has those of node:crypto. Measured with Node
// 24.21 on x86-64, 2 cores: SHA-256 of 65 bytes 1.1 µs against 0.3 µs (as text, node-primitive.ts); Ed25519
// verify 1.1-1.3 ms against 0.13 ms (0.07 with the key kept) and sign 0.47 ms against 0.05 ms, so replacing all of them pays.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256: any bytes to 32 bytes. */
export type Digest = (bytes: Uint8Array) => Uint8Array;

/** True where `signature` (64 bytes) over `message` is by `publicKey` (32 bytes), RFC 8032. Never throws. */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/**
 * True where `signature` (2,420 bytes) over `message` is by `publicKey` (1,312 bytes): FIPS 204 ML-DSA-44, pure, with an
 * empty context. Never throws.
 */
export type VerifyMlDsa44 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export const sha256: Digest = (bytes) => nobleSha256(bytes);

/**
 * The strict rules of RFC 8032 and not ZIP 215's, so that the browser's answer is the one OpenSSL gives: a
 * non-canonical encoding of the key, of R or of S is refused by both.
 */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/** RFC 8032 Ed25519 signature, 64 bytes, deterministic. `seed` is the 32-byte private key. */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, seed);
}

/** The 32-byte public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}
