// Leaves: each entry of a segment is a salt of 32 bytes and the canonical bytes. The salts of a segment are a
// keystream (AES-256-CTR) under a key that only the patient's key of the epoch gives, so that nobody can find a
// heart rate by trying all of them, and destroying the key makes every leaf unopenable.

import { createCipheriv } from 'node:crypto';
import { leafHash } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { lendReading } from '@heartwood/vitals';
import type { EpochKeys } from '../keys/keyring.ts';
import { deriveKey, place } from '../keys/seal.ts';
import type { KeptReading } from '../store/segment-codec.ts';

const SALT_BYTES = 32;
/** One call of the cipher for so many: half the cost a salt of 64. */
const SALTS_AHEAD = 256;
const ZEROS = new Uint8Array(SALT_BYTES * SALTS_AHEAD);

/** The salts of one segment, in the order of its entries. */
export class SaltStream {
  readonly #cipher: ReturnType<typeof createCipheriv>;
  #ahead: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(keys: EpochKeys, batch: number, slot: number) {
    const key = deriveKey(keys.salt, 'salt', place('segment', batch, slot));
    this.#cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  }

  next(): Uint8Array {
    const at = this.#take();
    return this.#ahead.subarray(at, at + SALT_BYTES);
  }

  /** The next one, written where it is wanted. */
  write(to: Uint8Array, at: number): void {
    const from = this.#take();
    for (let i = 0; i < SALT_BYTES; i++) to[at + i] = this.#ahead[from + i] as number;
  }

  /** @returns where it lies in `#ahead` */
  #take(): number {
    if (this.#used === this.#ahead.length) {
      this.#ahead = this.#cipher.update(ZEROS);
      this.#used = 0;
    }
    this.#used += SALT_BYTES;
    return this.#used - SALT_BYTES;
  }
}

/**
 * What a reading's leaf is the hash of (RFC 6962 2.1), under the next salt: 0x00 || salt || canonical bytes. It is lent, and
 * holds until the next one: copying it twice took longer than hashing it.
 */
export function leafOf(
  salts: SaltStream,
  kept: KeptReading,
  subject: Uint8Array,
  device: string,
): Uint8Array {
  const leaf = lendReading(1 + SALT_BYTES, kept, subject, device);
  leaf[0] = 0;
  salts.write(leaf, 1);
  return leaf;
}

/** What is hashed into a leaf, and what a proof discloses: salt || canonical bytes. */
export function entryOf(salt: Uint8Array, canonical: Uint8Array): Uint8Array {
  const entry = new Uint8Array(SALT_BYTES + canonical.length);
  entry.set(salt);
  entry.set(canonical, SALT_BYTES);
  return entry;
}

export const hashEntry = (entry: Uint8Array): Uint8Array => leafHash(entry, nodeSha256);
