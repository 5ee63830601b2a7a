// Everything that is stored, each reading once, in stored order (and the notes, for who asks for them): the closed batches, then what waits for the
// next one. A row at a time: a year of data need not fit in memory.

import { HUB_SLOT } from '@heartwood/anchor';
import { HeartwoodError } from '../error.ts';
import type { Note } from '../notes/note.ts';
import { NoteStore } from '../notes/note-store.ts';
import { decodeSegment, type KeptReading } from '../store/segment-codec.ts';
import type { SegmentRow } from '../store/store.ts';
import { type FeedReading, formatReadingId, toFeed } from '../stream/feed-reading.ts';
import type { Vault } from '../vault.ts';

/**
 * @param onLetGo told of each segment whose readings were let go when their time was over: they are not in it
 * @throws SealBroken, HeartwoodError erased
 */
export function* exportReadings(vault: Vault, onLetGo?: (row: SegmentRow) => void): Generator<FeedReading> {
  // One read transaction, so that a batch that closes meanwhile is seen wholly before or wholly after.
  vault.db.exec('BEGIN');
  try {
    for (const row of vault.store.segmentsFrom(0)) {
      if (row.slot === HUB_SLOT) continue;
      const readings = readingsOf(vault, row);
      if (readings === undefined) {
        onLetGo?.(row);
        continue;
      }
      for (const [index, kept] of readings.entries()) yield exported(vault, kept, row.batch, row.slot, index);
    }
    const counts = new Map<number, number>();
    for (const row of vault.store.staged()) {
      if (row.slot === HUB_SLOT) continue;
      for (const kept of decodeSegment(vault.store.openStaged(row))) {
        const index = counts.get(row.slot) ?? 0;
        counts.set(row.slot, index + 1);
        yield exported(vault, kept, row.batch, row.slot, index);
      }
    }
  } finally {
    vault.db.exec('COMMIT');
  }
}

/** A note as it leaves the hub, and whose it is, by pseudonym (hex). */
export type ExportedNote = Omit<Note, 'atMs' | 'person'> & { readonly patient: string; readonly at: number };

/** Every note on everybody, by patient and in the order in which they were written. @throws SealBroken */
export function* exportNotes(vault: Vault): Generator<ExportedNote> {
  for (const [slot, { number, atMs, by, kind, about, shared, text }] of new NoteStore(vault).all()) {
    const patient = Buffer.from(vault.registry.patient(slot)?.subject ?? []).toString('hex');
    yield { patient, number, at: atMs, by, kind, ...(about !== undefined && { about }), shared, text };
  }
}

/** Undefined where they were let go. */
function readingsOf({ store }: Vault, row: SegmentRow): KeptReading[] | undefined {
  try {
    return decodeSegment(store.openSegment(row));
  } catch (error) {
    if (error instanceof HeartwoodError && error.code === 'let-go') return undefined;
    throw error;
  }
}

function exported(vault: Vault, kept: KeptReading, batch: number, slot: number, index: number): FeedReading {
  const patient = Buffer.from(vault.registry.patient(slot)?.subject ?? []).toString('hex');
  const device = vault.registry.deviceByNumber(kept.device)?.id ?? `number ${kept.device}`;
  return toFeed(kept, formatReadingId(batch, slot, index), patient, device);
}
