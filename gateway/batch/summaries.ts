// Summaries of closed batches, for histories: by patient, hour of measurement and minute. They are read from the
// segments once, kept in memory until the hour is over, and then written in one commit with the number of the last batch
// that is in them: a crash in between costs reading those batches again. What comes late (a device sends its memory)
// is added to the hour in which it was measured.

import { HUB_SLOT } from '@heartwood/anchor';
import { isGone } from '../error.ts';
import { attributionTime } from '../ingest/attribution.ts';
import {
  decodeHour,
  encodeHour,
  HOUR_MS,
  type HourSummary,
  lineOf,
  MINUTE_MS,
} from '../store/hour-summary.ts';
import { readNumbers } from '../store/segment-numbers.ts';
import type { SegmentRow } from '../store/store.ts';
import type { Vault } from '../vault.ts';

/** Read at once, after a long time without summaries: as many take some 20 ms, in which nobody is acknowledged. */
const SEGMENTS_A_STEP = 720;

/** The id of an hour's row. @param time ms since 1970 */
export const hourId = (time: number, slot: number): number => Math.floor(time / HOUR_MS) * 65_536 + slot;

export class Summaries {
  readonly #vault: Vault;
  /** The last batch that is in the rows, and the last that is there or in memory. */
  #kept: number;
  #read: number;
  /** What is not in the rows, by their id. */
  #hours = new Map<number, HourSummary>();
  /** The hour in which the first batch of those ended. */
  #since: number | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
    this.#kept = vault.store.summarised();
    this.#read = this.#kept;
  }

  /** The last batch that is in the rows, or in memory. */
  get read(): number {
    return this.#read;
  }

  /** After a batch was closed: takes it in, and writes the hour when it is over. @throws what SQLite throws */
  step(): void {
    const behind = this.readOn(SEGMENTS_A_STEP);
    const last = this.#vault.store.batch(this.#read);
    if (last === undefined) return;
    const hour = Math.floor(last.end_ms / HOUR_MS);
    this.#since ??= hour;
    if (behind || hour !== this.#since) this.#keep();
  }

  /** Reads batches that are not in yet, at most so many segments. @returns whether there are more */
  readOn(segmentsMax: number = Number.POSITIVE_INFINITY): boolean {
    const { store } = this.#vault;
    const last = store.lastBatch()?.sequence ?? -1;
    if (last <= this.#read) return false;
    let taken = 0;
    for (const row of store.segmentsFrom(this.#read + 1)) {
      // Only whole batches: a row of the next one ends it.
      if (row.batch > last) break;
      const before = this.#read;
      this.#read = row.batch - 1;
      if (taken >= segmentsMax && this.#read > before) return true;
      if (row.slot !== HUB_SLOT) this.#add(row);
      taken += 1;
    }
    this.#read = last;
    return false;
  }

  /** What a patient's hour comes to, as far as batches were read; undefined where nothing was measured. */
  hour(id: number): HourSummary | undefined {
    return this.#hours.get(id);
  }

  #add(row: SegmentRow): void {
    let plain: Uint8Array;
    try {
      plain = this.#vault.store.openSegment(row);
    } catch (error) {
      // Closed for ever, and so is its history.
      if (isGone(error)) return;
      throw error;
    }
    addNumbers(this.#hours, row.slot, plain);
  }

  #keep(): void {
    const { store, keyring } = this.#vault;
    store.transaction(() => {
      for (const [id, fresh] of this.#hours) {
        const slot = id % 65_536;
        const row = store.summary(id);
        const hour = row === undefined ? new Map() : decodeHour(store.openSummary(row));
        mergeHour(hour, fresh);
        // The key of the time at which it was measured: what was measured before the patient's first key has that one.
        const endMs = (Math.floor(id / 65_536) + 1) * HOUR_MS - 1;
        const keys = keyring.epochAt(slot, Math.max(endMs, keyring.knownSince(slot) ?? 0));
        store.putSummary(id, keys, encodeHour(hour));
      }
      store.putSummarised(this.#read);
    });
    this.#kept = this.#read;
    this.#hours = new Map();
    this.#since = undefined;
  }
}

/** Adds the numbers of a segment to the hours in which they were measured. */
export function addNumbers(hours: Map<number, HourSummary>, slot: number, plain: Uint8Array): void {
  readNumbers(plain, undefined, (series, at, received, value) => {
    const time = attributionTime(at, received);
    const id = hourId(time, slot);
    let hour = hours.get(id);
    if (hour === undefined) {
      hour = new Map();
      hours.set(id, hour);
    }
    lineOf(hour, series).add(Math.floor((time % HOUR_MS) / MINUTE_MS), value);
  });
}

function mergeHour(into: HourSummary, from: HourSummary): void {
  for (const [series, line] of from) {
    const own = lineOf(into, series);
    for (const [minute, count] of line.count.entries()) {
      if (count === 0) continue;
      own.merge(
        minute,
        count,
        line.min[minute] as number,
        line.max[minute] as number,
        line.sum[minute] as number,
      );
    }
  }
}
