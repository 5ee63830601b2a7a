// How long a reading takes, leg by leg, from the sensor to the eye: one histogram a leg, of fixed buckets, so that threads
// and restarts can be added up and Prometheus can take it as it is. Counts and sums only: no reading, no patient.

/**
 * `sensor`: device's time to the hub's receipt, where the device's clock can be believed. `store`: receipt to on disk.
 * `engine`: on disk to looked at by the alarm engine. `feed`: on disk to handed to the pages' sockets. `link`: half of a
 * page's round trip. `page`: arrived at the page to drawn there, by the page's own account.
 */
export const LEGS = ['sensor', 'store', 'engine', 'feed', 'link', 'page'] as const;
export type Leg = (typeof LEGS)[number];

/** Upper bounds of the buckets, ms, each included; what is longer is in the last bucket, which has no bound. */
export const DELAY_BOUNDS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000,
];

/** `counts[i]` of the bucket up to `DELAY_BOUNDS_MS[i]` alone (not cumulative); one more at the end for what is longer. */
export type DelayHistogram = {
  readonly counts: readonly number[];
  readonly count: number;
  readonly sumMs: number;
};

/** Whoever may note a delay. */
export type DelayPort = { observe(leg: Leg, ms: number, times?: number): void };

type Open = { counts: number[]; count: number; sumMs: number };

export class Delays implements DelayPort {
  #legs = new Map<Leg, Open>();

  /** Notes a delay. A negative one is a clock that was set back, and is 0. */
  observe(leg: Leg, ms: number, times = 1): void {
    const took = Math.max(0, ms);
    const at = DELAY_BOUNDS_MS.findIndex((bound) => took <= bound);
    const open = this.#open(leg);
    const bucket = at === -1 ? DELAY_BOUNDS_MS.length : at;
    open.counts[bucket] = (open.counts[bucket] ?? 0) + times;
    open.count += times;
    open.sumMs += took * times;
  }

  /** What was noted of a leg since the start. */
  of(leg: Leg): DelayHistogram {
    const { counts, count, sumMs } = this.#legs.get(leg) ?? empty();
    return { counts: [...counts], count, sumMs };
  }

  /** All that was noted since the last time, for another thread's `add`; undefined where that is nothing. */
  take(): ReadonlyMap<Leg, DelayHistogram> | undefined {
    if (this.#legs.size === 0) return undefined;
    const taken = this.#legs;
    this.#legs = new Map();
    return taken;
  }

  add(taken: ReadonlyMap<Leg, DelayHistogram>): void {
    for (const [leg, { counts, count, sumMs }] of taken) {
      const open = this.#open(leg);
      for (const [i, more] of counts.entries()) open.counts[i] = (open.counts[i] ?? 0) + more;
      open.count += count;
      open.sumMs += sumMs;
    }
  }

  #open(leg: Leg): Open {
    let open = this.#legs.get(leg);
    if (open === undefined) {
      open = empty();
      this.#legs.set(leg, open);
    }
    return open;
  }
}

const empty = (): Open => ({
  counts: new Array<number>(DELAY_BOUNDS_MS.length + 1).fill(0),
  count: 0,
  sumMs: 0,
});

/**
 * A number that so large a share of the delays do not exceed: the bound of its bucket, ms. Infinity where that is beyond
 * the last bound; undefined where nothing was noted.
 */
export function delayAt({ counts, count }: DelayHistogram, share: number): number | undefined {
  if (count === 0) return undefined;
  let seen = 0;
  for (const [i, here] of counts.entries()) {
    seen += here;
    if (seen >= share * count) return DELAY_BOUNDS_MS[i] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}
