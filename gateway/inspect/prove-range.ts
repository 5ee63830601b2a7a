// A range proof: for one patient and a period, that no batch is missing and how many readings each committed to, without
// opening one. Line by line, so that a year needs no more memory than a day. Costs what hashing every reading of the
// patient once costs: the tree's root under a segment is not stored.

import {
  formatRangeLine,
  formatRangeSlot,
  HUB_SLOT,
  type NoteSignature,
  parseNote,
  RANGE_FORMAT,
  RANGE_LEDGER_LINE,
  readStatementNote,
  type Statement,
  slotPath,
  statementHash,
} from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { remainderOf } from '../batch/segment-entries.ts';
import { slotValues } from '../batch/slots.ts';
import { statementOf } from '../batch/statement.ts';
import { HeartwoodError } from '../error.ts';
import type { Remainder } from '../store/remainder.ts';
import type { BatchRow, SegmentRow } from '../store/store.ts';
import type { Vault } from '../vault.ts';
import type { ProofSource } from './proof-source.ts';

/** Ms since 1970, from inclusive, to exclusive; undefined: from the patient's first batch, to the last one anchored. */
export type RangeAsked = {
  readonly slot: number;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
};

/** Rows read at a time. */
const PAGE_ROWS = 256;

/**
 * The lines of a range proof (docs/spec/range-proof.md), each with its newline. Everything that may be refused is, before
 * the first line.
 * @throws HeartwoodError not-found where the period is not in the record; not-ready while the ledger has not got its end;
 * erased
 */
export async function proveRange(
  vault: Vault,
  ledger: ProofSource,
  { slot, fromMs, toMs }: RangeAsked,
): Promise<Generator<string>> {
  const newest = vault.store.lastBatch();
  if (newest === undefined) throw new HeartwoodError('not-ready', 'No batch was closed yet.');
  const first = firstBatch(vault, slot, fromMs, newest);
  let last = newest;
  if (toMs !== undefined) {
    if (newest.end_ms < toMs)
      throw new HeartwoodError(
        'not-ready',
        `The record ends at ${words(newest.end_ms)}, before ${words(toMs)}: ask for an earlier end, or again then.`,
      );
    last = firstEndingAfter(vault, toMs - 1, newest);
  } else {
    // A proof that has its witnesses over one that is a moment newer.
    const witnessed = ledger.newestWitnessed?.();
    const row =
      witnessed === undefined || witnessed < first.sequence ? undefined : vault.store.batch(witnessed);
    last = row ?? last;
  }
  let proof = await proofOf(vault, ledger, last);
  if (proof === undefined && toMs === undefined)
    [last, proof] = await lastAnchored(vault, ledger, first, last.sequence);
  if (proof === undefined)
    throw new HeartwoodError('not-ready', `Batch ${last.sequence} waits for the ledger. Try again soon.`);
  return linesOf(vault, slot, first, last.sequence, proof);
}

function* linesOf(
  vault: Vault,
  slot: number,
  first: BatchRow,
  last: number,
  proof: string,
): Generator<string> {
  yield `${RANGE_FORMAT}\n${formatRangeSlot(slot)}\n`;
  let hub = '';
  let absent: number | undefined;
  let before = vault.before(first.sequence);
  let hash: Uint8Array | undefined;
  if (before) {
    const { note, origin, keyId, signature, statement } = swornOf(vault, before);
    yield line({ kind: 'hub', origin, keyId, sequence: before.sequence });
    yield line({ kind: 'before', ...statement, signature });
    hub = `${origin} ${keyId}`;
    hash = statementHash(note, nodeSha256);
  }
  for (const row of rowsBetween(vault, first.sequence, last)) {
    const { note, origin, keyId, signature, statement } = swornOf(vault, row);
    const { sequence } = row;
    if (hash && !Buffer.from(hash).equals(statement.previous))
      throw new HeartwoodError('data-damaged', `Batch ${sequence} does not follow on the one before it.`);
    if (hub !== `${origin} ${keyId}`) yield line({ kind: 'hub', origin, keyId, sequence });
    hub = `${origin} ${keyId}`;
    const startMs = before?.end_ms ?? vault.startOf(sequence);
    const values = slotValues(vault, sequence, startMs, row.slots, vault.store.segmentRoots(sequence));
    const path = slotPath(values, slot, nodeSha256);
    const segment = vault.store.segment(sequence, slot);
    if (segment === undefined) {
      const keys = vault.keyring.epochAt(slot, startMs);
      if (keys.number !== absent) yield line({ kind: 'absent', key: keys.absence.export() });
      absent = keys.number;
    }
    const { count, entriesRoot } = segment ? committed(vault, segment) : { count: 0, entriesRoot: undefined };
    yield line({ kind: 'batch', endMs: row.end_ms, count, entriesRoot, signature, path });
    before = row;
    hash = statementHash(note, nodeSha256);
  }
  yield `${RANGE_LEDGER_LINE}\n${proof}`;
}

