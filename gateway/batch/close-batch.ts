// Closing a batch, in one commit:
//   1. each patient's readings, and the hub's own events, become a sealed segment with its root;
//   2. every slot gets its value, and the slots their root;
//   3. the hub signs the statement: number, end, root, and the hash of the statement before;
//   4. the staged rows go, the cursors are kept, and the keys of the next interval are made.
// The signature leaves this function only after the commit: whoever sees a statement, sees one that is on disk.

import { HUB_SLOT, segmentRootOf, utf8 } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { decodeEvent } from '@heartwood/vitals';
import { decodeEntries, encodeEntries } from '../store/entry-list.ts';
import type { Vault } from '../vault.ts';
import { entryOf, hashEntry, SaltStream } from './leaf.ts';
import type { OpenBatch } from './open-batch.ts';
import { slotsFor } from './slots.ts';
import { hashBefore, signedNote, statementText } from './statement.ts';

export type ClosedBatch = {
  readonly sequence: number;
  readonly endMs: number;
  /** Readings and events in it. */
  readonly entries: number;
  /** The signed note that goes to the ledger. */
  readonly statement: string;
};

/** What is kept with the commit: where each device that was heard stands, and the latest readings. */
export type KeptWithBatch = {
  readonly cursors: Iterable<readonly [device: number, text: string]>;
  readonly latest: Iterable<readonly [slot: number, text: string]>;
};

/**
 * Commits the open batch as closed. When the disk refuses, this throws and nothing has changed.
 * @param wantedMs the interval's end, which stands in the statement unless something in it came later; now, unless given
 */
export function closeBatch(
  vault: Vault,
  batch: OpenBatch,
  kept: KeptWithBatch,
  wantedMs: number = vault.clock(),
): ClosedBatch {
  const { sequence, startMs } = batch;
  return vault.store.transaction(() => {
    const roots = new Map<number, Uint8Array>();
    const events = closeEvents(vault, batch, roots);
    const segments = batch.filled();
    // A clock that was turned back must not make an interval end before what came in it: no verifier believes that.
    const latestMs = Math.max(startMs + 1, events.latestMs, ...segments.map((one) => one.receivedMs));
    const endMs = Math.max(wantedMs, latestMs);
    for (const segment of segments) {
      const { slot, keys, root } = segment;
      vault.store.addSegment(sequence, slot, keys, root, segment.bytes());
      roots.set(slot, root);
    }
    const slots = slotsFor(Math.max(...vault.keyring.slotsKnownAt(startMs)));
    const previous = hashBefore(vault, sequence);
    const text = statementText(vault, { sequence, endMs, startMs, slots, previous }, roots);
    const signature = vault.identity.signer.sign(utf8(text));
    vault.store.addBatch({ sequence, endMs, slots, previous, signature });
    vault.store.dropStaged();
    for (const [device, cursor] of kept.cursors) vault.store.putCursor(device, cursor);
    for (const [slot, latest] of kept.latest) vault.store.putLatest(slot, latest);
    for (const slot of vault.keyring.slotsKnownAt(endMs)) vault.keyring.ensureEpoch(slot, endMs);
    return {
      sequence,
      endMs,
      entries: batch.entries + events.count,
      statement: signedNote(vault.identity, sequence, text, signature),
    };
  });
}

/** The hub's own events come from the staged rows: other processes write some of them. */
function closeEvents(
  vault: Vault,
  batch: OpenBatch,
  roots: Map<number, Uint8Array>,
): { readonly count: number; readonly latestMs: number } {
  const events = vault.store.stagedOf(HUB_SLOT).flatMap((row) => decodeEntries(vault.store.openStaged(row)));
  if (events.length === 0) return { count: 0, latestMs: 0 };
  const keys = vault.keyring.epochAt(HUB_SLOT, batch.startMs);
  const salts = new SaltStream(keys, batch.sequence, HUB_SLOT);
  const root = segmentRootOf(
    events.map((event) => hashEntry(entryOf(salts.next(), event))),
    nodeSha256,
  );
  vault.store.addSegment(batch.sequence, HUB_SLOT, keys, root, encodeEntries(events));
  roots.set(HUB_SLOT, root);
  return { count: events.length, latestMs: Math.max(...events.map((event) => decodeEvent(event).at)) };
}
