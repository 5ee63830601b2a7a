// How old each kind of number may grow. A pulse comes every few seconds and a weight once a day, so "old" is
// another word for each. Up to `live` the number is as fresh as its kind can be; up to `stale` it is delayed;
// beyond, it must not be read as the patient's present state.

import type { Kind } from './kind.ts';

export type FreshnessLimits = { readonly liveMs: number; readonly staleMs: number };
export type Freshness = 'live' | 'delayed' | 'stale';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One row a kind: three missed readings of its usual pace make it delayed, a dozen stale. */
export const FRESHNESS: Readonly<Record<Kind, FreshnessLimits>> = {
  'heart-rate': { liveMs: 15 * SECOND, staleMs: MINUTE },
  spo2: { liveMs: 15 * SECOND, staleMs: MINUTE },
  'respiratory-rate': { liveMs: 30 * SECOND, staleMs: 2 * MINUTE },
  'body-temperature': { liveMs: 5 * MINUTE, staleMs: HOUR },
  'blood-pressure': { liveMs: 4 * HOUR, staleMs: 12 * HOUR },
  // A continuous sensor reports every 5 min; 15 min is where the field starts to warn.
  glucose: { liveMs: 7 * MINUTE, staleMs: 15 * MINUTE },
  weight: { liveMs: 36 * HOUR, staleMs: 7 * DAY },
  steps: { liveMs: 15 * MINUTE, staleMs: 2 * HOUR },
  'rr-interval': { liveMs: 15 * SECOND, staleMs: MINUTE },
  battery: { liveMs: HOUR, staleMs: DAY },
  'perfusion-index': { liveMs: 15 * SECOND, staleMs: MINUTE },
  ecg: { liveMs: 5 * SECOND, staleMs: 15 * SECOND },
  ppg: { liveMs: 5 * SECOND, staleMs: 15 * SECOND },
};

/** The state of a number of this kind measured `ageMs` ago. */
export function freshness(kind: Kind, ageMs: number): Freshness {
  const { liveMs, staleMs } = FRESHNESS[kind];
  if (ageMs <= liveMs) return 'live';
  return ageMs <= staleMs ? 'delayed' : 'stale';
}
