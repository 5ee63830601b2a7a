// Starting a hub on a directory: lock, vault, ledger, recovery. The policy file is written beside the data, so
// that whoever gets a proof can be given the keys to check it by.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorError, formatVerifierKey } from '@heartwood/anchor';
import { type EmbeddedLedger, openEmbeddedLedger } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';
import type { Identity } from '../keys/identity.ts';
import { Vault } from '../vault.ts';
import { Hub, type Recovery } from './hub.ts';
import { lockDirectory } from './lock.ts';
import type { HubSettings } from './settings.ts';

export type RunningHub = {
  readonly hub: Hub;
  /** What a start found and did. */
  readonly started: Started;
  release(): void;
};

export type Started = {
  readonly created: boolean;
  readonly origin: string;
  readonly recovery: Recovery;
};

export const ledgerPath = (directory: string): string => join(directory, 'ledger', 'ledger.db');
export const policyPath = (directory: string): string => join(directory, 'policy.txt');

/** @throws HeartwoodError in-use, no-key, wrong-key, ledger-ahead, … */
export async function startHub(settings: HubSettings, clock: () => number): Promise<RunningHub> {
  const open = [lockDirectory(settings.directory)];
  const release = (): void => {
    for (const close of open.splice(0).reverse()) close();
  };
  try {
    const { vault, created } = Vault.openOrCreate({ ...settings, clock }, settings.originPrefix);
    open.push(() => vault.close());
    const ledger = openLedger(settings.directory, vault.identity);
    open.push(() => ledger.close());
    writePolicy(settings.directory, vault.identity);
    const quarantine = { rowsMax: settings.quarantineRowsMax, bytesMax: settings.quarantineBytesMax };
    const { hub, recovery } = await Hub.open({ vault, ledger, quarantine });
    return { hub, started: { created, origin: vault.identity.origin, recovery }, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** @throws HeartwoodError data-damaged */
function openLedger(directory: string, { signer, ledgerSigner }: Identity): EmbeddedLedger {
  mkdirSync(join(directory, 'ledger'), { recursive: true, mode: 0o700 });
  const path = ledgerPath(directory);
  try {
    return openEmbeddedLedger({ path, signer: ledgerSigner, hubKeys: [signer] });
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new HeartwoodError(
      'data-damaged',
      `The ledger ${path} is not this hub's, or altered: ${cause.message}`,
      {
        cause,
      },
    );
  }
}

/** The policy of a hub with its embedded ledger: which keys a proof of it is checked by. */
export function policyText(identity: Identity): string {
  const hub = formatVerifierKey(identity.signer);
  const ledger = formatVerifierKey(identity.ledgerSigner);
  return [
    '# The keys by which proofs of this hub are checked: heartwood verify proof.json --policy policy.txt',
    '# Keep a copy where the hub cannot change it: a proof is worth as much as the keys it is checked by.',
    `hub ${hub}`,
    `log ${ledger}`,
    'quorum none',
    '',
  ].join('\n');
}

function writePolicy(directory: string, identity: Identity): void {
  const path = policyPath(directory);
  writeFileSync(`${path}.new`, policyText(identity), { mode: 0o644, flush: true });
  renameSync(`${path}.new`, path);
}
