// QRS complexes of one lead, one sample at a time: P. Hamilton, "Open source ECG analysis", Computers in Cardiology 29,
// 2002, 101-104, which refines J. Pan and W. J. Tompkins, "A real-time QRS detection algorithm", IEEE Trans Biomed Eng
// 32(3), 1985, 230-236. Band 8 to 16 Hz, slope, mean over 80 ms; a peak of that is a QRS by five rules:
//   1. a peak within 200 ms of a larger one is none;
//   2. one whose slopes all go one way is a shift of the baseline;
//   3. one within 360 ms of a QRS, with less than half of its slope, is a T wave;
//   4. one above the threshold is a QRS, one below is noise; both are remembered (medians of eight), and the threshold
//      lies at 0.3125 of the way between them;
//   5. where none came for 1.5 usual intervals, the tallest peak since is one if it is above half the threshold.
// Added here: what rises by less than 0.15 mV is no QRS (a monitor for adults shall not count it: ANSI/AAMI EC13, 4.1.2.1),
// and after 4 s without one the threshold is learned anew, for an electrode that has moved.

import { Band } from './band.ts';
import { extremeNear, riseAt } from './extreme.ts';
import { median } from './number.ts';
import { Ring } from './ring.ts';

const THRESHOLD = 0.3125;
const REMEMBERED = 8;
/** mV from the lowest to the highest sample around the R peak, from 5 Hz on. */
export const LEAST_QRS_MV = 0.15;

type Peak = { readonly at: number; readonly height: number; readonly rises: number; readonly falls: number };

export class HamiltonDetector {
  readonly #rate: number;
  readonly #raw: Ring;
  readonly #rest: Ring;
  readonly #band: Band;
  readonly #passed: Ring;
  readonly #slopes: Ring;
  readonly #width: number;
  readonly #lag: number;
  #sum = 0;
  #last = 0;
  // The hill that is being climbed, and the peak that waits 200 ms for a larger one.
  #hill: { height: number; at: number } | undefined;
  #waiting: Peak | undefined;
  #qrs: number[] = [];
  #noise: number[] = [];
  #intervals: number[] = [];
  #lastQrs: Peak | undefined;
  #lastBeat = Number.NEGATIVE_INFINITY;
  /** The tallest that was taken for noise since the last QRS. */
  #missed: Peak | undefined;
  #learnedAt = 0;
  #tallest = 0;

  /**
   * @param raw the lead in mV: the samples that `next` is told of
   * @param rest the same from 5 Hz on, in which wander and P waves are low: how tall a beat is
   */
  constructor(rateHz: number, raw: Ring, rest: Ring) {
    this.#rate = rateHz;
    this.#raw = raw;
    this.#rest = rest;
    this.#band = new Band(rateHz, 8, 16);
    this.#passed = new Ring(rateHz);
    this.#width = Math.max(1, Math.round(0.08 * rateHz));
    this.#lag = Math.max(1, Math.round(0.01 * rateHz));
    this.#slopes = new Ring(rateHz);
  }

  settle(value: number): void {
    this.#band.settle(value);
  }

