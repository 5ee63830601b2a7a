// A closed segment's entries made again from its sealed row: what was hashed, what a proof discloses.

import { HUB_SLOT, treeRoot } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { encodeReading } from '@heartwood/vitals';
import { HeartwoodError } from '../error.ts';
import { toReading } from '../ingest/ingest.ts';
import { decodeEntries } from '../store/entry-list.ts';
import type { Remainder } from '../store/remainder.ts';
import { decodeSegment } from '../store/segment-codec.ts';
import type { SegmentRow } from '../store/store.ts';
import type { Vault } from '../vault.ts';
import { entryOf, hashEntry, SaltStream } from './leaf.ts';

/** The entries of a segment as they were hashed, in order. @throws HeartwoodError erased, let-go; SealBroken */
export function segmentEntries(vault: Vault, row: SegmentRow): Uint8Array[] {
  const salts = new SaltStream(vault.keyring.epoch(row.slot, row.epoch), row.batch, row.slot);
  return canonicalEntries(vault, row).map((canonical) => entryOf(salts.next(), canonical));
}

/** What of a segment is kept when its readings are let go. @throws HeartwoodError erased, let-go; SealBroken */
export function remainderOf(vault: Vault, row: SegmentRow): Remainder {
  const entries = segmentEntries(vault, row).map(hashEntry);
  return { count: entries.length, entriesRoot: treeRoot(entries, nodeSha256) };
}

function canonicalEntries(vault: Vault, row: SegmentRow): Uint8Array[] {
  const plain = vault.store.openSegment(row);
  if (row.slot === HUB_SLOT) return decodeEntries(plain);
  const subject = vault.registry.patient(row.slot)?.subject;
  if (subject === undefined)
    throw new HeartwoodError('data-damaged', `Slot ${row.slot} has readings but no patient.`);
  return decodeSegment(plain).map((kept) => {
    const device = vault.registry.deviceByNumber(kept.device);
    if (device === undefined)
      throw new HeartwoodError('data-damaged', `Device number ${kept.device} is missing.`);
    return encodeReading(toReading(kept, subject, device.id));
  });
}
