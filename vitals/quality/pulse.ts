// A pleth as it comes in: its pulses, and whether they are pulses. A finger shows the beats that move blood, half a second
// late, and knows nothing of electrodes: what an ECG says of a heart can be checked by it.
//
// The pulse is believed by the rules of C. Orphanidou and others, "Signal-quality indices for the electrocardiogram and
// photoplethysmogram: derivation and applications to wireless monitoring", IEEE J Biomed Health Inform 19(3), 2015,
// 832-838: a rate of 40 to 180, no interval of more than 3 s, the longest below 2.2 times the shortest, and pulses that
// look like one another (mean correlation with their mean of at least 0.86). Added here: they are as tall as one another,
// and as they were.

import { NO_SAMPLE, type Waveform } from '../reading.ts';
import { likenessOf } from './likeness.ts';
import { median, rms } from './number.ts';
import { PULSE, TwoAveragesDetector } from './two-averages.ts';

export const PLETH_RATES: readonly [number, number] = [20, 500];

export type PlethState =
  | 'learning'
  /** Flat or missing. */
  | 'off'
  /** A signal that nobody can take a pulse from. */
  | 'poor'
  /** There was a pulse within the last minute, the signal is quiet, and there is none now. */
  | 'lost'
  /** A regular one, as tall as it was. */
  | 'pulse';

export type PlethLook = {
  readonly state: PlethState;
  /** /min over the last three intervals; undefined where the pulse is not believed. */
  readonly rate?: number | undefined;
  /** Since the last pulse that was as tall as those before. */
  readonly sincePulseMs: number;
  readonly likeness: number;
};

const WINDOW_S = 6;
const LEARNS_S = 6;
const TAIL_S = 3;
const DECIDED_S = 0.75;
const GOOD_LIKENESS = 0.86;
const RATE: readonly [number, number] = [40, 180];
const INTERVAL_MAX_MS = 3000;
const SPREAD_MAX = 2.2;
/** Of the usual pulse: less is no pulse, or not this finger's. */
const LEAST_SHARE = 0.3;
/** The lowest pulse of a window, of the tallest: breathing and irregular beats change them by less. */
const ALIKE_SHARE = 0.45;
const QUIET_SHARE = 0.25;
/** No pulse for so long is none. */
const LOST_MS = 4000;
const REMEMBERED_MS = 60_000;
const FLAT_MS = 1000;
const PULSES_KEPT = 32;

export class PlethSignal {
  readonly rateHz: number;
  readonly #detector: TwoAveragesDetector;
  #pulses: { at: number; height: number }[] = [];
  /** Of pulses that were believed: how tall, and the rms of the band. */
  #usual: { height: number; rms: number; at: number } | undefined;
  #count = 0;
  #held = 0;
  #heldSince = 0;
  #missing = 0;

  /** @throws RangeError for a rate outside of `PLETH_RATES` */
  constructor(rateHz: number) {
    const [least, most] = PLETH_RATES;
    if (!(rateHz >= least && rateHz <= most)) throw new RangeError('a pleth of this rate is not watched');
    this.rateHz = rateHz;
    this.#detector = new TwoAveragesDetector(rateHz, PULSE);
  }

  /** Pulses so far, numbers of samples since the beginning: the last 32. */
  get pulses(): readonly number[] {
    return this.#pulses.map(({ at }) => at);
  }

  skip(samples: number): void {
    for (let i = 0; i < samples; i += 1) this.#one(this.#held, true);
  }

  push({ samples, gain, baseline }: Pick<Waveform, 'samples' | 'gain' | 'baseline'>): void {
    for (const sample of samples) {
      if (sample === NO_SAMPLE) this.#one(this.#held, true);
      else this.#one((sample - baseline) / gain, false);
    }
  }

