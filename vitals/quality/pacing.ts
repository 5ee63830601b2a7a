// A pacemaker's pulse lasts 0.1 to 2 ms: one sample or two at 250 Hz, taller than any beat. A beat detector would count a
// pacemaker that paces a heart which no longer answers. So what lasts no longer is taken out before anybody counts: a sample
// that stands out of the median of its neighbours by nearly all of their range (a QRS is wider than the window's half).

import { Ring } from './ring.ts';

/** Wider than a pulse, narrower than a QRS. */
const HALF_MS = 12;
/** mV. What is smaller disturbs no detector. */
const LEAST = 0.15;
/** Of the range of the window: a QRS of 70 ms stands out by half of it at most, a pulse by all of it. */
const SHARE = 0.8;

export class PacingFilter {
  /** How much later a sample comes out than it went in. */
  readonly delay: number;
  /** Samples that were taken out so far. */
  removed = 0;
  readonly #ring: Ring;
  readonly #sorted: Float64Array;

  /** Below 150 Hz a pulse cannot be told from a narrow QRS, and everything passes. */
  constructor(rateHz: number) {
    this.delay = rateHz < 150 ? 0 : Math.round((HALF_MS * rateHz) / 1000);
    this.#ring = new Ring(4 * this.delay + 4);
    this.#sorted = new Float64Array(2 * this.delay + 1);
  }

  /** The sample of `delay` samples ago, or what stands in for it; undefined until there is one. */
  pass(value: number): number | undefined {
    const { delay } = this;
    if (delay === 0) return value;
    const ring = this.#ring;
    ring.push(value);
    const centre = ring.count - 1 - delay;
    if (centre < 0) return undefined;
    const now = ring.at(centre);
    // Most samples lie near the window's ends: only what stands out of both is worth sorting.
    const least = Math.min(
      Math.abs(now - ring.at(Math.max(0, centre - delay))),
      Math.abs(now - ring.at(centre + delay)),
    );
    if (centre < delay || least < LEAST) return now;
    const sorted = this.#sorted;
    for (let i = 0; i < sorted.length; i += 1) sorted[i] = ring.at(centre - delay + i);
    sorted.sort();
    const median = sorted[delay] as number;
    const range = (sorted[sorted.length - 1] as number) - (sorted[0] as number);
    if (Math.abs(now - median) < LEAST || Math.abs(now - median) < SHARE * range) return now;
    this.removed += 1;
    // The pulse's second sample must stand out of what is left of the first.
    ring.set(centre, median);
    return median;
  }
}
