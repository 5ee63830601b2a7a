// How far the beats of a window look like one another: the mean correlation of each with their mean.

import { correlation } from './number.ts';
import type { Ring } from './ring.ts';

/** 0 to 1, and below 0 in theory; 0 of fewer than two. @param before and @param after samples around each beat */
export function likenessOf(ring: Ring, beats: readonly number[], before: number, after: number): number {
  const whole = beats.filter((at) => at - before >= ring.oldest && at + after < ring.count);
  if (whole.length < 2) return 0;
  const shapes = whole.map((at) => ring.slice(at - before, at + after + 1));
  const mean = new Float64Array(before + after + 1);
  for (const shape of shapes) for (let i = 0; i < mean.length; i += 1) mean[i]! += shape[i] as number;
  let sum = 0;
  for (const shape of shapes) sum += correlation(shape, mean);
  return sum / shapes.length;
}
