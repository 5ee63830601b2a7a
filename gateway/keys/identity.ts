// Who the hub is: a random pseudonym of its own, an Ed25519 key that signs statements, and another that signs
// the checkpoints of its embedded ledger. Made once, at first start; sealed under the master key.

import { randomBytes } from 'node:crypto';
import type { Signer } from '@heartwood/anchor';
import { nodeSigner, postQuantumSigner } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';
import type { Db } from '../store/database.ts';
import type { Keyring } from './keyring.ts';
import { place, SealBroken } from './seal.ts';

export type Identity = {
  /** Subject of the hub's own entries, 16 bytes. */
  readonly pseudonym: Uint8Array;
  /** Name of the hub's key and first line of its statements. Neutral: it tells nothing about anybody. */
  readonly origin: string;
  /** Signs statements, as `origin`. */
  readonly signer: Signer;
  /** Signs the checkpoints of the embedded ledger, under a name of its own. */
  readonly ledgerSigner: Signer;
  /** Signs the same checkpoints with ML-DSA-44, where that is asked for; made from the same seed. */
  readonly ledgerPostQuantum: Signer;
  /** When the hub was made, ms: the start of its first interval. */
  readonly bornMs: number;
};

const AT = place('meta', Buffer.from('identity'));
const READ = "SELECT value FROM meta WHERE name = 'identity'";
const WRITE = "INSERT INTO meta (name, value) VALUES ('identity', ?)";

/** Makes an identity for a new hub. Call inside the transaction that makes the rest of it. */
export function createIdentity(db: Db, keyring: Keyring, nowMs: number, originPrefix: string): void {
  const name = randomBytes(8).toString('hex');
  const kept = {
    pseudonym: randomBytes(16).toString('hex'),
    origin: `${originPrefix}/hub/${name}`,
    seed: randomBytes(32).toString('hex'),
    ledgerOrigin: `${originPrefix}/ledger/${name}`,
    ledgerSeed: randomBytes(32).toString('hex'),
    bornMs: nowMs,
  };
  db.prepare(WRITE).run(keyring.seal(AT, Buffer.from(JSON.stringify(kept))));
}

/** @throws HeartwoodError wrong-key when the master key is not this hub's */
export function loadIdentity(db: Db, keyring: Keyring): Identity {
  const row = db.prepare<[], { value: Buffer }>(READ).get();
  if (row === undefined)
    throw new HeartwoodError('no-data', 'The database has no identity: its set-up never ended.');
  try {
    const kept = JSON.parse(keyring.open(AT, row.value).toString());
    return {
      pseudonym: Buffer.from(kept.pseudonym, 'hex'),
      origin: kept.origin,
      signer: nodeSigner(kept.origin, Buffer.from(kept.seed, 'hex')),
      ledgerSigner: nodeSigner(kept.ledgerOrigin, Buffer.from(kept.ledgerSeed, 'hex')),
      ledgerPostQuantum: postQuantumSigner(kept.ledgerOrigin, Buffer.from(kept.ledgerSeed, 'hex')),
      bornMs: kept.bornMs,
    };
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    throw new HeartwoodError(
      'wrong-key',
      "The master key does not open this data directory: it is another hub's key, or the hub's identity was altered.",
      { cause: error },
    );
  }
}

export const identityExists = (db: Db): boolean => db.prepare(READ).get() !== undefined;
