// What a hub remembers when it starts: where each device stands, and the readings of the last batches, whose
// fingerprints tell a redelivery from a sequence number that is used twice.

import { HUB_SLOT } from '@heartwood/anchor';
import { DeviceCursor } from '../ingest/cursor.ts';
import { decodeSegment, type KeptReading } from '../store/segment-codec.ts';
import type { Vault } from '../vault.ts';

/** Five minutes at the default interval: far longer than any broker or device holds a message in flight. */
const BATCHES_RECALLED = 30;

export function loadCursors(vault: Vault): Map<number, DeviceCursor> {
  return new Map([...vault.store.cursors()].map(([device, text]) => [device, DeviceCursor.parse(text)]));
}

/** The readings of the last batches, a batch at a time, oldest first. */
export function* recentBatches(vault: Vault): Generator<KeptReading[]> {
  let batch = -1;
  let readings: KeptReading[] = [];
  for (const row of vault.store.segmentsFrom(vault.store.newestFrom(BATCHES_RECALLED))) {
    if (row.slot === HUB_SLOT) continue;
    if (row.batch !== batch) {
      yield readings;
      batch = row.batch;
      readings = [];
    }
    for (const kept of decodeSegment(vault.store.openSegment(row))) readings.push(kept);
  }
  yield readings;
}
