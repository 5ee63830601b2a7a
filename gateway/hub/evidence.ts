// Two signatures of one key that contradict each other prove a fork to anybody, so both are kept: what a witness shows of
// another history under this ledger's key, what a ledger elsewhere holds under this hub's, what that ledger signed
// itself. After the first two nothing more is signed until a person has looked.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Gathered, makeFolder, syncFolder } from '@heartwood/anchor/node';
import type { TwoHistories } from '../batch/elsewhere.ts';
import { HeartwoodError } from '../error.ts';

/** Writes what the witnesses showed, and gives the error to stop with. */
export function secondHistory({ evidence, size }: Gathered, directory: string): HeartwoodError {
  const path = keepEvidence(directory, `ledger-${size}`, evidence);
  return new HeartwoodError(
    'ledger-refused',
    `A witness holds another history under this ledger's key: two hubs share one identity, or the data was restored. The hub signs nothing more. The proof is in ${path}.`,
  );
}

/** Writes the two notes of this hub, and gives the error to stop with. */
export function withEvidence(error: TwoHistories, directory: string): HeartwoodError {
  const path = keepEvidence(directory, 'statements', error.notes);
  return new HeartwoodError('ledger-refused', `${error.message} Both statements are in ${path}.`);
}

/** Writes a file into the folder of evidence, once for the same content. @returns its path */
export function keepEvidence(directory: string, name: string, evidence: unknown): string {
  const folder = join(directory, 'evidence');
  makeFolder(folder);
  const text = `${JSON.stringify(evidence, undefined, 2)}\n`;
  for (let n = 1; ; n++) {
    const path = join(folder, `${name}${n === 1 ? '' : `-${n}`}.json`);
    if (existsSync(path)) {
      if (readFileSync(path, 'utf8') === text) return path;
    } else {
      writeFileSync(path, text, { flush: true });
      syncFolder(folder);
      return path;
    }
  }
}
