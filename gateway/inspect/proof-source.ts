// Where a proof takes the ledger's part from: the newest checkpoint that has its witnesses, where that covers the
// statement; else the newest there is. Who insists on witnesses gets nothing until they have signed.

import type { Awaitable, LedgerPlace } from '@heartwood/anchor';
import type { LedgerReader } from '@heartwood/anchor/node';

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
