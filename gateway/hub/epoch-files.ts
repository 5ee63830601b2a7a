// What lies on the disk of an epoch that is over: its ledger and its mark, renamed and never deleted, since they are the
// evidence of what happened. The database commits a new epoch first and the files follow; a crash in between leaves
// files of the old epoch in the new one's places, and the next start sets them aside.

import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorError, formatVerifierKey } from '@heartwood/anchor';
import { openLedgerReader } from '@heartwood/anchor/node';
import type { Identity } from '../keys/identity.ts';

export const ledgerPath = (directory: string): string => join(directory, 'ledger', 'ledger.db');
/** The ledger of an epoch that is over. */
export const earlierLedgerPath = (directory: string, epoch: number): string =>
  join(directory, `ledger-of-epoch-${epoch}`, 'ledger.db');

type Places = { readonly directory: string; readonly markFile: string };

/**
 * The files of the epoch before the present one leave their places, whatever is in them.
 * @returns where each is now
 */
export function setAside({ directory, markFile }: Places, { epochs }: Identity): string[] {
  const over = epochs.length - 1;
  const policy = join(directory, 'policy.txt');
  if (existsSync(policy)) copyFileSync(policy, free(join(directory, `policy-of-epoch-${over}.txt`)));
  return [
    ...moved(join(directory, 'ledger'), join(directory, `ledger-of-epoch-${over}`)),
    ...moved(markFile, `${markFile}-of-epoch-${over}`),
  ];
}

/** At a start: only what is seen to be of an earlier epoch. */
export function setEarlierAside({ directory, markFile }: Places, { epochs }: Identity): void {
  for (const { number, ledgerKeys } of epochs.slice(0, -1)) {
    const [{ name }] = ledgerKeys;
    if (ownerOf(ledgerPath(directory)) === formatVerifierKey(ledgerKeys[0]))
      moved(join(directory, 'ledger'), join(directory, `ledger-of-epoch-${number}`));
    if (existsSync(markFile) && readFileSync(markFile, 'utf8').startsWith(`${name}\n`))
      moved(markFile, `${markFile}-of-epoch-${number}`);
  }
}

/** The key that a ledger file says it belongs to; undefined where none can be read. */
function ownerOf(path: string): string | undefined {
  try {
    const reader = openLedgerReader(path);
    reader.close();
    return formatVerifierKey(reader.key);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  }
}

function moved(from: string, to: string): string[] {
  if (!existsSync(from)) return [];
  const place = free(to);
  renameSync(from, place);
  return [place];
}

/** Evidence is never written over. */
function free(path: string): string {
  let place = path;
  for (let n = 2; existsSync(place); n++) place = `${path}-${n}`;
  return place;
}
