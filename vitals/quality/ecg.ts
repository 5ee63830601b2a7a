// One lead of an ECG as it comes in: its beats, and whether it can be believed. Two detectors of unlike kind watch it
// (hamilton.ts, two-averages.ts); where the lead is good they see the same beats.
//
// Indices and the bounds by which a lead is judged, over the last eight seconds unless said:
//   flat, missing, clipped  share of the last four seconds without a signal, by what kind
//   bSqi   share of beats that both detectors see (Li, Mark, Clifford 2008): 0.8 and more is good
//   kSqi   kurtosis (G. D. Clifford, J. Behar, Q. Li, I. Rezek, "Signal quality indices and data fusion for determining
//          clinical acceptability of electrocardiograms", Physiol Meas 33, 2012, 1419-1433): noise has 3, an ECG above 5
//   basSqi share of the power that is no wander below 1 Hz (the same)
//   likeness  mean correlation of each QRS with their mean (C. Orphanidou, T. Bonnici, P. Charlton, D. Clifton, D.
//          Vallance, L. Tarassenko, "Signal-quality indices for the electrocardiogram and photoplethysmogram", IEEE J
//          Biomed Health Inform 19(3), 2015, 832-838): 0.66 and more is good
//   restMv rms of the last four seconds, 5 to 40 Hz or from sample to sample: of a heart that stands still, what is not heart
//
// Cost: 0.16 us a sample, and some 60 us a look, on the development machine; `npm run bench -- alarms` prints what a second
// of 250 Hz comes to.

import { NO_SAMPLE, type Waveform } from '../reading.ts';
import { bSqi, compareBeats } from './agreement.ts';
import { Band } from './band.ts';
import { extremeNear, riseAt } from './extreme.ts';
import { HamiltonDetector, LEAST_QRS_MV } from './hamilton.ts';
import { likenessOf } from './likeness.ts';
import { rms } from './number.ts';
import { PacingFilter } from './pacing.ts';
import { Ring } from './ring.ts';
import { QRS, TwoAveragesDetector } from './two-averages.ts';

/** Rates at which the detectors' bands exist and a pacemaker's pulse is short. */
export const ECG_RATES: readonly [number, number] = [100, 1000];

export type EcgQuality =
  /** Not enough of it yet. */
  | 'learning'
  /** Flat, missing or clipped: no electrode, as far as can be seen. */
  | 'off'
  /** There is a signal, and nobody can say what of it is heart. */
  | 'poor'
  | 'good';

export type EcgLook = {
  readonly quality: EcgQuality;
  /** What speaks against it; undefined where nothing does. */
  readonly why?: 'flat' | 'missing' | 'clipped' | 'noise' | 'disagreement' | undefined;
  /** Since the last beat that either detector saw, at most as long as the lead was watched. */
  readonly sinceBeatMs: number;
  /** The intervals between the last beats, ms, the newest last, 17 at most: none over a gap. */
  readonly intervalsMs: readonly number[];
  readonly bSqi: number;
  readonly kSqi: number;
  readonly basSqi: number;
  readonly likeness: number;
  readonly restMv: number;
};

const GOOD_BSQI = 0.8;
const GOOD_LIKENESS = 0.66;
/** mV rms between beats that a resting heart's lead does not have. */
const NOISY_REST_MV = 0.08;
/** mV rms that no amplifier on a skin stays below. */
const DEAD_REST_MV = 0.0015;
/** Share of the eight seconds of which a frame may have been. */
const GAPPY = 0.02;
const LEARNS_S = 6;
/** Before that no detector has seen enough to tell a beat. */
const LEARNT_S = 3;
const WINDOW_S = 8;
const TAIL_S = 4;
/** Both detectors have said what they will say of what is older. */
const DECIDED_S = 0.6;
const BEATS_KEPT = 64;
const INTERVALS = 17;
/** mV. What an amplifier gives when it is not connected; more would only make numbers large. */
const MOST_MV = 50;
/** Equal samples for so long are no ECG: at rest it has the noise of its own amplifier. */
const FLAT_MS = 250;
/** At the highest or lowest value, unmoved for so long: the converter's end. A QRS moves. */
const CLIPPED_MS = 40;
const CLIPS_FROM_MV = 0.5;

export class EcgSignal {
  readonly rateHz: number;
  readonly #raw: Ring;
  /** 1 where the sample was not taken. */
  readonly #gaps: Ring;
  /** 1 to 40 Hz, and 5 to 40 Hz. */
  readonly #whole: Ring;
  readonly #rest: Ring;
  readonly #wholeBand: Band;
  readonly #restBand: Band;
  readonly #pacing: PacingFilter;
  readonly #hamilton: HamiltonDetector;
  readonly #elgendi: TwoAveragesDetector;
  /** R peaks of each detector, numbers of samples. */
  #beats: number[] = [];
  #others: number[] = [];
  #gapAt = -1;
  #held = 0;

