// The heart, beat by beat. In health the interval between beats breathes: shorter while breathing in, longer while
// breathing out (respiratory sinus arrhythmia), with a slower wave of about 10 s on top (Mayer) and a little noise.
// In atrial fibrillation each interval is drawn anew, without memory: irregularly irregular. Where the ventricles stand still
// or fibrillate there is no beat at all (rhythm.ts).

import type { Body } from './body.ts';
import { RATES } from './rhythm.ts';

export type Beat = {
  /** When the ventricles fire (the R peak), ms since 1970, not rounded. */
  readonly atMs: number;
  /** The interval that ended with this beat, ms. */
  readonly rrMs: number;
  /** Where in the breath, 0 to 1: 0 begins to breathe in. */
  readonly breath: number;
};

const SHORTEST_MS = 270;

/**
 * All beats of a body from its start on, without end. Walking it again gives the same beats: every device on the
 * body senses the same heart. The mean of the intervals is 60000 / heart rate.
 */
export function* beatsOf(body: Body): Generator<Beat, never> {
  const random = body.random.fork('heart');
  const mayerPhase = random.next();
  const fibrillates = body.scenario === 'atrial-fibrillation';
  let atMs = body.startAtMs;
  let breath = random.next();
  for (;;) {
    const vitals = body.vitalsAt(atMs);
    const meanMs = 60_000 / vitals.heartRate;
    const { rhythm, untilMs } = body.rhythmAt(atMs);
    const pace = RATES[rhythm];
    let rrMs: number;
    if (rhythm === 'standstill' || rhythm === 'ventricular-fibrillation') {
      rrMs = untilMs - atMs + random.between(50, 250);
    } else if (pace !== undefined) {
      // A pacemaker of the heart's own, beyond the vagus: nearly as regular as a clock.
      rrMs = (60_000 / pace) * (1 + 0.01 * random.normal());
    } else if (fibrillates) {
      // A refractory time that nothing passes, then a gamma of shape 4: the coefficient of variation is 0.25.
      let gamma = 0;
      for (let i = 0; i < 4; i++) gamma += random.exponential(meanMs / 8);
      rrMs = meanMs / 2 + gamma;
    } else {
      // Effort and stress withdraw the vagus, and with it the variability; sleep brings more of it.
      const vagus =
        Math.max(0.08, 1 - 1.6 * vitals.effort) * (1 + 0.4 * vitals.asleep) * (66 / vitals.heartRate);
      const sway =
        0.032 * Math.sin(2 * Math.PI * breath) +
        0.016 * Math.sin(2 * Math.PI * (atMs / 10_300 + mayerPhase)) +
        0.007 * random.normal();
      rrMs = meanMs * (1 - Math.min(1.5, vagus) * sway);
    }
    rrMs = Math.max(SHORTEST_MS, rrMs);
    atMs += rrMs;
    breath = (breath + (rrMs / 60_000) * vitals.respiratoryRate) % 1;
    yield { atMs, rrMs, breath };
  }
}

/** A window on a body's beats that only moves forward: all beats known around a moment, for drawing waveforms. */
export type BeatWindow = {
  /** Beats with `fromMs <= atMs < toMs`; `fromMs` must not go back by more than the span kept. */
  between(fromMs: number, toMs: number): readonly Beat[];
};

/** Keeps the beats of the last `keepMs` before the largest `toMs` asked for. */
export function beatWindow(body: Body, keepMs: number): BeatWindow {
  const source = beatsOf(body);
  let kept: Beat[] = [];
  let reachedMs = Number.NEGATIVE_INFINITY;
  return {
    between: (fromMs, toMs) => {
      while (reachedMs < toMs) {
        const beat = source.next().value;
        kept.push(beat);
        reachedMs = beat.atMs;
      }
      if (kept.length > 64) kept = kept.filter((beat) => beat.atMs >= toMs - keepMs);
      return kept.filter((beat) => beat.atMs >= fromMs && beat.atMs < toMs);
    },
  };
}
