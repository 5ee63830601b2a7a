// `heartwood prove`: the proof bundle of one reading, from the data folder, whether the hub runs or not.

import { copyFileSync, writeFileSync } from 'node:fs';
import { type LedgerReader, proofWithPostQuantum } from '@heartwood/anchor/node';
import {
  type ProofSource,
  policyPath,
  proofSource,
  proveReading,
  type ReadingPlace,
  type Vault,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering, ledgerOf, withVault } from './open-vault.ts';

export type ProveArguments = SettingsOf<'prove'> & {
  readonly reading: ReadingPlace;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly policyOutput: string | undefined;
  /** With the ledger's ML-DSA-44 signature beside its Ed25519 one. */
  readonly postQuantum: boolean;
};

/** The ML-DSA-44 line is made here, by the vault's own key, over a checkpoint that the ledger signed before. */
function sourceOf({ identity }: Vault, ledger: LedgerReader, { postQuantum }: ProveArguments): ProofSource {
  const source = proofSource(ledger);
  if (!postQuantum) return source;
  return {
    proofOf: async (place) => {
      const proof = await source.proofOf(place);
      return proof && proofWithPostQuantum(proof, identity.ledgerSigner, identity.ledgerPostQuantum);
    },
  };
}

export function runProve(given: ProveArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'read', async (vault) => {
      const ledger = ledgerOf(given);
      try {
        const bundle = await proveReading(vault, sourceOf(vault, ledger, given), given.reading);
        if (given.output === undefined) frame.write(bundle);
        else writeFileSync(given.output, bundle);
        if (given.policyOutput !== undefined) copyFileSync(policyPath(given.data), given.policyOutput);
        return EXIT.ok;
      } finally {
        ledger.close();
      }
    }),
  );
}
