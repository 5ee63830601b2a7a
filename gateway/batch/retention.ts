// Readings whose time is over, where the owner set how many days they are kept: oldest first, a few rows after each batch.
// Of a segment stays what its root follows from (store/remainder.ts), so that everything that was signed holds, as do the
// proofs that were given out. The hub's own events stay, and the last reading of each kind.
//
// What is about to go is an event first, in one commit with the place where the letting go begins; where it stands is kept
// with each step, so that a crash costs nothing. Whole days of UTC go, once a day.
//
// A clock that jumps ahead must not empty the record: beside their age, so many days' worth of intervals must have been
// closed since. The hub closes one in every interval, whether anything was measured or not, and none while it is off.
//
// An hour leaves the histories with its day, also what was measured in it and came later; that itself stays its time.

import { equalBytes, sizedRoot } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import { HeartwoodError, isGone } from '../error.ts';
import { SealBroken } from '../keys/seal.ts';
import { HOUR_MS } from '../store/hour-summary.ts';
import { getMeta, putMeta } from '../store/meta.ts';
import type { SegmentRow } from '../store/store.ts';
import type { Vault } from '../vault.ts';
import { remainderOf } from './segment-entries.ts';

const DAY_MS = 86_400_000;
/** Let go at once: in as many thousandths of a second nobody is acknowledged. */
const SEGMENTS_A_STEP = 100;

const NAME = 'kept-from';

/** From where on readings are kept. */
export type KeptFrom = {
  /** The first batch whose readings are kept, or are the next to go. */
  readonly batch: number;
  /** When it began, ms since 1970; 0 where nothing was let go. */
  readonly startMs: number;
};
/** `at` is the next segment to look at, batch * 65536 + slot; `batch` where this run ends. */
type Run = KeptFrom & { readonly at: number };

const NOTHING: Run = { batch: 0, startMs: 0, at: 0 };

/** @throws SealBroken where that row was altered */
export const keptFrom = (vault: Vault): KeptFrom => runOf(vault);

function runOf(vault: Vault): Run {
  const text = getMeta(vault, NAME);
  return text === undefined ? NOTHING : (JSON.parse(text) as Run);
}

/** Undefined where its row was altered. */
function readRun(vault: Vault): Run | undefined {
  try {
    return runOf(vault);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

const placeOf = (batch: number): number => batch * 65_536;
const isOver = ({ at, batch }: Run): boolean => at >= placeOf(batch);

export class Retention {
  readonly #vault: Vault;
  readonly #days: number | undefined;
  /** Intervals that are closed in so many days, as long as they are now. */
  readonly #intervals: number;
  #run: Run;
  /** Its row does not open: nothing is let go, and fsck says why. */
  readonly isDamaged: boolean;

  /** @param days how long readings are kept; undefined: for ever */
  constructor(vault: Vault, days: number | undefined, intervalMs: number) {
    this.#vault = vault;
    this.#intervals = Math.ceil(((days ?? 0) * DAY_MS) / intervalMs);
    const run = readRun(vault);
    this.isDamaged = run === undefined;
    this.#run = run ?? NOTHING;
    this.#days = this.isDamaged ? undefined : days;
  }

  /**
   * After a batch was closed: a few segments more.
   * @returns how many could not be opened, or are not what was signed, and stay: damage, which fsck finds
   * @throws what SQLite throws; nothing is changed then
   */
  step(): number {
    if (this.#days === undefined) return 0;
    const end = this.#end(this.#days);
    // The owner keeps them longer now than when this run began.
    if (end < this.#run.batch && !isOver(this.#run)) this.#cutShort(end, this.#days);
    if (isOver(this.#run) && !this.#began(end, this.#days)) return 0;
    const { store } = this.#vault;
    const rows = store.segmentsWithin(this.#run.at, this.#run.batch, SEGMENTS_A_STEP);
    const last = rows.at(-1);
    const isLast = last === undefined || rows.length < SEGMENTS_A_STEP;
    const at = isLast ? placeOf(this.#run.batch) : placeOf(last.batch) + last.slot + 1;
    let unreadable = 0;
    this.#keep({ ...this.#run, at }, () => {
      for (const row of rows) unreadable += this.#letGo(row) ? 0 : 1;
    });
    return unreadable;
  }

  /** Returns false where the row does not open, or does not give the root that was signed: that stays as it is. */
  #letGo(row: SegmentRow): boolean {
    try {
      const remainder = remainderOf(this.#vault, row);
      if (!equalBytes(sizedRoot(remainder.count, remainder.entriesRoot, nodeSha256), row.root)) return false;
      this.#vault.store.letGo(row, remainder);
      return true;
    } catch (error) {
      if (isGone(error)) return true;
      if (error instanceof SealBroken || error instanceof HeartwoodError) return false;
      throw error;
    }
  }

  /** The first batch whose time is not over: a whole day of UTC after another, and so many intervals. */
  #end(days: number): number {
    const { store, clock } = this.#vault;
    const endMs = Math.floor(clock() / DAY_MS - days) * DAY_MS;
    return Math.min(store.firstEndingAfter(endMs), this.#newestFrom(this.#intervals));
  }

  /** Whether there is a day more whose time is over: then that is on record. */
  #began(end: number, days: number): boolean {
    if (end <= this.#run.batch) return false;
    const startMs = this.#vault.startOf(end);
    this.#keep({ batch: end, startMs, at: this.#run.at }, () => this.#record(end, startMs, days));
    return true;
  }

  /** What of the run is not yet done stays. A batch of which something has gone counts as one that is not kept whole. */
  #cutShort(end: number, days: number): void {
    const begun = Math.floor(this.#run.at / 65_536);
    const batch = Math.max(end, begun);
    const isWhole = placeOf(batch) >= this.#run.at;
    const startMs = this.#vault.startOf(isWhole ? batch : batch + 1);
    this.#keep({ batch, startMs, at: this.#run.at }, () => this.#record(batch, startMs, days));
  }

  #record(batch: number, startMs: number, days: number): void {
    this.#vault.recordEvent('readings-let-go', { before: startMs, 'before-batch': batch, days });
  }

  /** In one commit: what is done, how far the run is, and at its end the histories. */
  #keep(run: Run, work: () => void): void {
    const { store } = this.#vault;
    store.transaction(() => {
      work();
      if (isOver(run)) store.dropSummariesBefore(Math.floor(run.startMs / HOUR_MS));
      putMeta(this.#vault, NAME, JSON.stringify(run));
    });
    this.#run = run;
  }

  /** The lowest number among the newest so many batches. Numbers are left out where a new epoch began. */
  #newestFrom(batches: number): number {
    const { store, identity } = this.#vault;
    let missing = batches;
    let last = store.lastBatch()?.sequence ?? -1;
    for (const { from } of identity.epochs.toReversed()) {
      const here = last - from + 1;
      if (here >= missing) return last - missing + 1;
      if (here > 0) missing -= here;
      last = store.batchBefore(from)?.sequence ?? -1;
    }
    return 0;
  }
}
