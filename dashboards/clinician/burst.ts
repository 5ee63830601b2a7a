// What an alarm sounds like, after IEC 60601-1-8:2006+A1+A2: its tables 3 and 4 say how many pulses a burst has, how long
// each lasts and how far apart they and the bursts stand, so that a nurse tells the priority without looking.
// Times are in ms. Pure: numbers for whoever plays them.

import type { Priority } from './alarm.ts';

export type Pulse = { readonly atMs: number; readonly lengthMs: number; readonly hz: number };
export type Burst = {
  readonly pulses: readonly Pulse[];
  /** From the end of the last pulse to the next burst; undefined: once for each episode. */
  readonly pauseMs: number | undefined;
};

/** C5 and E5 of the general melody: between 150 and 1,000 Hz. */
const C5 = 523;
const E5 = 659;
/** Multiples of the pulse's frequency that sound with it, at least four between 300 and 4,000 Hz. */
export const HARMONICS: readonly number[] = [1, 2, 3, 4, 5];
/** Each harmonic against the first, within 15 dB of it. */
export const HARMONIC_GAIN: readonly number[] = [1, 0.6, 0.45, 0.35, 0.25];
/** Rise and fall of a pulse, as a share of its length: no click, still sharp (10 to 40 %). */
export const RAMP_SHARE = 0.15;

/** `gaps` stand between the end of a pulse and the start of the next. */
function burst(lengthMs: number, pitches: readonly number[], gaps: readonly number[]): readonly Pulse[] {
  let atMs = 0;
  return pitches.map((hz, i) => {
    const pulse = { atMs, lengthMs, hz };
    atMs += lengthMs + (gaps[i] ?? 0);
    return pulse;
  });
}

const HIGH_GAPS = [100, 100, 350, 100, 600, 100, 100, 350, 100];
const MEDIUM_GAPS = [200, 200];
const LOW_GAPS = [200];

export const BURSTS: Readonly<Record<Priority, Burst>> = {
  high: { pulses: burst(150, Array<number>(10).fill(C5), HIGH_GAPS), pauseMs: 4_000 },
  medium: { pulses: burst(200, [C5, C5, C5], MEDIUM_GAPS), pauseMs: 15_000 },
  // A weak battery need not be told again and again.
  low: { pulses: burst(200, [E5, C5], LOW_GAPS), pauseMs: undefined },
};

/** From the start of the first pulse to the end of the last. */
export function burstLength({ pulses }: Burst): number {
  const last = pulses.at(-1);
  return last === undefined ? 0 : last.atMs + last.lengthMs;
}