  /** @throws RangeError for a rate outside of `ECG_RATES` */
  constructor(rateHz: number) {
    const [least, most] = ECG_RATES;
    if (!(rateHz >= least && rateHz <= most)) throw new RangeError('an ECG of this rate is not watched');
    this.rateHz = rateHz;
    const kept = Math.ceil(12 * rateHz);
    this.#raw = new Ring(kept);
    this.#gaps = new Ring(kept);
    this.#whole = new Ring(kept);
    this.#rest = new Ring(kept);
    this.#wholeBand = new Band(rateHz, 1, 40);
    this.#restBand = new Band(rateHz, 5, 40);
    this.#pacing = new PacingFilter(rateHz);
    this.#hamilton = new HamiltonDetector(rateHz, this.#raw, this.#rest);
    this.#elgendi = new TwoAveragesDetector(rateHz, QRS);
  }

  /** R peaks so far of the first detector: numbers of samples since the beginning, the last 64. */
  get beats(): readonly number[] {
    return this.#beats;
  }

  /** Those of the second. */
  get others(): readonly number[] {
    return this.#others;
  }

  /** Samples that came in, and that were missing between them. */
  get count(): number {
    return this.#raw.count;
  }

  /** So many were not taken. */
  skip(samples: number): void {
    for (let i = 0; i < samples; i += 1) this.#one(this.#held, true);
  }

  /** Takes a frame in, as the converter gave it. */
  push({ samples, gain, baseline }: Pick<Waveform, 'samples' | 'gain' | 'baseline'>): void {
    for (const sample of samples) {
      const missing = sample === NO_SAMPLE;
      if (!missing) this.#held = Math.min(MOST_MV, Math.max(-MOST_MV, (sample - baseline) / gain));
      this.#one(this.#held, missing);
    }
  }

