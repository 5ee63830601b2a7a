// Where a proof takes the ledger's part from: the newest checkpoint that has its witnesses, where that covers the
// statement; else the newest there is. Who insists on witnesses gets nothing until they have signed. Where second anchors
// have an earlier checkpoint that covers the statement, a proof under that one comes with their evidence.

import { dirname, join } from 'node:path';
import { AnchorError, type Awaitable, type BundleAnchor, type LedgerPlace } from '@heartwood/anchor';
import {
  type AnchoredReader,
  type LedgerReader,
  openAnchoredReader,
  openLedgerReader,
} from '@heartwood/anchor/node';
import { earlierLedgerPath } from '../hub/epoch-files.ts';
import { getMeta, putMeta } from '../store/meta.ts';
import type { Vault } from '../vault.ts';

export type AnchoredProof = { readonly proof: string; readonly anchors: readonly BundleAnchor[] };

export type ProofSource = {
  /** The text of a `.tlog-proof` for a statement; undefined where none can be given yet. */
  proofOf(place: LedgerPlace): Awaitable<string | undefined>;
  /** Number of this hub's newest statement that a checkpoint with its witnesses covers; undefined where none does. */
  newestWitnessed?(): number | undefined;
  /** One under a checkpoint that second anchors have; undefined where there is none. */
  anchoredProofOf?(place: LedgerPlace): Awaitable<AnchoredProof | undefined>;
};

type Ledger = Pick<LedgerReader, 'proofOf' | 'witnessed' | 'key' | 'latest' | 'entry' | 'node'>;

const NAME = 'witnessed-only';

/** Keeps whether a proof must have its witnesses, as the owner chose at this start, for commands that make proofs. */
export function keepWitnessedOnly(vault: Vault, witnessedOnly: boolean): void {
  putMeta(vault, NAME, witnessedOnly ? '1' : undefined);
}

/** The choice of the last start. @throws SealBroken */
export const keptWitnessedOnly = (vault: Vault): boolean => getMeta(vault, NAME) === '1';

/** The file of second anchors beside a ledger's. */
export const anchorsPath = (ledgerPath: string): string => join(dirname(ledgerPath), 'anchors.db');

/** What second anchors have, where that can be read: proofs are made without it as well. Close it. */
export function anchoredBeside(ledgerPath: string): AnchoredReader | undefined {
  try {
    return openAnchoredReader(anchorsPath(ledgerPath));
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  }
}

/**
 * @param witnessedOnly nothing is proved by a checkpoint that has no quorum
 * @param anchored what second anchors have of this ledger
 */
export function proofSource(
  ledger: Ledger | { readonly reader: Ledger },
  witnessedOnly = false,
  anchored?: AnchoredReader,
): ProofSource {
  const reader = 'reader' in ledger ? ledger.reader : ledger;
  return {
    proofOf: (place) => {
      const size = reader.witnessed()?.size;
      const witnessed = size === undefined ? undefined : reader.proofOf(place, size);
      return witnessed ?? (witnessedOnly ? undefined : reader.proofOf(place));
    },
    newestWitnessed: () => {
      const size = reader.witnessed()?.size ?? 0;
      return size === 0 ? undefined : reader.entry({ index: size - 1 })?.sequence;
    },
    anchoredProofOf: (place) => {
      // Where witnesses cosign, a proof without them would be the weaker one, whoever else has its checkpoint.
      const needsWitnesses = witnessedOnly || reader.witnessed() !== undefined;
      try {
        const proof = anchored?.proofOf(reader, place, needsWitnesses);
        return proof === undefined ? undefined : { proof, anchors: anchored?.evidenceFor(proof) ?? [] };
      } catch (error) {
        // A damaged file of anchors keeps nobody from a proof.
        if (error instanceof Error && 'code' in error && /^SQLITE_/.test(String(error.code)))
          return undefined;
        throw error;
      }
    },
  };
}

/** The same, and for a batch of an earlier epoch from the ledger that was set aside then. */
export function withEarlierEpochs(source: ProofSource, { directory, identity }: Vault): ProofSource {
  const earlier = <T>(place: LedgerPlace, ask: (one: ProofSource) => Awaitable<T | undefined>) => {
    const epoch =
      'origin' in place
        ? identity.epochs.slice(0, -1).find(({ hubKey }) => hubKey.name === place.origin)
        : undefined;
    return epoch && fromLedger(earlierLedgerPath(directory, epoch.number), ask);
  };
  return {
    ...(source.newestWitnessed && { newestWitnessed: source.newestWitnessed }),
    proofOf: async (place) => (await source.proofOf(place)) ?? earlier(place, (one) => one.proofOf(place)),
    anchoredProofOf: async (place) =>
      (await source.anchoredProofOf?.(place)) ?? earlier(place, (one) => one.anchoredProofOf?.(place)),
  };
}

/** Undefined also where the ledger is gone or cannot be read. */
async function fromLedger<T>(
  path: string,
  ask: (source: ProofSource) => Awaitable<T | undefined>,
): Promise<T | undefined> {
  let reader: LedgerReader | undefined;
  let anchored: AnchoredReader | undefined;
  try {
    reader = openLedgerReader(path);
    anchored = anchoredBeside(path);
    return await ask(proofSource(reader, false, anchored));
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  } finally {
    anchored?.close();
    reader?.close();
  }
}
