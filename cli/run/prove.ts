// `heartwood prove`: the proof bundle of one reading, from the data folder, whether the hub runs or not.

import { copyFileSync, writeFileSync } from 'node:fs';
import { policyPath, proofSource, proveReading, type ReadingPlace } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering, ledgerOf, withVault } from './open-vault.ts';

export type ProveArguments = SettingsOf<'prove'> & {
  readonly reading: ReadingPlace;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly policyOutput: string | undefined;
};

export function runProve(given: ProveArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'read', async (vault) => {
      const ledger = ledgerOf(given);
      try {
        const bundle = await proveReading(vault, proofSource(ledger), given.reading);
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