  #one(value: number, missing: boolean): void {
    const cleaned = this.#pacing.pass(value);
    if (cleaned === undefined) return;
    if (this.#raw.count === 0)
      for (const filter of [this.#wholeBand, this.#restBand, this.#hamilton, this.#elgendi])
        filter.settle(cleaned);
    this.#raw.push(cleaned);
    this.#gaps.push(missing ? 1 : 0);
    if (missing) this.#gapAt = this.#raw.count - 1;
    this.#whole.push(this.#wholeBand.pass(cleaned));
    this.#rest.push(this.#restBand.pass(cleaned));
    const beat = this.#hamilton.next();
    if (beat >= 0) keep(this.#beats, beat);
    const event = this.#elgendi.next(cleaned);
    if (event >= 0) this.#other(event);
  }

  /** The band delays by some 15 ms; the R peak is where the samples have it. */
  #other(event: number): void {
    const { rateHz } = this;
    const at = extremeNear(this.#raw, event - Math.round(0.015 * rateHz), Math.round(0.08 * rateHz));
    if (riseAt(this.#rest, at, Math.round(0.06 * rateHz)) < LEAST_QRS_MV) return;
    if (at - (this.#others.at(-1) ?? Number.NEGATIVE_INFINITY) >= 0.2 * rateHz) keep(this.#others, at);
  }

  /** What can be said of the lead at its newest sample. */
  look(): EcgLook {
    const { rateHz, count } = this;
    const since = Math.max(this.#beats.at(-1) ?? 0, this.#others.at(-1) ?? 0);
    const sinceBeatMs = ((count - since) * 1000) / rateHz;
    const window = (list: readonly number[]): number[] =>
      list.filter(
        (at) =>
          at >= Math.max(LEARNT_S, count / rateHz - WINDOW_S) * rateHz && at < count - DECIDED_S * rateHz,
      );
    const beats = window(this.#beats);
    const both = bSqi(compareBeats(beats, window(this.#others), Math.round(0.1 * rateHz)));
    const half = Math.round(0.08 * rateHz);
    const restS = Math.min(TAIL_S, Math.max(1, sinceBeatMs / 1000 - 0.4));
    const measured = {
      sinceBeatMs,
      intervalsMs: this.#intervals(),
      bSqi: both,
      ...this.#powers(Math.max(0, Math.round(count - WINDOW_S * rateHz))),
      likeness: likenessOf(this.#rest, beats, half, half),
      restMv: this.#restMv(count - Math.round(restS * rateHz)),
    };
    return { ...this.#judge(measured, beats.length), ...measured };
  }

  #judge(
    { sinceBeatMs, bSqi: both, likeness, restMv }: Omit<EcgLook, 'quality' | 'why'>,
    beats: number,
  ): Pick<EcgLook, 'quality' | 'why'> {
    if (this.count < LEARNS_S * this.rateHz) return { quality: 'learning' };
    const { flat, missing, clipped } = this.#tail();
    if (missing > 0.5) return { quality: 'off', why: 'missing' };
    if (clipped > 0.5) return { quality: 'off', why: 'clipped' };
    if (flat > 0.5 || restMv < DEAD_REST_MV) return { quality: 'off', why: 'flat' };
    if (missing > 0.1) return { quality: 'poor', why: 'missing' };
    if (clipped > 0.1) return { quality: 'poor', why: 'clipped' };
    if (sinceBeatMs >= 3000) return restMv > NOISY_REST_MV ? NOISE : { quality: 'good' };
    const isAlike = beats <= 2 || likeness >= GOOD_LIKENESS;
    if (both >= GOOD_BSQI && isAlike) return { quality: 'good' };
    // The beats of a gap are nobody's, and where the signal comes back is a step: that is the link's doing.
    if (this.#missing(WINDOW_S) > GAPPY) return { quality: 'poor', why: 'missing' };
    return both < GOOD_BSQI ? { quality: 'poor', why: 'disagreement' } : NOISE;
  }

  /** Share of the last seconds that was not taken. */
  #missing(seconds: number): number {
    const { count } = this;
    const gaps = this.#gaps.slice(count - Math.round(seconds * this.rateHz), count);
    return gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length);
  }

  /** Shares of the last four seconds that are no signal. */
  #tail(): { flat: number; missing: number; clipped: number } {
    const { rateHz, count } = this;
    const samples = this.#raw.slice(count - Math.round(TAIL_S * rateHz), count);
    const gaps = this.#gaps.slice(count - samples.length, count);
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const sample of samples) {
      if (sample < low) low = sample;
      if (sample > high) high = sample;
    }
    const clips = high - low >= CLIPS_FROM_MV;
    let [flat, missing, clipped, run] = [0, 0, 0, 0];
    for (let i = 0; i < samples.length; i += 1) {
      missing += gaps[i] as number;
      run += 1;
      const value = samples[i] as number;
      if (i + 1 < samples.length && value === samples[i + 1]) continue;
      const runMs = (run * 1000) / rateHz;
      if (runMs >= FLAT_MS) flat += run;
      if (clips && runMs >= CLIPPED_MS && (value === low || value === high)) clipped += run;
      run = 0;
    }
    const all = Math.max(1, samples.length);
    return { flat: flat / all, missing: missing / all, clipped: clipped / all };
  }

  /** How the amplitudes of 1 to 40 Hz are spread, and what their power is of all power: what is less is wander. */
  #powers(from: number): { kSqi: number; basSqi: number } {
    const n = this.count - from;
    let [raw, rawSquares, sum, second, third, fourth] = [0, 0, 0, 0, 0, 0];
    for (let i = from; i < this.count; i += 1) {
      const mV = this.#raw.at(i);
      raw += mV;
      rawSquares += mV * mV;
      const x = this.#whole.at(i);
      const square = x * x;
      sum += x;
      second += square;
      third += square * x;
      fourth += square * square;
    }
    const mean = sum / n;
    const variance = second / n - mean * mean;
    const all = rawSquares / n - (raw / n) ** 2;
    const tailed = (fourth - 4 * mean * third + 6 * mean * mean * second) / n - 3 * mean ** 4;
    return {
      kSqi: variance > 1e-12 ? tailed / variance ** 2 : 0,
      basSqi: all > 1e-12 ? Math.min(1, Math.max(0, variance / all)) : 0,
    };
  }

  /** Within 5 to 40 Hz, or from sample to sample where that is more: mains hum is above 40 Hz. */
  #restMv(from: number): number {
    const steps = this.#raw.slice(from - 1, this.count);
    for (let i = steps.length - 1; i > 0; i -= 1) steps[i]! -= steps[i - 1] as number;
    return Math.max(rms(this.#rest.slice(from, this.count)), rms(steps.subarray(1)));
  }

  #intervals(): number[] {
    const beats = this.#beats.filter((at) => at > this.#gapAt).slice(-(INTERVALS + 1));
    return beats.slice(1).map((at, i) => ((at - (beats[i] as number)) * 1000) / this.rateHz);
  }
}

const NOISE = { quality: 'poor', why: 'noise' } as const;

function keep(list: number[], at: number): void {
  // A search back may find an earlier one.
  if (at <= (list.at(-1) ?? -1)) return;
  list.push(at);
  if (list.length > BEATS_KEPT) list.shift();
}
