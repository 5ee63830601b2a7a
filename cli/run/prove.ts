// `heartwood prove`: the proof bundle of one reading, or the range proof of a patient's period, from the data folder,
// whether the hub runs or not.

import { closeSync, copyFileSync, openSync, writeFileSync } from 'node:fs';
import {
  HeartwoodError,
  openProofSource,
  policyPath,
  proveRange,
  proveReading,
  type ReadingPlace,
  type Vault,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';

/** One reading, or a patient (name or pseudonym) and a period: ms since 1970, from inclusive, to exclusive. */
export type Asked =
  | { readonly reading: ReadingPlace }
  | {
      readonly patient: string;
      readonly fromMs: number | undefined;
      readonly toMs: number | undefined;
    };

export type ProveArguments = SettingsOf<'prove'> & {
  readonly asked: Asked;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly policyOutput: string | undefined;
  /** With the ledger's ML-DSA-44 signature beside its Ed25519 one. */
  readonly postQuantum: boolean;
};

/** Lines are written in blocks of about this size. */
const BLOCK_CHARACTERS = 64 * 1024;

export function runProve(given: ProveArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'read', async (vault) => {
      const { source, close } = openProofSource(vault, given.markFile, given.postQuantum);
      const { asked, output } = given;
      try {
        if ('reading' in asked) {
          const bundle = await proveReading(vault, source, asked.reading);
          if (output === undefined) frame.write(bundle);
          else writeFileSync(output, bundle);
        } else {
          const slot = slotOf(vault, asked.patient);
          writeLines(await proveRange(vault, source, { ...asked, slot }), output, frame);
        }
        if (given.policyOutput !== undefined) copyFileSync(policyPath(given.data), given.policyOutput);
        return EXIT.ok;
      } finally {
        await close();
      }
    }),
  );
}

/** A block at a time: a year of lines need not fit in memory. */
function writeLines(lines: Iterable<string>, output: string | undefined, frame: Frame): void {
  const file = output === undefined ? undefined : openSync(output, 'w');
  const write = file === undefined ? frame.write : (text: string): void => void writeFileSync(file, text);
  try {
    let block = '';
    for (const line of lines) {
      block += line;
      if (block.length < BLOCK_CHARACTERS) continue;
      write(block);
      block = '';
    }
    write(block);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function slotOf(vault: Vault, wanted: string): number {
  for (const { name, subject, slot } of vault.registry.patients())
    if (wanted === name || wanted === Buffer.from(subject).toString('hex')) return slot;
  throw new HeartwoodError('not-found', 'There is no patient of that name or pseudonym.');
}
