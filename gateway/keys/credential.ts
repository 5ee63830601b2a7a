// Device passwords. The hub makes them (128 random bits), shows each once, and keeps a scrypt hash only
// (RFC 7914). A random password needs no slow hash against guessing; the moderate cost (N = 2^12, about 12 ms
// on a small machine) is for passwords that somebody chose, and bounds what a reconnect storm can cost.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const COST = { N: 4096, r: 8, p: 1 } as const;
const HASH_BYTES = 32;

export type Credential = { readonly salt: Uint8Array; readonly hash: Uint8Array };

/** A new random password: 26 characters that survive being read aloud (Crockford's base 32). */
export function newPassword(): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  return Array.from(randomBytes(26), (byte) => alphabet[byte & 31]).join('');
}

const hashOf = (password: Uint8Array | string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password, salt, HASH_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key))),
  );

export async function hashPassword(password: string): Promise<Credential> {
  const salt = randomBytes(16);
  return { salt, hash: await hashOf(password, salt) };
}

/** Constant time in the password. With no credential it costs as much as with one, and says no. */
export async function checkPassword(
  password: Uint8Array,
  credential: Credential | undefined,
): Promise<boolean> {
  const known = credential ?? { salt: new Uint8Array(16), hash: new Uint8Array(HASH_BYTES) };
  const same = timingSafeEqual(await hashOf(password, known.salt), known.hash);
  return same && credential !== undefined;
}
