// A start at which too few witnesses answered: a power cut is over, and the router is not up yet. Nobody can then say
// whether this copy of the data is the newest. Readings are taken and kept; where the owner chose `fail-closed`, no batch
// is closed and nothing is signed until enough of them have answered.

import { equalBytes, frontierRoot, readFrontier } from '@heartwood/anchor';
import { type EmbeddedLedger, type KnownByWitnesses, nodeSha256 } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';
import type { Witnesses } from './witnesses.ts';

export type Silence = {
  readonly asked: number;
  readonly answered: number;
  /** Nothing is signed until more of them answer. */
  readonly held: boolean;
};

/** What a start says of its witnesses; undefined where enough of them answered. */
export const silenceOf = (
  { asked, answered, enough }: KnownByWitnesses,
  failClosed: boolean,
): Silence | undefined => (enough ? undefined : { asked, answered, held: failClosed });

/**
 * Asks once more. @returns whether enough have answered, and none knows of another history
 * @throws HeartwoodError ledger-ahead where one does: nothing may be signed with this copy
 */
export async function silenceIsOver(witnesses: Witnesses, ledger: EmbeddedLedger): Promise<boolean> {
  const { enough, newest } = await witnesses.seen(ledger.key);
  if (newest !== undefined && !isOurs(ledger, newest)) {
    throw new HeartwoodError(
      'ledger-ahead',
      `The hub signs nothing: a witness has seen a checkpoint over ${newest.size} entries that is not in this ledger of ` +
        `${ledger.latest().size}: it was restored from an old copy. \`heartwood doctor\` says what was found, and what to do.`,
    );
  }
  return enough;
}

function isOurs(ledger: EmbeddedLedger, { size, root }: NonNullable<KnownByWitnesses['newest']>): boolean {
  if (size > ledger.latest().size) return false;
  const { reader } = ledger;
  const ours = frontierRoot(
    readFrontier((level, index) => reader.node(level, index), size),
    nodeSha256,
  );
  return equalBytes(ours, root);
}
