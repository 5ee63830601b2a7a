// When a simulation starts and how long it lasts. A simulated device's clock must not run ahead of the hub's, so
// a simulation that is faster than life begins in the past and arrives at the present when it ends.

/** A simulation faster than life, without an end of its own, lives through one day. */
const DAY_MS = 86_400_000;

export type Pace = {
  readonly speed: number;
  /** Virtual time at the start, ms since 1970. */
  readonly startAtMs: number;
  /** Real ms; undefined: until told to stop. */
  readonly forMs: number | undefined;
};

export function paceOf(speed: number, forDuration: number | undefined, nowMs: number): Pace {
  if (speed <= 1) return { speed, startAtMs: nowMs, forMs: forDuration };
  const forMs = forDuration ?? DAY_MS / (speed - 1);
  return { speed, startAtMs: nowMs - forMs * (speed - 1), forMs };
}
