// Anchoring: the ledger gets each statement, in order, as soon as it can be reached. What it holds of ours is
// compared with what we hold, in one place:
//   it has more than we do      we were restored from an older copy: sign nothing
//   its last differs from ours  two histories: sign nothing
//   it has less                 send the rest
// Nothing about this is remembered here. The ledger itself says what it has.

import { APPEND_MAX, type AppendOutcome, type Ledger } from '@heartwood/anchor';
import { HeartwoodError } from '../error.ts';
import type { Vault } from '../vault.ts';
import { statementOf } from './statement.ts';

export type Anchored = {
  /** How many statements went to the ledger now. */
  readonly statements: number;
  /** Entries in the ledger, of all hubs. */
  readonly ledgerSize: number;
};

/** @throws HeartwoodError ledger-ahead, ledger-refused; or the ledger's own error when it cannot be reached */
export async function anchorPending(vault: Vault, ledger: Ledger): Promise<Anchored> {
  let next = await firstPending(vault, ledger);
  let statements = 0;
  for (;;) {
    const rows = vault.store.batchesFrom(next, APPEND_MAX);
    if (rows.length === 0) break;
    const outcomes = await ledger.append(rows.map((row) => statementOf(vault, row)));
    for (const [i, outcome] of outcomes.entries()) insist(outcome, next + i);
    next += rows.length;
    statements += rows.length;
  }
  return { statements, ledgerSize: (await ledger.latest()).size };
}

async function firstPending(vault: Vault, ledger: Ledger): Promise<number> {
  const held = await ledger.lastOf(vault.identity.origin);
  // What an earlier epoch signed is its own ledger's.
  if (held === undefined) return vault.identity.epochs.at(-1)?.from ?? 0;
  const ours = vault.store.batch(held.sequence);
  if (ours === undefined) {
    throw new HeartwoodError(
      'ledger-ahead',
      `The ledger knows this hub's batch ${held.sequence}, but the data ends before it: the data was restored from an ` +
        'older copy. The hub signs nothing now, because it would contradict what it signed before. Put the newest data back. ' +
        'heartwood doctor says more.',
    );
  }
  if (statementOf(vault, ours) !== held.note) {
    throw new HeartwoodError(
      'ledger-refused',
      `The ledger holds another statement for batch ${held.sequence} than this hub: the data was altered, or two hubs ` +
        'share one identity. The hub signs nothing more. heartwood fsck says where they differ.',
    );
  }
  return held.sequence + 1;
}

function insist(outcome: AppendOutcome, sequence: number): void {
  switch (outcome.kind) {
    case 'appended':
    case 'already-there':
      return;
    case 'out-of-sequence':
      throw new HeartwoodError(
        'ledger-refused',
        `The ledger expects batch ${outcome.expected}, not ${sequence}.`,
      );
    case 'equivocation':
      throw new HeartwoodError(
        'ledger-refused',
        `The ledger holds another history before batch ${sequence}.`,
      );
    case 'refused-signature':
    case 'refused-form':
    case 'refused-time':
      throw new HeartwoodError(
        'ledger-refused',
        `The ledger refuses the statement of batch ${sequence}: ${outcome.message}`,
      );
  }
}
