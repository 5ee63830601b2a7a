// Readings whose time is over, where the owner set how many days they are kept: oldest first, a few rows after each batch.
// Of a segment stays what its root follows from (store/remainder.ts), so that everything that was signed holds, as do the
// proofs that were given out. The hub's own events stay, and the last reading of each kind.
//
// What is about to go is an event first, in one commit with the place where the letting go begins; where it stands is kept
// with each step, so that a crash costs nothing. Whole days of UTC go, once a day.
//
// A clock that jumps ahead must not empty the record: beside their age, so many days' worth of intervals must have been
// closed since. The hub closes one in every interval, whether anything was measured or not, and none while it is off.

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

export class Retention {
  readonly #vault: Vault;
  readonly #days: number | undefined;
  /** Intervals that are closed in so many days. */
  readonly #intervals: number;
  #run: Run;
  /** The day for which it was last looked what is to go. */
  #lookedMs = 0;

  /** @param days how long readings are kept; undefined: for ever */
  constructor(vault: Vault, days: number | undefined, intervalMs: number) {
    this.#vault = vault;
    this.#days = days;
    this.#intervals = Math.ceil(((days ?? 0) * DAY_MS) / intervalMs);
    this.#run = runOf(vault);
  }

  /**
   * After a batch was closed: a few segments more.
   * @returns how many could not be opened, and stay: damage, which fsck finds
   * @throws what SQLite throws; nothing is changed then
   */
  step(): number {
    if (this.#days === undefined) return 0;
    if (this.#run.at >= this.#run.batch * 65_536 && !this.#began(this.#days)) return 0;
    const { store } = this.#vault;
    const rows = store.segmentsWithin(this.#run.at, this.#run.batch, SEGMENTS_A_STEP);
    const last = rows.at(-1);
    const run = {
      ...this.#run,
      at:
        last && rows.length === SEGMENTS_A_STEP
          ? last.batch * 65_536 + last.slot + 1
          : this.#run.batch * 65_536,
    };
    let unreadable = 0;
    store.transaction(() => {
      for (const row of rows) unreadable += this.#letGo(row) ? 0 : 1;
      if (run.at === run.batch * 65_536) store.dropSummariesBefore(Math.floor(run.startMs / HOUR_MS));
      putMeta(this.#vault, NAME, JSON.stringify(run));
    });
    this.#run = run;
    return unreadable;
  }

  /** Returns false where the row does not open. */
  #letGo(row: SegmentRow): boolean {
    try {
      this.#vault.store.letGo(row, remainderOf(this.#vault, row));
      return true;
    } catch (error) {
      if (isGone(error)) return true;
      if (error instanceof SealBroken || error instanceof HeartwoodError) return false;
      throw error;
    }
  }

  /** Whether there is a day more whose time is over: then that is on record. */
  #began(days: number): boolean {
    const vault = this.#vault;
    const endMs = Math.floor(vault.clock() / DAY_MS - days) * DAY_MS;
    if (endMs === this.#lookedMs) return false;
    this.#lookedMs = endMs;
    const batch = Math.min(vault.store.firstEndingAfter(endMs), this.#newestFrom(this.#intervals));
    if (batch <= this.#run.batch) return false;
    const startMs = vault.startOf(batch);
    const run = { batch, startMs, at: this.#run.at };
    vault.store.transaction(() => {
      vault.recordEvent('readings-let-go', { before: startMs, 'before-batch': batch, days });
      putMeta(vault, NAME, JSON.stringify(run));
    });
    this.#run = run;
    return true;
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
