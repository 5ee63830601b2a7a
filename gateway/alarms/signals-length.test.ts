// Frames of any legal length: a device chooses how long they are, and a heart that is slow or stands still is found all the
// same. Looked at once a second.

import { ASYSTOLE_MS, ratesOf } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Signals } from './signals.ts';

const START = 1_795_000_000_000;
const SAMPLES_MAX = 65_536;

type Heart = {
  readonly rateHz: number;
  readonly frameS: number;
  readonly bpm: number;
  /** Of a beat, at which the recording begins. */
  readonly phase: number;
  /** No beat begins after it. */
  readonly stopS: number;
};

const wave = (seconds: number, centre: number, width: number, mV: number): number =>
  mV * Math.exp(-(((seconds - centre) / width) ** 2) / 2);

/** 1000 units a mV: P, QRS and T, and the noise of an amplifier. */
function recording({ rateHz, bpm, phase, stopS }: Heart): (from: number, length: number) => Int32Array {
  const period = 60 / bpm;
  let seed = 12_345;
  const noise = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x80000000;
    return seed / 0x80000000 - 0.5;
  };
  return (from, length) =>
    Int32Array.from({ length }, (_, i) => {
      const seconds = (from + i) / rateHz + phase * period;
      const into = seconds % period;
      const beats = seconds - into - phase * period < stopS;
      const beat =
        wave(into, 0.3, 0.025, 0.12) +
        wave(into, 0.46, 0.01, -0.12) +
        wave(into, 0.48, 0.012, 1.1) +
        wave(into, 0.505, 0.012, -0.25) +
        wave(into, 0.75, 0.05, 0.3);
      return Math.round(1000 * ((beats ? beat : 0) + 0.01 * noise()));
    });
}

/** @returns whether a good ECG showed a slow heart of that rate, and one that stands still, until then */
function seen(heart: Heart, seconds: number): { slow: boolean; standstill: boolean } {
  const { rateHz, frameS, bpm } = heart;
  const length = Math.min(SAMPLES_MAX, Math.round(frameS * rateHz));
  const samplesOf = recording(heart);
  const signals = new Signals();
  const found = { slow: false, standstill: false };
  let from = 0;
  for (let second = 1; second <= seconds; second += 1) {
    for (; from + length <= second * rateHz; from += length)
      signals.take({
        device: 1,
        seq: 1,
        index: 0,
        at: START + (from * 1000) / rateHz,
        received: START + ((from + length) * 1000) / rateHz,
        origin: 'simulator',
        measurement: {
          kind: 'ecg',
          wave: { lead: 'II', rateHz, gain: 1000, baseline: 0, samples: samplesOf(from, length) },
        },
      });
    for (const { look } of signals.look(START + second * 1000).ecg) {
      if (look.quality !== 'good') continue;
      found.slow ||= Math.abs((ratesOf(look).slow ?? Number.NaN) - bpm) < 2;
      found.standstill ||= look.sinceBeatMs >= ASYSTOLE_MS;
    }
  }
  return found;
}

const NEVER = Number.POSITIVE_INFINITY;
const hearts = (bpm: readonly [number, number]): fc.Arbitrary<Omit<Heart, 'stopS'>> =>
  fc.record({
    rateHz: fc.constantFrom(100, 125, 250, 360, 500, 512, 720, 1000),
    frameS: fc.constantFrom(0.5, 1, 3, 8, 10, 16, 17, 24, 25, 30),
    bpm: fc.integer({ min: bpm[0], max: bpm[1] }),
    phase: fc.constantFrom(0, 0.2, 0.4, 0.6, 0.8),
  });

describe('frames of any length', () => {
  it.each([
    [28, 10],
    [34, 10],
    [40, 10],
    [18, 30],
  ])('show a heart of %i a minute at 1000 Hz in frames of %i s', (bpm, frameS) => {
    const heart = { rateHz: 1000, frameS, bpm, phase: 0.4, stopS: NEVER };
    expect(seen(heart, 62)).toEqual({ slow: true, standstill: false });
  });
  it('show a slow heart', () => {
    fc.assert(
      fc.property(hearts([18, 44]), (heart) => {
        expect(seen({ ...heart, stopS: NEVER }, 2 * heart.frameS + 32).slow).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
  it('show a heart that stands still', () => {
    fc.assert(
      fc.property(hearts([30, 90]), fc.integer({ min: 0, max: 30 }), (heart, stopS) => {
        const from = stopS + 10;
        expect(seen({ ...heart, stopS }, from + 2 * heart.frameS).standstill).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