/** How many entries a segment has, and their root: also where the readings themselves were let go. */
function committed(vault: Vault, segment: SegmentRow): Remainder {
  try {
    return remainderOf(vault, segment);
  } catch (error) {
    if (error instanceof HeartwoodError && error.code === 'let-go') return vault.store.remainder(segment);
    throw error;
  }
}

const line = (one: Parameters<typeof formatRangeLine>[0]): string => `${formatRangeLine(one)}\n`;

type Sworn = Omit<NoteSignature, 'name'> & {
  readonly note: string;
  readonly origin: string;
  readonly statement: Statement;
};

/** The statement of a batch, and who signed it: whatever name the hub had then. */
function swornOf(vault: Vault, row: BatchRow): Sworn {
  const note = statementOf(vault, row);
  const [signed] = parseNote(note).signatures;
  if (signed === undefined) throw new Error('a statement without a signature');
  return {
    note,
    origin: signed.name,
    keyId: signed.keyId,
    signature: signed.signature,
    statement: readStatementNote(note),
  };
}

function* rowsBetween(vault: Vault, first: number, last: number): Generator<BatchRow> {
  for (let next = first; next <= last; ) {
    const rows = vault.store.batchesFrom(next, PAGE_ROWS);
    if (rows.length === 0) return;
    for (const row of rows) {
      if (row.sequence > last) return;
      yield row;
    }
    next = rows.at(-1)!.sequence + 1;
  }
}

const proofOf = (vault: Vault, ledger: ProofSource, row: BatchRow): ReturnType<ProofSource['proofOf']> =>
  ledger.proofOf({ origin: readStatementNote(statementOf(vault, row)).origin, sequence: row.sequence });

/** A range without an end of its own ends where the ledger does: the last batch from `first` on that has a proof. */
async function lastAnchored(
  vault: Vault,
  ledger: ProofSource,
  first: BatchRow,
  below: number,
): Promise<[BatchRow, string | undefined]> {
  let found = first;
  let proof = await proofOf(vault, ledger, first);
  let high = below;
  while (proof !== undefined && high - found.sequence > 1) {
    const middle = Math.floor((found.sequence + high) / 2);
    // Numbers are left out where a new epoch began.
    const [row] = vault.store.batchesFrom(middle, 1);
    const one = row && row.sequence < high ? await proofOf(vault, ledger, row) : undefined;
    if (row === undefined || one === undefined) high = middle;
    else [found, proof] = [row, one];
  }
  return [found, proof];
}

/** The batch in which a range begins. @throws HeartwoodError not-found */
function firstBatch(vault: Vault, slot: number, fromMs: number | undefined, newest: BatchRow): BatchRow {
  if (slot === HUB_SLOT) throw new HeartwoodError('not-found', "Slot 0 is the hub's own, not a patient's.");
  const sinceMs = vault.keyring.knownSince(slot);
  if (sinceMs === undefined) throw new HeartwoodError('not-found', `Slot ${slot} is nobody's.`);
  // The first interval that starts when the slot has its owner: before it the slot was nobody's, and no key explains it.
  const earliest =
    vault.identity.bornMs >= sinceMs ? vault.store.batchesFrom(0, 1)[0] : following(vault, sinceMs, newest);
  if (earliest === undefined)
    throw new HeartwoodError('not-ready', 'The first batch of this patient is still open.');
  if (fromMs === undefined) return earliest;
  if (newest.end_ms <= fromMs)
    throw new HeartwoodError(
      'not-found',
      `The record ends at ${words(newest.end_ms)}, before ${words(fromMs)}.`,
    );
  const first = firstEndingAfter(vault, fromMs, newest);
  if (first.sequence < earliest.sequence) {
    throw new HeartwoodError(
      'not-found',
      `Slot ${slot} became this patient's with batch ${earliest.sequence}, which ended at ${words(earliest.end_ms)}: ` +
        'what it held before is not theirs, and nothing explains it. Leave --from out to begin there.',
    );
  }
  return first;
}

/** The batch whose interval starts at a time or after it. */
function following(vault: Vault, startMs: number, newest: BatchRow): BatchRow | undefined {
  if (newest.end_ms < startMs) return undefined;
  const before = firstEndingAfter(vault, startMs - 1, newest);
  return vault.store.batchesFrom(before.sequence + 1, 1)[0];
}

/** The first batch that ends after a time; `newest` does. */
const firstEndingAfter = ({ store }: Vault, ms: number, newest: BatchRow): BatchRow =>
  store.batchesFrom(store.firstEndingAfter(ms), 1)[0] ?? newest;

const words = (ms: number): string => new Date(ms).toISOString();
