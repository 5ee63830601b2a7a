// A proof for one reading: its entry, its path in the segment, the segment's path in the batch, the statement,
// and the ledger's proof of it. Nothing of any other reading is in it.

import { existsSync, readFileSync } from 'node:fs';
import { formatBundle, segmentPath, slotPath, verifyBundle } from '@heartwood/anchor';
import { NODE_PRIMITIVES, nodeSha256 } from '@heartwood/anchor/node';
import { hashEntry } from '../batch/leaf.ts';
import { segmentEntries } from '../batch/segment-entries.ts';
import { slotValues } from '../batch/slots.ts';
import { statementOf } from '../batch/statement.ts';
import { HeartwoodError } from '../error.ts';
import { policyPath } from '../hub/start.ts';
import { epochOf } from '../keys/identity.ts';
import type { ReadingPlace } from '../stream/feed-reading.ts';
import type { Vault } from '../vault.ts';
import type { ProofSource } from './proof-source.ts';

/**
 * The text of a proof bundle (docs/spec/proof-bundle.md).
 * @throws HeartwoodError not-found; not-ready while the batch is open or the ledger has not got it; erased, let-go
 */
export async function proveReading(vault: Vault, ledger: ProofSource, place: ReadingPlace): Promise<string> {
  const { batch: sequence, slot, index } = place;
  const row = vault.store.batch(sequence);
  if (row === undefined) throw notClosed(vault, sequence);
  const segment = vault.store.segment(sequence, slot);
  const entries = segment ? segmentEntries(vault, segment) : [];
  const entry = entries[index];
  if (entry === undefined) {
    throw new HeartwoodError(
      'not-found',
      `Batch ${sequence} has no reading ${slot}.${index}: its slot ${slot} holds ${entries.length}.`,
    );
  }
  const at = { origin: epochOf(vault.identity, sequence).hubKey.name, sequence };
  const values = slotValues(
    vault,
    sequence,
    vault.startOf(sequence),
    row.slots,
    vault.store.segmentRoots(sequence),
  );
  const parts = {
    entry,
    segment: { index, size: entries.length, path: segmentPath(entries.map(hashEntry), index, nodeSha256) },
    batch: { slot, slots: row.slots, path: slotPath(values, slot, nodeSha256) },
    statement: statementOf(vault, row),
  };
  const anchored = await ledger.anchoredProofOf?.(at);
  if (anchored && anchored.anchors.length > 0) {
    const bundle = formatBundle({ ...parts, ledger: anchored.proof, anchors: anchored.anchors });
    // An earlier checkpoint has the cosignatures of its time: where the owner has chosen other witnesses since, a proof
    // under the newest is the one that holds.
    if (holds(bundle, vault)) return bundle;
  }
  const proof = await ledger.proofOf(at);
  if (proof === undefined) throw notAnchored(vault, sequence);
  return formatBundle({ ...parts, ledger: proof });
}

/** As a stranger would check it, by this hub's present policy. */
function holds(bundle: string, { directory }: Vault): boolean {
  const path = policyPath(directory);
  return existsSync(path) && verifyBundle(bundle, readFileSync(path), NODE_PRIMITIVES).ok;
}

function notAnchored({ identity }: Vault, sequence: number): HeartwoodError {
  const { number, hubKey } = epochOf(identity, sequence);
  if (hubKey.name === identity.origin)
    return new HeartwoodError('not-ready', `Batch ${sequence} waits for the ledger. Try again soon.`);
  return new HeartwoodError(
    'refused',
    `Batch ${sequence} was closed in epoch ${number} of this hub, and no ledger of that time that is here holds it: it ` +
      'cannot be proved by itself. The first statement of the next epoch names what came before it.',
  );
}

function notClosed(vault: Vault, sequence: number): HeartwoodError {
  const next = vault.nextSequence();
  if (sequence === next) {
    return new HeartwoodError(
      'not-ready',
      `Batch ${sequence} is still open: its readings can be proved when the interval ends.`,
    );
  }
  const last = vault.store.lastBatch()?.sequence;
  const why = last === undefined ? 'none was closed yet' : `the last one is ${last}`;
  return new HeartwoodError('not-found', `There is no batch ${sequence}: ${why}.`);
}
