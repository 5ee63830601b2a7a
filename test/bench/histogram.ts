// A histogram of durations in constant memory: buckets grow with the value, so that each is known to within 1.6 %,
// from a microsecond to an hour (the idea of HdrHistogram). Recording is a few integer operations.

const SUB_BITS = 6;
const SUB = 1 << SUB_BITS;

export type Summary = {
  readonly count: number;
  /** Milliseconds. NaN when nothing was recorded. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

export class Histogram {
  readonly #counts = new Float64Array(SUB * 34);
  #count = 0;
  #maxUs = 0;

  /** @param ms a duration; below zero counts as zero */
  record(ms: number): void {
    const us = Math.min(Math.max(0, Math.round(ms * 1000)), 0xffff_ffff);
    this.#counts[bucketOf(us)]! += 1;
    this.#count += 1;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#maxUs = 0;
  }

  /** The least upper bound of a bucket below which `share` (0 to 1) of all durations lie, ms. */
  quantile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(upperUs(bucket), this.#maxUs) / 1000;
    }
    return this.#maxUs / 1000;
  }

  summary(): Summary {
    const max = this.#count === 0 ? Number.NaN : this.#maxUs / 1000;
    return { count: this.#count, p50: this.quantile(0.5), p99: this.quantile(0.99), max };
  }
}

/** Exact below 64 µs; above, the exponent and the 6 bits after the first one. */
function bucketOf(us: number): number {
  if (us < SUB) return us;
  const exponent = 31 - Math.clz32(us) - SUB_BITS;
  return SUB * (exponent + 1) + ((us >>> exponent) - SUB);
}

function upperUs(bucket: number): number {
  if (bucket < SUB) return bucket;
  const exponent = Math.floor(bucket / SUB) - 1;
  return ((bucket % SUB) + SUB + 1) * 2 ** exponent - 1;
}

/** The value in the middle; of an even number, the lower one. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
