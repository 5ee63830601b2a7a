// Who the hub is: a random pseudonym of its own, an Ed25519 key that signs statements, and another that signs
// the checkpoints of its embedded ledger. Made at first start, and anew where a person begins a new epoch
// (`heartwood new-epoch`); sealed under the master key. Of earlier epochs the public keys are kept: what was signed
// with them is stored, and nothing is ever to be signed with them again.

import { randomBytes } from 'node:crypto';
import { formatVerifierKey, parseVerifierKey, type Signer, type VerifierKey } from '@heartwood/anchor';
import { nodeSigner, postQuantumSigner } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';
import type { Db } from '../store/database.ts';
import type { Keyring } from './keyring.ts';
import { place, SealBroken } from './seal.ts';

/** What a hub's history has one of, until it was restored from an old copy: its keys from one batch on. */
export type HubEpoch = {
  /** From 1. */
  readonly number: number;
  /** Its first batch. Between it and the last batch of the epoch before lie numbers that a lost copy may have used. */
  readonly from: number;
  /** Signs statements; its name is their origin. */
  readonly hubKey: VerifierKey;
  /** Sign the checkpoints of the embedded ledger of that time: Ed25519, then ML-DSA-44. */
  readonly ledgerKeys: readonly [VerifierKey, VerifierKey];
  /** Why it began; undefined for the first. */
  readonly begun: EpochBegun | undefined;
};

export type EpochBegun = {
  readonly atMs: number;
  /** In the words of whoever began it. */
  readonly because: string;
  /** What contradicted this copy, in a sentence. */
  readonly found: string;
  /** Entries in the old ledger when it was set aside; undefined where it could not be read, or belonged to another key. */
  readonly ledgerSize?: number | undefined;
};

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
  /** All of them, oldest first. The last is the present one, with the keys above. */
  readonly epochs: readonly HubEpoch[];
};

/** As it lies in the database, sealed. `from` and `begun` of the first epoch are left out. */
type Kept = {
  readonly pseudonym: string;
  readonly origin: string;
  readonly seed: string;
  readonly ledgerOrigin: string;
  readonly ledgerSeed: string;
  readonly bornMs: number;
  readonly from?: number;
  readonly begun?: EpochBegun;
  readonly before?: readonly {
    readonly from: number;
    readonly hub: string;
    readonly ledger: readonly [string, string];
    readonly begun?: EpochBegun;
  }[];
};

const AT = place('meta', Buffer.from('identity'));
const READ = "SELECT value FROM meta WHERE name = 'identity'";
const WRITE = "INSERT OR REPLACE INTO meta (name, value) VALUES ('identity', ?)";

/** Makes an identity for a new hub. Call inside the transaction that makes the rest of it. */
export function createIdentity(db: Db, keyring: Keyring, nowMs: number, originPrefix: string): void {
  const pseudonym = randomBytes(16).toString('hex');
  write(db, keyring, { pseudonym, ...newKeys(originPrefix), bornMs: nowMs });
}

/**
 * New keys under new names, for the batches from `from` on. The names say that number: whoever trusts the hub's key knows
 * where its history begins (docs/spec/statement.md), and a mark of the ledger tells how far it came. Call inside the transaction that does the rest.
 */
export function addEpoch(db: Db, keyring: Keyring, from: number, begun: EpochBegun): void {
  const kept = read(db, keyring);
  const { epochs } = loadIdentity(db, keyring);
  const before = epochs.map(({ hubKey, ledgerKeys: [ed25519, mlDsa44], ...epoch }) => ({
    from: epoch.from,
    hub: formatVerifierKey(hubKey),
    ledger: [formatVerifierKey(ed25519), formatVerifierKey(mlDsa44)] as const,
    ...(epoch.begun && { begun: epoch.begun }),
  }));
  const { pseudonym, bornMs } = kept;
  const prefix = kept.origin.slice(0, kept.origin.lastIndexOf('/hub/'));
  write(db, keyring, { pseudonym, bornMs, ...newKeys(prefix, from), from, begun, before });
}

/** The epoch that a batch belongs to. */
export function epochOf({ epochs }: Identity, sequence: number): HubEpoch {
  const epoch = epochs.findLast(({ from }) => from <= sequence);
  if (epoch === undefined) throw new Error(`there is no batch ${sequence}`);
  return epoch;
}

function newKeys(prefix: string, from = 0): Pick<Kept, 'origin' | 'seed' | 'ledgerOrigin' | 'ledgerSeed'> {
  const name = `${randomBytes(8).toString('hex')}${from === 0 ? '' : `/${`${from}`.padStart(12, '0')}`}`;
  return {
    origin: `${prefix}/hub/${name}`,
    seed: randomBytes(32).toString('hex'),
    ledgerOrigin: `${prefix}/ledger/${name}`,
    ledgerSeed: randomBytes(32).toString('hex'),
  };
}

function write(db: Db, keyring: Keyring, kept: Kept): void {
  db.prepare(WRITE).run(keyring.seal(AT, Buffer.from(JSON.stringify(kept))));
}

function read(db: Db, keyring: Keyring): Kept {
  const row = db.prepare<[], { value: Buffer }>(READ).get();
  if (row === undefined)
    throw new HeartwoodError('no-data', 'The database has no identity: its set-up never ended.');
  return JSON.parse(keyring.open(AT, row.value).toString()) as Kept;
}

/** @throws HeartwoodError wrong-key when the master key is not this hub's */
export function loadIdentity(db: Db, keyring: Keyring): Identity {
  try {
    const kept = read(db, keyring);
    const ledgerSeed = Buffer.from(kept.ledgerSeed, 'hex');
    const signer = nodeSigner(kept.origin, Buffer.from(kept.seed, 'hex'));
    const ledgerSigner = nodeSigner(kept.ledgerOrigin, ledgerSeed);
    const ledgerPostQuantum = postQuantumSigner(kept.ledgerOrigin, ledgerSeed);
    const before = kept.before ?? [];
    const epochs = before.map(({ from, hub, ledger: [ed25519, mlDsa44], begun }, i): HubEpoch => {
      const ledgerKeys = [parseVerifierKey(ed25519), parseVerifierKey(mlDsa44)] as const;
      return { number: i + 1, from, hubKey: parseVerifierKey(hub), ledgerKeys, begun };
    });
    return {
      pseudonym: Buffer.from(kept.pseudonym, 'hex'),
      origin: kept.origin,
      signer,
      ledgerSigner,
      ledgerPostQuantum,
      bornMs: kept.bornMs,
      epochs: [
        ...epochs,
        {
          number: before.length + 1,
          from: kept.from ?? 0,
          hubKey: signer,
          ledgerKeys: [ledgerSigner, ledgerPostQuantum],
          begun: kept.begun,
        },
      ],
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
