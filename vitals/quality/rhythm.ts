// What an ECG that can be believed says of the heart: the definitions of the PhysioNet/Computing in Cardiology Challenge
// 2015 (G. D. Clifford and others, Computing in Cardiology 42, 2015, 273-276): asystole, no QRS for at least 4 s; extreme
// tachycardia, 17 beats above a rate; extreme bradycardia, 5 beats below one. The rates here are the patient's own limits.

import type { EcgLook } from './ecg.ts';

export const ASYSTOLE_MS = 4000;
const FAST_BEATS = 17;
const SLOW_BEATS = 5;

export type Rates = {
  /** /min over the last 17 beats, or over the last 5 where that is less: a run that is over is none. */
  readonly fast?: number | undefined;
  /** /min of the shortest of the last four intervals: no beat of the last five came sooner. */
  readonly slow?: number | undefined;
};

/** The rates by which tachycardia and bradycardia are told: undefined of fewer beats, and while the heart stands still. */
export function ratesOf({ intervalsMs, sinceBeatMs }: Pick<EcgLook, 'intervalsMs' | 'sinceBeatMs'>): Rates {
  if (sinceBeatMs >= ASYSTOLE_MS) return {};
  const many = intervalsMs.slice(1 - FAST_BEATS);
  const few = intervalsMs.slice(1 - SLOW_BEATS);
  return {
    fast: many.length < FAST_BEATS - 1 ? undefined : Math.min(meanRate(many), meanRate(few)),
    slow: few.length < SLOW_BEATS - 1 ? undefined : 60_000 / Math.min(...few),
  };
}

const meanRate = (intervalsMs: readonly number[]): number =>
  (60_000 * intervalsMs.length) / intervalsMs.reduce((sum, ms) => sum + ms, 0);
