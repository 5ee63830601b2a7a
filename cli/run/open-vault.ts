// A data folder, opened for a command that looks into it; and a hub's own refusals, told as the program tells them.

import { openLedgerReader } from '@heartwood/anchor/node';
import {
  HeartwoodError,
  ledgerPath,
  type MasterKeySource,
  Vault,
  type VaultOptions,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { Settings } from '../settings.ts';

type KeySettings = Pick<Settings, 'data' | 'masterKeyFile' | 'passphraseFile'>;

export function keySourceOf(settings: KeySettings, frame: Frame): MasterKeySource {
  return {
    keyFile: settings.masterKeyFile,
    passphraseFile: settings.passphraseFile,
    credentialsDirectory: frame.env['CREDENTIALS_DIRECTORY'],
  };
}

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

/** What a HeartwoodError means to whoever ran the command: the answer is no, or it cannot run here. */
const ANSWER_IS_NO: ReadonlySet<string> = new Set(['not-found', 'not-ready', 'erased', 'let-go', 'refused']);

/**
 * Runs a command's body; a refusal of the hub becomes a line and an exit status.
 * @throws Refusal, or a fault of the program
 */
export async function answering(frame: Frame, body: () => Promise<ExitStatus>): Promise<ExitStatus> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof HeartwoodError)) throw error;
    if (error.code === 'bad-setting') throw new Refusal('usage', error.message, { cause: error });
    if (!ANSWER_IS_NO.has(error.code)) throw new Refusal('cannot-run', error.message, { cause: error });
    frame.warn(`heartwood: ${error.message}`);
    return EXIT.no;
  }
}
