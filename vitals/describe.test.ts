import { describe, expect, it } from 'vitest';
import { describeReading } from './describe.ts';
import type { Measurement } from './reading.ts';

const wave = { lead: 'MLII', rateHz: 360, gain: 200, baseline: 1024, samples: new Int32Array(360) };

describe('a reading in words', () => {
  it.each<[string, Measurement]>([
    ['Heart rate 72 /min', { kind: 'heart-rate', value: 72 }],
    ['Heart rate 72 /min', { kind: 'heart-rate', value: 72, quality: 'ok' }],
    ['Heart rate 72 /min, signal poor', { kind: 'heart-rate', value: 72, quality: 'poor' }],
    ['Oxygen saturation absent (sensor off)', { kind: 'spo2', absent: 'sensor-off' }],
    ['Oxygen saturation 97 %', { kind: 'spo2', value: 97 }],
    ['Body temperature 36.6 °C', { kind: 'body-temperature', value: 36.6 }],
    ['Steps 4321', { kind: 'steps', value: 4321 }],
    ['Glucose 99.1 mg/dL', { kind: 'glucose', value: 99.1 }],
    [
      'Blood pressure 121/79 (mean 93) mmHg',
      { kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 },
    ],
    ['Blood pressure 121/79 mmHg', { kind: 'blood-pressure', systolic: 121, diastolic: 79 }],
    ['Blood pressure –/79 mmHg', { kind: 'blood-pressure', diastolic: 79 }],
    ['Blood pressure mean 93 mmHg', { kind: 'blood-pressure', mean: 93 }],
    ['ECG MLII, 360 samples at 360 Hz', { kind: 'ecg', wave }],
  ])('%s', (words, measurement) => {
    expect(describeReading({ measurement })).toBe(words);
  });
});
