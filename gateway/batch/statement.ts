// A batch's statement: the signed note that goes to the ledger. The database keeps of it what cannot be made
// again (end, previous hash, signature); the root follows from the segments and the keys.

import { batchRoot, FIRST_PREVIOUS, formatNote, formatStatement, statementHash } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { epochOf, type Identity } from '../keys/identity.ts';
import type { BatchRow } from '../store/store.ts';
import type { Vault } from '../vault.ts';
import { slotValues } from './slots.ts';

/** The text that is signed for a batch. */
export function statementText(
  vault: Vault,
  batch: { sequence: number; endMs: number; startMs: number; slots: number; previous: Uint8Array },
  roots: ReadonlyMap<number, Uint8Array>,
): string {
  const { sequence, endMs, startMs, slots, previous } = batch;
  const values = slotValues(vault, sequence, startMs, slots, roots);
  return formatStatement({
    origin: epochOf(vault.identity, sequence).hubKey.name,
    sequence,
    endMs,
    batchRoot: batchRoot(values, nodeSha256),
    previous,
  });
}

/** The signed note of a batch's text and its signature. */
export function signedNote(
  identity: Identity,
  sequence: number,
  text: string,
  signature: Uint8Array,
): string {
  const { name, keyId } = epochOf(identity, sequence).hubKey;
  return formatNote({ text, signatures: [{ name, keyId, signature }] });
}

/** The statement of a batch that is closed, made again from its rows. */
export function statementOf(vault: Vault, row: BatchRow): string {
  const batch = { ...row, endMs: row.end_ms, startMs: vault.startOf(row.sequence) };
  return signedNote(
    vault.identity,
    row.sequence,
    statementText(vault, batch, vault.store.segmentRoots(row.sequence)),
    row.signature,
  );
}

/** What the next statement says of the one before: the RFC 6962 leaf hash of the whole note, across epochs too. */
export function hashBefore(vault: Vault, sequence: number): Uint8Array {
  const row = vault.before(sequence);
  return row === undefined ? FIRST_PREVIOUS : statementHash(statementOf(vault, row), nodeSha256);
}
