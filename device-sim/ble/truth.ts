// What really went onto the bus. A test compares it with what a hub has kept: nothing lost, nothing doubled.

export type Sample = {
  /** From 0, over all devices. */
  readonly index: number;
  readonly device: string;
  /** All 36 characters. */
  readonly uuid: string;
  readonly path: string;
  readonly value: Uint8Array;
  /** Signals that carried it: BlueZ sends one for every client that subscribed, and each client sees them all. */
  readonly copies: number;
  /** `read`: somebody's ReadValue made it. */
  readonly by: 'device' | 'read';
  /** Simulated time, ms since 1970. */
  readonly atMs: number;
};

export type Truth = {
  /** The newest ones, oldest first, at most `keepMax`. */
  readonly samples: readonly Sample[];
  /** All that ever were, also those that are kept no longer. */
  readonly count: number;
};

export type TruthKeeper = Truth & { note(sample: Omit<Sample, 'index'>): void };

/** Keeps at most `keepMax` samples; `onSample` hears of each as it goes out. */
export function createTruth(keepMax: number, onSample: ((sample: Sample) => void) | undefined): TruthKeeper {
  const samples: Sample[] = [];
  let count = 0;
  return {
    samples,
    get count() {
      return count;
    },
    note: (seen) => {
      const sample: Sample = { index: count++, ...seen };
      onSample?.(sample);
      if (keepMax === 0) return;
      // Half at once, so that a storm does not move the whole list for every sample.
      if (samples.length >= keepMax) samples.splice(0, Math.ceil(keepMax / 2));
      samples.push(sample);
    },
  };
}
