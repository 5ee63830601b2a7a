import { describe, expect, it } from 'vitest';
import type { FeedReading } from './feed.ts';
import { heartRate, NOW } from './feed-sample.ts';
import { sparkPath } from './spark-path.ts';

const rate = (seconds: number, value: number): FeedReading =>
  heartRate(`1.1.${seconds}`, NOW + seconds * 1_000, { measurement: { kind: 'heart-rate', value } });

describe('sparkPath', () => {
  it('needs two numbers', () => {
    expect(sparkPath('heart-rate', [])).toBeUndefined();
    expect(sparkPath('heart-rate', [rate(0, 70)])).toBeUndefined();
  });

  it('draws a rise upwards, in true time', () => {
    expect(sparkPath('heart-rate', [rate(0, 60), rate(10, 60), rate(40, 100)])).toBe('M0 22L25 22L100 2');
  });

  it('breaks where a number is absent or too much time is missing', () => {
    const off = heartRate('1.1.9', NOW + 20_000, { measurement: { kind: 'heart-rate', absent: 'artefact' } });
    expect(sparkPath('heart-rate', [rate(0, 60), off, rate(40, 80)])).toBe('M0 22M100 2');
    expect(sparkPath('heart-rate', [rate(0, 60), rate(61, 80)])).toBe('M0 22M100 2');
  });

  it('draws pressures as bars', () => {
    const bp = (seconds: number): FeedReading =>
      heartRate(`1.1.${seconds}`, NOW + seconds * 1_000, {
        measurement: { kind: 'blood-pressure', systolic: 120, diastolic: 80 },
      });
    expect(sparkPath('blood-pressure', [bp(0), bp(9)])).toBe('M0 22V2M100 22V2');
  });
});
