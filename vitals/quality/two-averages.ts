// Events in a stream by two moving averages, after M. Elgendi: of the squared band, a short mean (as long as the event) is
// above a long one (as long as a cycle) where the event is. Two uses of it, with the numbers of each paper:
//   QRS: "Fast QRS detection with an optimized knowledge-based method", PLoS ONE 8(9), 2013, e73557:
//     8 to 20 Hz, 97 ms, 611 ms, offset 8 %, none within 300 ms.
//   Pulse: M. Elgendi, I. Norton, M. Brearley, D. Abbott, D. Schuurmans, "Systolic peak detection in acceleration
//     photoplethysmograms measured from emergency responders in tropical conditions", PLoS ONE 8(10), 2013, e76585:
//     0.5 to 8 Hz, the positive half only, 111 ms, 667 ms, offset 2 %.
// The papers take the mean of the whole record for the offset; a stream has none, so it is that of the last ten seconds.

import { Band } from './band.ts';
import { Ring } from './ring.ts';

export type TwoAverages = {
  readonly lowHz: number;
  readonly highHz: number;
  readonly eventMs: number;
  readonly cycleMs: number;
  /** Share of the mean of the squared band that the short mean must be above the long one. */
  readonly offset: number;
  readonly apartMs: number;
  /** Only what is above zero counts. */
  readonly positive: boolean;
};

export const QRS: TwoAverages = {
  lowHz: 8,
  highHz: 20,
  eventMs: 97,
  cycleMs: 611,
  offset: 0.08,
  apartMs: 250,
  positive: false,
};
export const PULSE: TwoAverages = {
  lowHz: 0.5,
  highHz: 8,
  eventMs: 111,
  cycleMs: 667,
  offset: 0.02,
  apartMs: 250,
  positive: true,
};

const MEAN_S = 10;

export class TwoAveragesDetector {
  /** The band that is looked at, by the number of the sample. */
  readonly passed: Ring;
  readonly #band: Band;
  readonly #squares: Ring;
  readonly #positive: boolean;
  readonly #offset: number;
  readonly #eventHalf: number;
  readonly #cycleHalf: number;
  readonly #least: number;
  readonly #apart: number;
  readonly #keep: number;
  #eventSum = 0;
  #cycleSum = 0;
  #mean = 0;
  #block: { from: number; best: number; height: number } | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(rateHz: number, by: TwoAverages) {
    const samples = (ms: number): number => Math.round((ms * rateHz) / 1000);
    this.#band = new Band(rateHz, by.lowHz, by.highHz);
    this.passed = new Ring(16 * rateHz);
    this.#squares = new Ring(2 * samples(by.cycleMs) + 8);
    this.#positive = by.positive;
    this.#offset = by.offset;
    this.#eventHalf = samples(by.eventMs / 2);
    this.#cycleHalf = samples(by.cycleMs / 2);
    this.#least = samples(by.eventMs);
    this.#apart = samples(by.apartMs);
    this.#keep = 1 / (MEAN_S * rateHz);
  }

  settle(value: number): void {
    this.#band.settle(value);
  }

  /** Takes a sample in. @returns the number of the sample at which an event was highest in the band, or -1 */
  next(value: number): number {
    const passed = this.#band.pass(value);
    this.passed.push(passed);
    const counted = this.#positive && passed < 0 ? 0 : passed;
    const square = counted * counted;
    this.#squares.push(square);
    const now = this.#squares.count - 1;
    // At the beginning the mean is that of what there is.
    this.#mean += (square - this.#mean) * Math.max(this.#keep, 1 / (now + 1));
    // Both means are centred: they speak of a sample half a cycle ago.
    const centre = now - this.#cycleHalf;
    this.#cycleSum += square - this.#squares.at(now - 2 * this.#cycleHalf - 1);
    this.#eventSum +=
      this.#squares.at(centre + this.#eventHalf) - this.#squares.at(centre - this.#eventHalf - 1);
    if (centre < 0) return -1;
    // Sums that are only added to and taken from keep the rounding of the largest they ever held.
    if (now % (2 * this.#cycleHalf) === 0) {
      this.#cycleSum = this.#sum(now - 2 * this.#cycleHalf, now);
      this.#eventSum = this.#sum(centre - this.#eventHalf, centre + this.#eventHalf);
    }
    const event = this.#eventSum / (2 * this.#eventHalf + 1);
    const cycle = this.#cycleSum / (2 * this.#cycleHalf + 1);
    if (event > cycle + this.#offset * this.#mean) {
      this.#grow(centre);
      return -1;
    }
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined || centre - block.from < this.#least) return -1;
    if (block.best - this.#last < this.#apart) return -1;
    this.#last = block.best;
    return block.best;
  }

  #sum(from: number, to: number): number {
    let sum = 0;
    for (let i = from; i <= to; i += 1) sum += this.#squares.at(i);
    return sum;
  }

  #grow(centre: number): void {
    const passed = this.passed.at(centre);
    const height = this.#positive ? passed : Math.abs(passed);
    if (this.#block === undefined) this.#block = { from: centre, best: centre, height };
    else if (height > this.#block.height) {
      this.#block.best = centre;
      this.#block.height = height;
    }
  }
}
