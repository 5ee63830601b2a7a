// A data folder, opened for a command that looks into it.

import { openLedgerReader } from '@heartwood/anchor/node';
import { ledgerPath, Vault, type VaultOptions } from '@heartwood/gateway';
import type { Frame } from '../frame.ts';
import { type KeySettings, keySourceOf } from './key-source.ts';

export function vaultOptions(settings: KeySettings, frame: Frame): VaultOptions {
  return { directory: settings.data, keySource: keySourceOf(settings, frame), clock: Date.now };
}

/** Opens the vault of a data folder for `work`, and closes it. @throws HeartwoodError */
export async function withVault<T>(
  settings: KeySettings,
  frame: Frame,
  mode: 'read' | 'write',
  work: (vault: Vault) => Promise<T> | T,
): Promise<T> {
  const vault = Vault.open(vaultOptions(settings, frame), mode);
  try {
    return await work(vault);
  } finally {
    vault.close();
  }
}

/** The embedded ledger of a data folder, to be read while the hub runs or rests. */
export const ledgerOf = (settings: KeySettings): ReturnType<typeof openLedgerReader> =>
  openLedgerReader(ledgerPath(settings.data));
