// The vault is what lies in a data directory, opened: database, keys, identity, registry. The hub stands on it,
// and so does each command that looks into the data while the hub runs or rests.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_SLOT } from '@heartwood/anchor';
import { makeFolder } from '@heartwood/anchor/node';
import { encodeEvent, type HubEventName } from '@heartwood/vitals';
import { HeartwoodError } from './error.ts';
import { createIdentity, epochOf, type Identity, identityExists, loadIdentity } from './keys/identity.ts';
import { Keyring } from './keys/keyring.ts';
import { type MasterKeySource, masterKey, type PassphraseSalt, writeOnce } from './keys/master-key.ts';
import { SealBroken } from './keys/seal.ts';
import { Registry } from './registry/registry.ts';
import { type Db, databaseExists, openDatabase } from './store/database.ts';
import { encodeEntries } from './store/entry-list.ts';
import { type BatchRow, Store } from './store/store.ts';

export type VaultOptions = {
  readonly directory: string;
  readonly keySource: MasterKeySource;
  readonly clock: () => number;
};

export class Vault {
  readonly directory: string;
  readonly clock: () => number;
  readonly db: Db;
  readonly keyring: Keyring;
  #identity: Identity;
  readonly registry: Registry;
  readonly store: Store;

  private constructor(options: VaultOptions, db: Db, keyring: Keyring) {
    this.directory = options.directory;
    this.clock = options.clock;
    this.db = db;
    this.keyring = keyring;
    this.#identity = loadIdentity(db, keyring);
    this.registry = new Registry(db, keyring);
    this.store = new Store(db, keyring);
  }

  /** Opens what is there. @throws HeartwoodError no-data, no-key, wrong-key, data-damaged, … */
  static open(options: VaultOptions, mode: 'write' | 'read'): Vault {
    const db = openDatabase(options.directory, mode);
    try {
      return new Vault(
        options,
        db,
        new Keyring(masterKey(options.keySource, false, saltsIn(options.directory)), db),
      );
    } catch (error) {
      db.close();
      // A TypeError: a text where bytes belong, in a table that was made anew to take it.
      if (!(error instanceof SealBroken || error instanceof TypeError)) throw error;
      throw new HeartwoodError('data-damaged', `The data was altered: ${error.message}.`, { cause: error });
    }
  }

  /** Opens what is there, or makes a new hub: key, database and identity. */
  static openOrCreate(options: VaultOptions, originPrefix: string): { vault: Vault; created: boolean } {
    if (databaseExists(options.directory)) {
      const db = openDatabase(options.directory, 'create');
      const known = identityExists(db);
      db.close();
      if (known) return { vault: Vault.open(options, 'write'), created: false };
    }
    makeFolder(options.directory);
    // The key first: data that no key opens would be worse than a key that opens nothing yet.
    const master = masterKey(options.keySource, true, saltsIn(options.directory));
    const db = openDatabase(options.directory, 'create');
    const keyring = new Keyring(master, db);
    const nowMs = options.clock();
    db.transaction(() => {
      createIdentity(db, keyring, nowMs, originPrefix);
      keyring.ensureEpoch(HUB_SLOT, nowMs);
    }).immediate();
    return { vault: new Vault(options, db, keyring), created: true };
  }

  /** When the interval that is open now began: the end of the last batch, or the hub's birth. */
  openSinceMs(): number {
    return this.store.lastBatch()?.end_ms ?? this.identity.bornMs;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** After a new epoch was begun. */
  reloadIdentity(): void {
    this.#identity = loadIdentity(this.db, this.keyring);
  }

  /** The number of the batch that is open: one more than the last, or the first of a new epoch. */
  nextSequence(): number {
    const { epochs } = this.identity;
    return Math.max((this.store.lastBatch()?.sequence ?? -1) + 1, epochs.at(-1)?.from ?? 0);
  }

  /**
   * The batch that a batch follows on; undefined for the very first. An epoch's first follows on the last that this hub
   * held of the epoch before. @throws HeartwoodError data-damaged
   */
  before(sequence: number): BatchRow | undefined {
    const row = this.store.batchBefore(sequence);
    if (row?.sequence === sequence - 1 || epochOf(this.identity, sequence).from === sequence) return row;
    throw new HeartwoodError('data-damaged', `Batch ${sequence - 1} is missing.`);
  }

  /** When the interval of a batch began. */
  startOf(sequence: number): number {
    return this.before(sequence)?.end_ms ?? this.identity.bornMs;
  }

  /** Writes an event into the hub's own slot, to be sealed and proved like a reading. Call inside a transaction. */
  recordEvent(name: HubEventName, detail: Readonly<Record<string, string | number>> = {}): void {
    const event = encodeEvent({ subject: this.identity.pseudonym, at: this.clock(), name, detail });
    const sequence = this.nextSequence();
    const keys = this.keyring.epochAt(HUB_SLOT, this.openSinceMs());
    this.store.stage(sequence, HUB_SLOT, keys, encodeEntries([event]));
  }

  close(): void {
    this.db.close();
  }
}

/** The salt of a passphrase lies beside the database, in the open. */
function saltsIn(directory: string): {
  load(): PassphraseSalt | undefined;
  save(salt: PassphraseSalt): void;
} {
  const path = join(directory, 'passphrase-salt.json');
  return {
    load: () => {
      if (!existsSync(path)) return undefined;
      const kept = JSON.parse(readFileSync(path, 'utf8'));
      return { salt: Buffer.from(kept.salt, 'hex'), memoryKib: kept.memoryKib, passes: kept.passes };
    },
    save: ({ salt, memoryKib, passes }) => {
      const kept = { salt: Buffer.from(salt).toString('hex'), memoryKib, passes };
      writeOnce(path, `${JSON.stringify(kept)}\n`);
    },
  };
}
