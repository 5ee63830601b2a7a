// Few numbers, looked at together.

/** The middle one, the upper of two; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Pearson's correlation of two stretches of one length; 0 where one of them does not move. */
export function correlation(left: Float64Array, right: Float64Array): number {
  const n = Math.min(left.length, right.length);
  let [sumL, sumR] = [0, 0];
  for (let i = 0; i < n; i += 1) {
    sumL += left[i] as number;
    sumR += right[i] as number;
  }
  let [both, ofL, ofR] = [0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const l = (left[i] as number) - sumL / n;
    const r = (right[i] as number) - sumR / n;
    both += l * r;
    ofL += l * l;
    ofR += r * r;
  }
  return ofL > 0 && ofR > 0 ? both / Math.sqrt(ofL * ofR) : 0;
}

/** Root of the mean square. */
export function rms(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / Math.max(1, values.length));
}
