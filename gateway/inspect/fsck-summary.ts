// The summaries of hours, compared with the segments that they were made from: of each hour and series how many numbers
// there are, their sum, the smallest and the largest. A row that is missing, that was put back older, or that was made
// from other readings, shows. Which minute of the hour a number stands in is the seal's to keep.
//
// Memory: 4 numbers for each hour and series, some 15 MB for a year of one patient with five vitals.

import { addNumbers } from '../batch/summaries.ts';
import { decodeHour, HOUR_MS, type HourSummary } from '../store/hour-summary.ts';
import type { Series } from '../store/segment-numbers.ts';
import type { Vault } from '../vault.ts';
import type { Report } from './fsck.ts';

type Total = { count: number; sum: number; min: number; max: number };

export class Summarised {
  readonly #vault: Vault;
  readonly #report: Report;
  /** The last batch that is in the rows. */
  readonly #through: number;
  readonly #hours = new Map<number, Map<Series, Total>>();

  /** @throws SealBroken where that number was altered */
  constructor(vault: Vault, report: Report) {
    this.#vault = vault;
    this.#report = report;
    this.#through = vault.store.summarised();
  }

  /** One patient's segment. @param plain as it was sealed */
  add(batch: number, slot: number, plain: Uint8Array): void {
    if (batch > this.#through) return;
    const hours = new Map<number, HourSummary>();
    addNumbers(hours, slot, plain);
    for (const [id, hour] of hours) {
      let totals = this.#hours.get(id);
      if (totals === undefined) {
        totals = new Map();
        this.#hours.set(id, totals);
      }
      for (const [series, total] of totalsOf(hour)) join(totals, series, total);
    }
  }

  /**
   * Every batch was added.
   * @param whole each of them could be read; otherwise only the seals are tried
   * @param keptFromMs readings of batches that ended before were let go, and with them what hours before it came to
   */
  end(whole: boolean, keptFromMs: number): void {
    const { store } = this.#vault;
    const last = store.lastBatch()?.sequence ?? -1;
    if (this.#through > last)
      this.#report('the summaries', `batch ${this.#through} is in them, and here it is missing`);
    const isWhole = (id: number): boolean => Math.floor(id / 65_536) * HOUR_MS >= keptFromMs;
    for (const row of store.summaries()) {
      const where = `the summary ${row.id} of slot ${row.id % 65_536}`;
      const expected = this.#hours.get(row.id) ?? new Map<Series, Total>();
      this.#hours.delete(row.id);
      try {
        const found = totalsOf(decodeHour(store.openSummary(row)));
        if (whole && isWhole(row.id) && !same(found, expected))
          this.#report(where, 'the readings of its hour come to something else');
      } catch (error) {
        this.#report(where, error instanceof Error ? error.message : String(error));
      }
    }
    if (!whole) return;
    for (const id of [...this.#hours.keys()].filter(isWhole))
      this.#report(`the summary ${id} of slot ${id % 65_536}`, 'it is missing');
  }
}

function totalsOf(hour: HourSummary): Map<Series, Total> {
  const totals = new Map<Series, Total>();
  for (const [series, { count, sum, min, max }] of hour) {
    for (let minute = 0; minute < count.length; minute++) {
      if (count[minute] === 0) continue;
      const [n, s] = [count[minute] as number, sum[minute] as number];
      join(totals, series, { count: n, sum: s, min: min[minute] as number, max: max[minute] as number });
    }
  }
  return totals;
}

function join(totals: Map<Series, Total>, series: Series, { count, sum, min, max }: Total): void {
  const before = totals.get(series);
  if (before === undefined) totals.set(series, { count, sum, min, max });
  else {
    before.count += count;
    before.sum += sum;
    before.min = Math.min(before.min, min);
    before.max = Math.max(before.max, max);
  }
}

const same = (a: ReadonlyMap<Series, Total>, b: ReadonlyMap<Series, Total>): boolean =>
  a.size === b.size &&
  [...a].every(([series, one]) => {
    const other = b.get(series);
    return (
      other !== undefined &&
      one.count === other.count &&
      one.sum === other.sum &&
      one.min === other.min &&
      one.max === other.max
    );
  });
