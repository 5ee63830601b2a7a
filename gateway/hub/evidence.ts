// A witness that holds another history under this ledger's key has caught a fork: the proof of it is kept, and
// nothing more is signed until a person has looked.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gathered } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';

/** Writes what the witnesses showed, and gives the error to stop with. */
export function secondHistory({ evidence, size }: Gathered, directory: string): HeartwoodError {
  const folder = join(directory, 'evidence');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `ledger-${size}.json`);
  writeFileSync(path, `${JSON.stringify(evidence, undefined, 2)}\n`, { flush: true });
  return new HeartwoodError(
    'ledger-refused',
    `A witness holds another history under this ledger's key: two hubs share one identity, or the data was restored. The hub signs nothing more. The proof is in ${path}.`,
  );
}