  #one(value: number, missing: boolean): void {
    if (this.#count === 0) this.#detector.settle(value);
    if (value !== this.#held || this.#count === 0) this.#heldSince = this.#count;
    this.#missing = missing ? this.#missing + 1 : 0;
    this.#held = value;
    this.#count += 1;
    const at = this.#detector.next(value);
    if (at < 0) return;
    this.#pulses.push({ at, height: this.#detector.passed.at(at) });
    if (this.#pulses.length > PULSES_KEPT) this.#pulses.shift();
  }

  /** What can be said at the newest sample. */
  look(): PlethLook {
    const { rateHz } = this;
    const now = this.#count;
    const tall = this.#tall();
    const sincePulseMs = ((now - (tall.at(-1) ?? 0)) * 1000) / rateHz;
    const window = tall.filter((at) => at >= now - WINDOW_S * rateHz);
    const middle = ((window.at(-1) ?? 0) - (window[0] ?? 0)) / Math.max(1, window.length - 1);
    const half = Math.round(Math.min(0.5 * rateHz, middle / 2));
    const likeness = likenessOf(this.#detector.passed, window, half, half);
    const said = { sincePulseMs, likeness };
    if (now < LEARNS_S * rateHz) return { state: 'learning', ...said };
    const flatMs = ((now - this.#heldSince) * 1000) / rateHz;
    if (flatMs >= FLAT_MS || this.#missing > rateHz / 2) return { state: 'off', ...said };
    const intervals = window.slice(1).map((at, i) => ((at - (window[i] as number)) * 1000) / rateHz);
    const usual = median(intervals);
    if (
      usual !== undefined &&
      this.#areAlike(window) &&
      this.#isPulse(intervals, usual, likeness, sincePulseMs)
    ) {
      this.#remember(window, now);
      return { state: 'pulse', rate: 60_000 / mean(intervals.slice(-3)), ...said };
    }
    return { state: this.#isLost(sincePulseMs, now) ? 'lost' : 'poor', ...said };
  }

  /** Numbers of the pulses that are as tall as was usual. */
  #tall(): number[] {
    const usual = this.#usual;
    const fresh = usual !== undefined && this.#count - usual.at < (REMEMBERED_MS * this.rateHz) / 1000;
    const least = fresh ? LEAST_SHARE * usual.height : 0;
    return this.#pulses.filter(({ height }) => height > least).map(({ at }) => at);
  }

  /** Of a slow heart, what follows each pulse (its dicrotic wave, and what the band makes of it) passes for one in between. */
  #areAlike(pulses: readonly number[]): boolean {
    const heights = pulses.map((at) => this.#detector.passed.at(at));
    return Math.min(...heights) >= ALIKE_SHARE * Math.max(...heights);
  }

  #isPulse(intervals: readonly number[], usual: number, likeness: number, sinceMs: number): boolean {
    const [longest, shortest] = [Math.max(...intervals), Math.min(...intervals)];
    const rate = 60_000 / mean(intervals);
    return (
      intervals.length >= 2 &&
      rate >= RATE[0] &&
      rate <= RATE[1] &&
      longest <= INTERVAL_MAX_MS &&
      longest / shortest < SPREAD_MAX &&
      likeness >= GOOD_LIKENESS &&
      // The next one is not overdue.
      sinceMs < 1.8 * usual + 1000 * DECIDED_S
    );
  }

  #remember(window: readonly number[], now: number): void {
    const height = median(window.map((at) => this.#detector.passed.at(at))) ?? 0;
    this.#usual = { height, rms: rms(this.#tail(WINDOW_S)), at: now };
  }

  #isLost(sincePulseMs: number, now: number): boolean {
    const usual = this.#usual;
    if (usual === undefined || now - usual.at >= (REMEMBERED_MS * this.rateHz) / 1000) return false;
    return sincePulseMs >= LOST_MS && rms(this.#tail(TAIL_S)) < QUIET_SHARE * usual.rms;
  }

  #tail(seconds: number): Float64Array {
    const { passed } = this.#detector;
    return passed.slice(passed.count - Math.round(seconds * this.rateHz), passed.count);
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
