// Where a beat is exactly, and how tall, in the samples themselves.

import type { Ring } from './ring.ts';

/** The sample that is farthest from the line between the window's ends: the R peak, up or down. */
export function extremeNear(ring: Ring, centre: number, half: number): number {
  const from = Math.max(ring.oldest, centre - half);
  const to = Math.min(ring.count - 1, centre + half);
  const [first, last] = [ring.at(from), ring.at(to)];
  let [best, farthest] = [centre, -1];
  for (let i = from; i <= to; i += 1) {
    const line = first + ((last - first) * (i - from)) / Math.max(1, to - from);
    const far = Math.abs(ring.at(i) - line);
    if (far > farthest) {
      farthest = far;
      best = i;
    }
  }
  return best;
}

/** From the lowest to the highest sample around `centre`. */
export function riseAt(ring: Ring, centre: number, half: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const to = Math.min(ring.count - 1, centre + half);
  for (let i = Math.max(ring.oldest, centre - half); i <= to; i += 1) {
    const value = ring.at(i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high >= low ? high - low : 0;
}
