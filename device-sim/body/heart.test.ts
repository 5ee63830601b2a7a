import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { type Body, createBody } from './body.ts';
import { type Beat, beatsOf } from './heart.ts';
import type { ScenarioName } from './scenario.ts';
import { drawEcg, drawPpg, pulseTransitMs } from './wave.ts';

const START = Date.UTC(2026, 10, 21, 8);
const MINUTE = 60_000;

// Asleep, 2:00 to 2:10 on the person's own clock: no walk disturbs the rate.
function resting(scenario: ScenarioName, seed: number): { body: Body; beats: Beat[] } {
  const body = createBody({ random: seededRandom(seed), startAtMs: START, scenario, localHourAtStart: 2 });
  const beats: Beat[] = [];
  for (const beat of beatsOf(body)) {
    if (beat.atMs > START + 10 * MINUTE) break;
    beats.push(beat);
  }
  return { body, beats };
}
const meanOf = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
const rmssd = (rr: readonly number[]): number =>
  Math.sqrt(meanOf(rr.slice(1).map((x, i) => (x - rr[i]!) ** 2)));
function autocorrelation(rr: readonly number[], lag: number): number {
  const mean = meanOf(rr);
  const variance = meanOf(rr.map((x) => (x - mean) ** 2));
  return meanOf(rr.slice(lag).map((x, i) => (x - mean) * (rr[i]! - mean))) / variance;
}
/** Power of the intervals at a frequency, at their true times. */
function power(beats: readonly Beat[], hz: number): number {
  const mean = meanOf(beats.map((beat) => beat.rrMs));
  let re = 0;
  let im = 0;
  for (const beat of beats) {
    const phase = (2 * Math.PI * hz * (beat.atMs - START)) / 1000;
    re += (beat.rrMs - mean) * Math.cos(phase);
    im += (beat.rrMs - mean) * Math.sin(phase);
  }
  return re * re + im * im;
}

describe('the heart', () => {
  it.each(['well', 'atrial-fibrillation'] as const)(
    'keeps the mean interval at 60000 / heart rate: %s',
    (scenario) => {
      for (let seed = 0; seed < 8; seed++) {
        const { body, beats } = resting(scenario, seed);
        const rate = meanOf(Array.from({ length: 600 }, (_, s) => body.vitalsAt(START + s * 1000).heartRate));
        const mean = meanOf(beats.map((beat) => beat.rrMs));
        expect(Math.abs(60_000 / mean / rate - 1)).toBeLessThan(scenario === 'well' ? 0.01 : 0.04);
      }
    },
  );

  it('breathes: the spectrum of the intervals between 0.15 and 0.4 Hz peaks at the respiratory rate', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { body, beats } = resting('well', seed);
      const breathHz =
        meanOf(Array.from({ length: 600 }, (_, s) => body.vitalsAt(START + s * 1000).respiratoryRate)) / 60;
      let best = 0;
      for (let hz = 0.15; hz < 0.4; hz += 0.002) if (power(beats, hz) > power(beats, best)) best = hz;
      expect(Math.abs(best - breathHz) / breathHz).toBeLessThan(0.12);
    }
  });

  it('is regular in health and irregularly irregular in fibrillation', () => {
    for (let seed = 0; seed < 8; seed++) {
      const well = resting('well', seed).beats.map((beat) => beat.rrMs);
      const fibrillating = resting('atrial-fibrillation', seed).beats.map((beat) => beat.rrMs);
      expect(rmssd(well) / meanOf(well)).toBeLessThan(0.08);
      expect(rmssd(fibrillating) / meanOf(fibrillating)).toBeGreaterThan(0.2);
      // Independent intervals: within 4 standard errors of none.
      const bound = 4 / Math.sqrt(fibrillating.length);
      for (const lag of [1, 2, 3]) expect(Math.abs(autocorrelation(fibrillating, lag))).toBeLessThan(bound);
      // The healthy heart remembers its breath: some lag within two breaths stands out.
      const lags = [1, 2, 3, 4, 5, 6, 7, 8].map((lag) => Math.abs(autocorrelation(well, lag)));
      expect(Math.max(...lags)).toBeGreaterThan(0.3);
    }
  });

  it('beats the same for everybody who listens', () => {
    const { body, beats } = resting('well', 3);
    const again = beatsOf(body);
    for (const beat of beats) expect(again.next().value).toEqual(beat);
  });
});

describe('waves', () => {
  const RATE = 250;
  const drawn = (scenario: ScenarioName) => {
    const { body, beats } = resting(scenario, 5);
    const few = beats.slice(0, 80);
    const samples = new Float64Array(RATE * 60);
    drawEcg(body, seededRandom('noise'), few, START, RATE, samples);
    return {
      body,
      beats: few.filter((beat) => beat.atMs < START + 59_000 && beat.atMs > START + 1000),
      samples,
    };
  };
  const meanAround = (
    samples: Float64Array,
    beats: readonly Beat[],
    offsetMs: (beat: Beat) => number,
  ): number =>
    meanOf(beats.map((beat) => samples[Math.round(((beat.atMs + offsetMs(beat) - START) / 1000) * RATE)]!));

  it('put the R peak where the ventricles fire', () => {
    const { beats, samples } = drawn('well');
    for (const beat of beats) {
      const centre = Math.round(((beat.atMs - START) / 1000) * RATE);
      let top = centre - 30;
      for (let i = centre - 30; i <= centre + 30; i++) if (samples[i]! > samples[top]!) top = i;
      expect(Math.abs(top - centre)).toBeLessThanOrEqual(1);
      expect(samples[top]!).toBeGreaterThan(0.8);
    }
    expect(samples.filter((x) => x > 0.8).length).toBeGreaterThan(beats.length);
  });

  it('have a P before and a T after the R, and in fibrillation no P', () => {
    const p = (beat: Beat): number => -165 * Math.sqrt(beat.rrMs / 1000);
    const t = (beat: Beat): number => 280 * Math.sqrt(beat.rrMs / 1000);
    const well = drawn('well');
    expect(meanAround(well.samples, well.beats, p)).toBeGreaterThan(0.09);
    expect(meanAround(well.samples, well.beats, t)).toBeGreaterThan(0.2);
    const ill = drawn('atrial-fibrillation');
    const long = ill.beats.filter((beat) => beat.rrMs > 600);
    expect(Math.abs(meanAround(ill.samples, long, p))).toBeLessThan(0.06);
    expect(meanAround(ill.samples, ill.beats, t)).toBeGreaterThan(0.15);
  });

  it('send the pulse to the finger after the transit time, sooner when the pressure is higher', () => {
    expect(pulseTransitMs(160)).toBeLessThan(pulseTransitMs(110));
    const { body, beats } = resting('well', 5);
    const beat = beats[20]!;
    const samples = new Float64Array(1000);
    drawPpg(body, seededRandom('noise'), [beat], beat.atMs, 1000, samples);
    const top = samples.indexOf(Math.max(...samples));
    const foot = pulseTransitMs(body.vitalsAt(beat.atMs).systolic);
    expect(top).toBeGreaterThan(foot + 60);
    expect(top).toBeLessThan(foot + 200);
    const height = samples[top]! * 100;
    expect(height / body.vitalsAt(beat.atMs).perfusion).toBeCloseTo(1, 0);
  });
});
