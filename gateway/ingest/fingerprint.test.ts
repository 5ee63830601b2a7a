import { type Measurement, NO_SAMPLE } from '@heartwood/vitals';
import { expect, it } from 'vitest';
import { Fingerprint } from './fingerprint.ts';

const of = (...readings: [at: number | undefined, Measurement][]): number => {
  const fingerprint = new Fingerprint();
  for (const [at, measurement] of readings) fingerprint.add(at, measurement);
  return fingerprint.value;
};
const wave = (change: object): Measurement => ({
  kind: 'ecg',
  wave: {
    lead: 'I',
    rateHz: 250,
    gain: 200,
    baseline: 0,
    samples: Int32Array.of(1, 2, NO_SAMPLE),
    ...change,
  },
});

it('a fingerprint differs with everything that a message says', () => {
  const hr = (value: number): Measurement => ({ kind: 'heart-rate', value });
  const all = [
    of(),
    of([undefined, hr(72)]),
    of([0, hr(72)]),
    of([1, hr(72)]),
    of([2 ** 32, hr(72)]),
    of([2 ** 32 + 1, hr(72)]),
    of([1, hr(72.1)]),
    of([1, { kind: 'respiratory-rate', value: 72 }]),
    of([1, { kind: 'heart-rate', value: 72, quality: 'ok' }]),
    of([1, { kind: 'heart-rate', value: 72, quality: 'poor' }]),
    of([1, { kind: 'heart-rate', absent: 'artefact' }]),
    of([1, { kind: 'heart-rate', absent: 'sensor-off' }]),
    of([1, hr(72)], [1, hr(73)]),
    of([1, hr(73)], [1, hr(72)]),
    of([1, { kind: 'blood-pressure', systolic: 120 }]),
    of([1, { kind: 'blood-pressure', diastolic: 120 }]),
    of([1, { kind: 'blood-pressure', systolic: 120, diastolic: 80 }]),
    of([1, { kind: 'blood-pressure', systolic: 120, diastolic: 80, mean: 93 }]),
    of([1, wave({})]),
    of([1, wave({ lead: 'II' })]),
    of([1, wave({ rateHz: 125 })]),
    of([1, wave({ gain: 100 })]),
    of([1, wave({ baseline: 1 })]),
    of([1, wave({ samples: Int32Array.of(1, 2) })]),
    of([1, wave({ samples: Int32Array.of(1, 2, 3) })]),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(of([1, wave({})])).toBe(of([1, wave({})]));
});
