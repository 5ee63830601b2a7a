// How far two lists of beats are the same beats: two detectors of one lead, or a detector and what a person annotated.

export type Agreement = {
  /** Beats of both. */
  readonly matched: number;
  /** Only in the first, only in the second. */
  readonly extra: number;
  readonly missed: number;
};

/** @param found and @param truth rising numbers of samples; a beat is the same within `tolerance` */
export function compareBeats(
  found: readonly number[],
  truth: readonly number[],
  tolerance: number,
): Agreement {
  let [matched, i, j] = [0, 0, 0];
  while (i < found.length && j < truth.length) {
    const apart = (found[i] as number) - (truth[j] as number);
    if (Math.abs(apart) <= tolerance) {
      matched += 1;
      i += 1;
      j += 1;
    } else if (apart < 0) i += 1;
    else j += 1;
  }
  return { matched, extra: found.length - matched, missed: truth.length - matched };
}

/**
 * bSQI: the share of beats that two detectors both see, 0 to 1 (Q. Li, R. G. Mark, G. D. Clifford, "Robust heart rate
 * estimation from multiple asynchronous noisy sources using signal quality indices and a Kalman filter", Physiol Meas
 * 29(1), 2008, 15-32). 1 where neither sees any.
 */
export function bSqi({ matched, extra, missed }: Agreement): number {
  const all = matched + extra + missed;
  return all === 0 ? 1 : matched / all;
}
