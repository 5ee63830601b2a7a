// Where a command takes proofs from, whether the hub runs or not: the ledger elsewhere that the owner chose, or the copies
// that were kept of its proofs; else the hub's own ledger, and those of its earlier epochs.

import { openLedgerReader } from '@heartwood/anchor/node';
import { LedgerElsewhere, openElsewhereMark } from '../batch/elsewhere.ts';
import { keptLedgerChoice } from '../batch/elsewhere-choice.ts';
import { ProofCache } from '../batch/proof-cache.ts';
import { ledgerPath } from '../hub/epoch-files.ts';
import type { Vault } from '../vault.ts';
import { anchoredBeside, type ProofSource, proofSource, withEarlierEpochs } from './proof-source.ts';

/** Close it. Throws AnchorError where ledger or mark cannot be read. */
export function openProofSource(
  vault: Vault,
  markFile: string,
): { readonly source: ProofSource; close(): Promise<void> } {
  const choice = keptLedgerChoice(vault);
  if (choice !== undefined) {
    const mark = openElsewhereMark(markFile);
    const elsewhere = new LedgerElsewhere(choice, {
      mark,
      writes: false,
      cache: new ProofCache(vault.directory),
    });
    return { source: elsewhere, close: () => elsewhere.close() };
  }
  const ledger = openLedgerReader(ledgerPath(vault.directory));
  const anchored = anchoredBeside(ledgerPath(vault.directory));
  const close = async (): Promise<void> => {
    anchored?.close();
    ledger.close();
  };
  return { source: withEarlierEpochs(proofSource(ledger, false, anchored), vault), close };
}
