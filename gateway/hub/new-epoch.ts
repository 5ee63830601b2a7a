// A new epoch: the deliberate way on for a hub whose data is an older copy, when the newer one is gone. What the lost copy
// signed stays true, and nothing is ever signed again with its keys: the hub gets new ones, and goes on above every batch
// number that the lost copy can have used, since a reading's id must name one reading only.
//
// In the order of what may not be lost:
//   1. one transaction: new keys, sealed, with the number from which they hold; the event that says why, in the hub's own
//      slot; and what waits for its batch, moved to the new number;
//   2. the old ledger, its mark and the old policy file are renamed (`epoch-files.ts`). The next start makes new ones.

import { encodeBase64, SEQUENCE_MAX, statementHash, type VerifierKey } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { keptLedgerChoice } from '../batch/elsewhere-choice.ts';
import { statementOf } from '../batch/statement.ts';
import { HeartwoodError } from '../error.ts';
import { type Standing, standingOf } from '../inspect/contradiction.ts';
import { addEpoch, epochOf, type HubEpoch } from '../keys/identity.ts';
import { Vault, type VaultOptions } from '../vault.ts';
import { setAside } from './epoch-files.ts';
import { lockDirectory } from './lock.ts';
import { rewritePolicy } from './start.ts';

export type NewEpochOptions = VaultOptions & {
  readonly markFile: string;
  /** A batch number that a person has seen somewhere: on a page, in a proof. */
  readonly seenBatch?: number | undefined;
};

/** What would happen, to be shown to whoever decides. */
export type EpochPlan = Standing & {
  /** The new epoch's number. */
  readonly number: number;
  /** Its first batch. */
  readonly from: number;
  /** The last batch that this copy holds. */
  readonly lastHeld: number | undefined;
  /** Batches here that the old ledger never took: they stay, and cannot be proved by themselves. */
  readonly unanchored: number;
};

export type EpochBegun = {
  /** Where the evidence lies now. */
  readonly setAside: readonly string[];
  /** The new keys, for those who must know them. */
  readonly hubKey: VerifierKey;
  readonly ledgerKeys: HubEpoch['ledgerKeys'];
};

export type NewEpoch = {
  readonly plan: EpochPlan;
  /** Does it. `because`: at most 256 bytes of UTF-8, kept in the record for everybody who gets a proof of it. */
  begin(because: string): EpochBegun;
  close(): void;
};

/** The hub closes five batches a second at most: `interval-ms` is 200 at least. */
const BATCH_MS_MIN = 200;
/**
 * Numbers left out at least, however little time seems to have passed, for a machine without a battery boots with the time
 * of its image: 31 years of batches at one every ten seconds. There are 10^12.
 */
const GAP_MIN = 100_000_000;

/** Looks, and holds the data directory until it is closed. @throws HeartwoodError in-use, no-data, no-key, … */
export async function openNewEpoch(options: NewEpochOptions): Promise<NewEpoch> {
  const unlock = lockDirectory(options.directory);
  try {
    const vault = Vault.open(options, 'write');
    const close = (): void => {
      vault.close();
      unlock();
    };
    try {
      const plan = planOf(vault, await standingOf(vault, options.markFile), options.seenBatch);
      return { plan, begin: (because) => begin(vault, options, plan, because), close };
    } catch (error) {
      vault.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Three centuries at the shortest interval. */
const SEEN_MAX = 50_000_000_000;

function planOf(vault: Vault, standing: Standing, seenBatch = -1): EpochPlan {
  const { epochs, bornMs } = vault.identity;
  const last = vault.store.lastBatch();
  const used = standing.contradictions.map((one) => one.used ?? -1);
  const highest = Math.max(vault.nextSequence() - 1, seenBatch, ...used);
  // Whatever closed batches since then, as this copy did: by its clock it cannot have closed more.
  const elapsedMs = Math.max(0, vault.clock() - (last?.end_ms ?? bornMs));
  if (seenBatch > SEEN_MAX)
    throw new HeartwoodError(
      'refused',
      `No hub has come to batch ${seenBatch}: give the number that was seen.`,
    );
  const from = highest + 1 + Math.max(GAP_MIN, Math.ceil(elapsedMs / BATCH_MS_MIN));
  if (from > SEQUENCE_MAX / 2) {
    throw new HeartwoodError(
      'refused',
      `By this machine's clock (${new Date(vault.clock()).toISOString()}) the new epoch would begin at batch ${from}: set the clock first.`,
    );
  }
  const first = epochs.at(-1)?.from ?? 0;
  const held = last === undefined || last.sequence < first ? 0 : last.sequence - first + 1;
  return {
    ...standing,
    number: epochs.length + 1,
    from,
    lastHeld: last?.sequence,
    unanchored: Math.max(0, held - (standing.ledgerSize ?? 0)),
  };
}

function begin(vault: Vault, options: NewEpochOptions, plan: EpochPlan, because: string): EpochBegun {
  const { store, keyring, db, identity } = vault;
  const { number, from, ledgerSize, contradictions } = plan;
  const [first] = contradictions;
  const found = first?.what ?? 'Nothing that could be asked contradicted this copy.';
  const last = store.lastBatch();
  store.transaction(() => {
    addEpoch(db, keyring, from, {
      atMs: vault.clock(),
      because,
      found,
      ...(ledgerSize !== undefined && { ledgerSize }),
    });
    const waiting = store.staged().map((row) => ({ ...row, plain: store.openStaged(row) }));
    store.dropStaged();
    for (const { slot, epoch, plain } of waiting) store.stage(from, slot, keyring.epoch(slot, epoch), plain);
    vault.reloadIdentity();
    vault.recordEvent('epoch-begun', {
      epoch: number,
      from,
      because,
      'old-origin': identity.origin,
      'found-by': first?.by ?? 'nobody',
      ...(first?.used !== undefined && { 'found-batch': first.used }),
      ...(first?.known && { 'known-size': first.known.size, 'known-root': encodeBase64(first.known.root) }),
      ...(last && {
        'last-batch': last.sequence,
        'last-hash': encodeBase64(statementHash(statementOf(vault, last), nodeSha256)),
      }),
    });
  });
  const kept = setAside(options, vault.identity);
  rewritePolicy(vault, keptLedgerChoice(vault));
  const { hubKey, ledgerKeys } = epochOf(vault.identity, from);
  return { setAside: kept, hubKey, ledgerKeys };
}