  /** Takes the newest sample of the ring in. @returns the number of the sample of an R peak, or -1 */
  next(): number {
    const now = this.#raw.count - 1;
    this.#passed.push(this.#band.pass(this.#raw.at(now)));
    const at = this.#passed.count - 1;
    const slope = Math.abs(this.#passed.at(at) - this.#passed.at(at - this.#lag));
    this.#slopes.push(slope);
    this.#sum += slope - (at >= this.#width ? this.#slopes.at(at - this.#width) : 0);
    // A sum that is only added to and taken from keeps the rounding of the largest it ever held.
    if (at % this.#width === 0) this.#sum = this.#exactSum(at);
    const found = this.#climb(Math.max(0, this.#sum) / this.#width, now);
    if (found !== undefined) this.#wait(found);
    return this.#due(now);
  }

  #exactSum(at: number): number {
    let sum = 0;
    for (let i = at - this.#width + 1; i <= at; i += 1) sum += this.#slopes.at(i);
    return sum;
  }

  /** Follows the mean slope up and down; gives its peak when it has fallen to half, or not risen for 95 ms. */
  #climb(value: number, now: number): Peak | undefined {
    const hill = this.#hill;
    const rising = value > this.#last;
    this.#last = value;
    if (hill === undefined) {
      if (rising) this.#hill = { height: value, at: now };
      return undefined;
    }
    if (value > hill.height) {
      hill.height = value;
      hill.at = now;
      return undefined;
    }
    if (value > hill.height / 2 && now - hill.at < 0.095 * this.#rate) return undefined;
    this.#hill = undefined;
    return { at: hill.at, height: hill.height, ...this.#slopesAt(hill.at) };
  }

  /** The steepest rise and fall of the QRS that a peak at `at` speaks of. */
  #slopesAt(at: number): { rises: number; falls: number } {
    let [rises, falls] = [0, 0];
    for (let i = at - 2 * this.#width; i <= at; i += 1) {
      const slope = this.#passed.at(i) - this.#passed.at(i - this.#lag);
      if (slope > rises) rises = slope;
      else if (-slope > falls) falls = -slope;
    }
    return { rises, falls };
  }

  /** Rule 1: of peaks within 200 ms the tallest. */
  #wait(peak: Peak): void {
    if (this.#waiting === undefined || peak.height > this.#waiting.height) this.#waiting = peak;
  }

  #due(now: number): number {
    const { height } = this.#hill ?? { height: 0 };
    if (height > this.#tallest) this.#tallest = height;
    const peak = this.#waiting;
    if (peak !== undefined && now - peak.at >= 0.2 * this.#rate) {
      this.#waiting = undefined;
      return this.#judge(peak, now);
    }
    this.#relearn(now);
    return this.#searchBack(now);
  }

  #judge(peak: Peak, now: number): number {
    const { rises, falls } = peak;
    if (Math.min(rises, falls) < Math.max(rises, falls) / 8) return -1;
    if (now < 2 * this.#rate && this.#qrs.length === 0) return -1;
    const last = this.#lastQrs;
    if (
      last !== undefined &&
      peak.at - last.at < 0.36 * this.#rate &&
      Math.max(rises, falls) < Math.max(last.rises, last.falls) / 2
    ) {
      return -1;
    }
    if (peak.height > this.#threshold()) {
      const beat = this.#accept(peak);
      if (beat >= 0) return beat;
    }
    remember(this.#noise, peak.height);
    const late = last === undefined || peak.at - last.at >= 0.36 * this.#rate;
    if (late && (this.#missed === undefined || peak.height > this.#missed.height)) this.#missed = peak;
    return -1;
  }

  #threshold(): number {
    const noise = median(this.#noise) ?? 0;
    const qrs = median(this.#qrs) ?? Number.POSITIVE_INFINITY;
    return noise + THRESHOLD * (qrs - noise);
  }

  #searchBack(now: number): number {
    const missed = this.#missed;
    const last = this.#lastQrs;
    if (missed === undefined || last === undefined) return -1;
    const usual = median(this.#intervals) ?? this.#rate;
    if (now - last.at < 1.5 * usual || missed.height < this.#threshold() / 2) return -1;
    return this.#accept(missed);
  }

  #relearn(now: number): void {
    const since = Math.max(this.#learnedAt, this.#lastQrs?.at ?? 0);
    const due = this.#qrs.length === 0 ? 2 : 4;
    if (now - since < due * this.#rate) return;
    // Half of the tallest of the last seconds, as at the beginning.
    this.#qrs = [this.#tallest];
    this.#noise = [];
    this.#missed = undefined;
    this.#learnedAt = now;
    this.#tallest = 0;
  }

  #accept(peak: Peak): number {
    // The mean slope of 80 ms is highest behind the R peak, by as much and by what the band delays.
    const centre = peak.at - Math.round(0.075 * this.#rate);
    const beat = extremeNear(this.#raw, centre, Math.round(0.08 * this.#rate));
    this.#missed = undefined;
    if (riseAt(this.#rest, beat, Math.round(0.06 * this.#rate)) < LEAST_QRS_MV) return -1;
    if (beat - this.#lastBeat < 0.2 * this.#rate) return -1;
    remember(this.#qrs, peak.height);
    if (this.#lastQrs !== undefined) {
      const interval = peak.at - this.#lastQrs.at;
      if (interval < 3 * this.#rate) remember(this.#intervals, interval);
    }
    this.#lastQrs = peak;
    this.#lastBeat = beat;
    this.#tallest = 0;
    return beat;
  }
}

function remember(list: number[], value: number): void {
  list.push(value);
  if (list.length > REMEMBERED) list.shift();
}
