// Where a command takes proofs from, whether the hub runs or not: the ledger elsewhere that the owner chose, or the copies
// that were kept of its proofs; else the hub's own ledger, and those of its earlier epochs.

import { openLedgerReader, proofWithPostQuantum } from '@heartwood/anchor/node';
import { LedgerElsewhere, openElsewhereMark } from '../batch/elsewhere.ts';
import { keptLedgerChoice } from '../batch/elsewhere-choice.ts';
import { ProofCache } from '../batch/proof-cache.ts';
import { HeartwoodError } from '../error.ts';
import { ledgerPath } from '../hub/epoch-files.ts';
import type { Vault } from '../vault.ts';
import {
  anchoredBeside,
  keptWitnessedOnly,
  type ProofSource,
  proofSource,
  withEarlierEpochs,
} from './proof-source.ts';

/**
 * @param postQuantum with the ML-DSA-44 line of this hub's own ledger, which is made now (docs/adr/0006)
 * @returns to be closed
 * @throws HeartwoodError refused where that line cannot be made here; AnchorError where ledger or mark cannot be read
 */
export function openProofSource(
  vault: Vault,
  markFile: string,
  postQuantum = false,
): { readonly source: ProofSource; close(): Promise<void> } {
  const choice = keptLedgerChoice(vault);
  if (choice !== undefined) {
    if (postQuantum)
      throw new HeartwoodError(
        'refused',
        `Proofs of this hub come from the ledger ${choice.key.name}: only whoever runs it can add its ML-DSA-44 signature.`,
      );
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
  const source = withEarlierEpochs(proofSource(ledger, keptWitnessedOnly(vault), anchored), vault);
  return { source: postQuantum ? withMlDsa44(source, vault) : source, close };
}

/** The line is made by the vault's own key, over a checkpoint that the ledger signed before. */
function withMlDsa44(source: ProofSource, { identity }: Vault): ProofSource {
  return {
    ...(source.newestWitnessed && { newestWitnessed: source.newestWitnessed }),
    proofOf: async (place) => {
      if ('origin' in place && place.origin !== identity.origin)
        throw new HeartwoodError(
          'refused',
          'That batch is of an earlier epoch of this hub, whose keys were given up: no ML-DSA-44 signature can be added. Leave out --post-quantum.',
        );
      const proof = await source.proofOf(place);
      return proof && proofWithPostQuantum(proof, identity.ledgerSigner, identity.ledgerPostQuantum);
    },
  };
}
