// What electrodes and light see of the beats. The ECG of a beat is a sum of five Gaussians, P, Q, R, S and T,
// placed around the R peak: the idea of McSharry, Clifford, Tarassenko and Smith, "A dynamical model for generating
// synthetic electrocardiogram signals", IEEE Trans Biomed Eng 50(3), 2003, here in closed form in time, so that any
// sample can be computed alone. As there, P and T move away from R with the square root of the RR interval.

import { type Random, smoothNoise } from '../random.ts';
import type { Body } from './body.ts';
import type { Beat } from './heart.ts';
import { atrialBeatsIn } from './rhythm.ts';

/** Amplitude in mV, centre and width in ms at a heart rate of 60; `stretches` with the RR interval. */
type Bump = {
  readonly mV: number;
  readonly atMs: number;
  readonly widthMs: number;
  readonly stretches: boolean;
};

const P: Bump = { mV: 0.13, atMs: -165, widthMs: 24, stretches: true };
const QRST: readonly Bump[] = [
  { mV: -0.11, atMs: -28, widthMs: 9, stretches: false },
  { mV: 1.15, atMs: 0, widthMs: 10.5, stretches: false },
  { mV: -0.24, atMs: 27, widthMs: 10, stretches: false },
  { mV: 0.3, atMs: 280, widthMs: 48, stretches: true },
];

/** How far a beat reaches: it begins at most this long before its R peak and ends at most so long after. */
export const ECG_REACH_MS = { before: 400, after: 900 } as const;
/** A pulse arrives within the transit time and lasts at most so long after its R peak. */
export const PPG_REACH_MS = 2_000;

/** Adds the beats' ECG to `samples`, in mV; sample i is at `fromMs + i * 1000 / rateHz`. */
export function drawEcg(
  body: Body,
  noise: Random,
  beats: readonly Beat[],
  fromMs: number,
  rateHz: number,
  samples: Float64Array,
): void {
  const fibrillates = body.scenario === 'atrial-fibrillation';
  const stepMs = 1000 / rateHz;
  const wander = smoothNoise(body.random.fork('electrode'), 3000);
  for (let i = 0; i < samples.length; i++) {
    const tMs = fromMs + i * stepMs;
    let mV = 0.04 * wander(tMs) + 0.008 * noise.normal();
    // Fibrillating atria write small waves, some 350 to 400 a minute, in place of P.
    if (fibrillates) mV += 0.045 * Math.sin((2 * Math.PI * tMs) / 163 + 1.3 * wander(tMs + 1e6));
    // Fibrillating ventricles write waves without order, 4 to 6 a second.
    if (body.rhythmAt(tMs).rhythm === 'ventricular-fibrillation')
      mV +=
        0.3 * (1 + 0.4 * wander(tMs * 4)) * Math.sin((2 * Math.PI * tMs) / 195 + 2.2 * wander(tMs * 6 + 1e6));
    samples[i]! += mV;
  }
  // The ventricles stand still, the atria do not: what is left of each beat is its P wave.
  for (const atMs of atrialBeatsIn(body, fromMs - 1000, fromMs + samples.length * stepMs + 1000))
    drawBump(P, atMs, 1, 1, fromMs, stepMs, samples);
  for (const beat of beats) {
    // After a standstill the beat is no wider than a slow one.
    const stretch = Math.sqrt(Math.min(beat.rrMs, 2000) / 1000);
    // Breathing turns the heart under the electrodes: R is a little taller on breathing out.
    const height = 1 - 0.06 * Math.sin(2 * Math.PI * beat.breath);
    if (!fibrillates) drawBump(P, beat.atMs, stretch, height, fromMs, stepMs, samples);
    for (const bump of QRST) drawBump(bump, beat.atMs, stretch, height, fromMs, stepMs, samples);
  }
}

function drawBump(
  bump: Bump,
  beatMs: number,
  stretch: number,
  height: number,
  fromMs: number,
  stepMs: number,
  samples: Float64Array,
): void {
  const centreMs = beatMs + bump.atMs * (bump.stretches ? stretch : 1) - fromMs;
  const widthMs = bump.widthMs * (bump.stretches ? stretch : 1);
  // Beyond four widths a Gaussian is below 0.04 %: not worth the exponential.
  const first = Math.max(0, Math.ceil((centreMs - 4 * widthMs) / stepMs));
  const last = Math.min(samples.length - 1, Math.floor((centreMs + 4 * widthMs) / stepMs));
  for (let i = first; i <= last; i++) {
    const z = (i * stepMs - centreMs) / widthMs;
    samples[i]! += bump.mV * height * Math.exp(-0.5 * z * z);
  }
}

/**
 * Pulse transit time from the R peak to the foot of the pulse at the finger, ms. Falls as pressure rises,
 * roughly 0.7 ms per mm[Hg] around 250 ms (pre-ejection period included).
 */
export function pulseTransitMs(systolic: number): number {
  return Math.max(150, 250 - 0.7 * (systolic - 120));
}

/** Adds the pulses that follow the beats to `samples`; height is the perfusion index as a share (1 % = 0.01). */
export function drawPpg(
  body: Body,
  noise: Random,
  beats: readonly Beat[],
  fromMs: number,
  rateHz: number,
  samples: Float64Array,
): void {
  const stepMs = 1000 / rateHz;
  const { systolic, perfusion } = body.vitalsAt(fromMs);
  const footMs = pulseTransitMs(systolic);
  const share = perfusion / 100;
  for (const beat of beats) {
    const pace = Math.sqrt(Math.min(beat.rrMs, 1500) / 1000);
    // The beat after a short pause has filled less: its pulse is smaller, as an oximeter sees in fibrillation.
    const height = share * Math.min(1.2, beat.rrMs / (60_000 / body.vitalsAt(beat.atMs).heartRate));
    const systole: Bump = { mV: height, atMs: footMs + 130 * pace, widthMs: 60 * pace, stretches: false };
    const dicrotic: Bump = {
      mV: 0.4 * height,
      atMs: footMs + 340 * pace,
      widthMs: 95 * pace,
      stretches: false,
    };
    drawBump(systole, beat.atMs, 1, 1, fromMs, stepMs, samples);
    drawBump(dicrotic, beat.atMs, 1, 1, fromMs, stepMs, samples);
  }
  for (let i = 0; i < samples.length; i++) samples[i]! += 0.01 * share * noise.normal();
}
