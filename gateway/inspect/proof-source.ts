// Where a proof takes the ledger's part from: the newest checkpoint that has its witnesses, where that covers the
// statement; else the newest there is. Who insists on witnesses gets nothing until they have signed.

import { AnchorError, type Awaitable, type LedgerPlace } from '@heartwood/anchor';
import { type LedgerReader, openLedgerReader } from '@heartwood/anchor/node';
import { earlierLedgerPath } from '../hub/epoch-files.ts';
import type { Vault } from '../vault.ts';

/** The text of a `.tlog-proof` for a statement; undefined where none can be given yet. */
export type ProofSource = { proofOf(place: LedgerPlace): Awaitable<string | undefined> };

type Ledger = Pick<LedgerReader, 'proofOf' | 'witnessed'>;

/** @param witnessedOnly nothing is proved by a checkpoint that has no quorum */
export function proofSource(
  ledger: Ledger | { readonly reader: Ledger },
  witnessedOnly = false,
): ProofSource {
  const reader = 'reader' in ledger ? ledger.reader : ledger;
  return {
    proofOf: (place) => {
      const size = reader.witnessed()?.size;
      const witnessed = size === undefined ? undefined : reader.proofOf(place, size);
      return witnessed ?? (witnessedOnly ? undefined : reader.proofOf(place));
    },
  };
}

/** The same, and for a batch of an earlier epoch from the ledger that was set aside then. */
export function withEarlierEpochs(source: ProofSource, { directory, identity }: Vault): ProofSource {
  return {
    proofOf: async (place) => {
      const proof = await source.proofOf(place);
      if (proof !== undefined || !('origin' in place)) return proof;
      const earlier = identity.epochs.slice(0, -1).find(({ hubKey }) => hubKey.name === place.origin);
      return earlier && proofFrom(earlierLedgerPath(directory, earlier.number), place);
    },
  };
}

/** Undefined also where the ledger is gone or cannot be read. */
function proofFrom(path: string, place: LedgerPlace): Awaitable<string | undefined> {
  let reader: LedgerReader | undefined;
  try {
    reader = openLedgerReader(path);
    return proofSource(reader).proofOf(place);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  } finally {
    reader?.close();
  }
}
