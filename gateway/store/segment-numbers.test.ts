import { describe, expect, it } from 'vitest';
import { AT } from '../testing.ts';
import { type KeptReading, SegmentEncoder } from './segment-codec.ts';
import { readNumbers } from './segment-numbers.ts';

const base = { device: 3, index: 0, received: AT, origin: 'simulator' } as const;
const readings: KeptReading[] = [
  { ...base, seq: 1, at: AT - 40, measurement: { kind: 'heart-rate', value: 72.5 } },
  {
    ...base,
    seq: 1,
    index: 1,
    at: AT - 50,
    measurement: { kind: 'blood-pressure', systolic: 121, mean: 93 },
  },
  {
    ...base,
    seq: 1,
    index: 2,
    measurement: {
      kind: 'ecg',
      wave: { lead: 'I', rateHz: 250, gain: 1, baseline: 0, samples: Int32Array.of(5, -3) },
    },
  },
  { ...base, seq: 1, index: 3, measurement: { kind: 'spo2', absent: 'sensor-off' } },
  { ...base, device: 9, seq: 4, received: AT + 3, measurement: { kind: 'heart-rate', value: 60 } },
  { ...base, seq: 2, at: AT + 960, received: AT + 1000, measurement: { kind: 'heart-rate', value: 71 } },
  { ...base, seq: 2, index: 1, at: AT + 960, received: AT + 1000, measurement: { kind: 'spo2', value: 97 } },
  {
    ...base,
    seq: 2,
    index: 2,
    at: AT + 960,
    received: AT + 1000,
    measurement: { kind: 'blood-pressure', systolic: 120, diastolic: 80 },
  },
  {
    ...base,
    seq: 3,
    at: AT + 2000,
    received: AT + 2100,
    measurement: { kind: 'heart-rate', value: 70 },
    source: {
      characteristic: 0x2a37,
      version: 1,
      octets: Uint8Array.of(0, 70),
      clock: 'device',
      stored: false,
      shiftMs: 40,
    },
  },
  {
    ...base,
    seq: 3,
    index: 1,
    at: AT + 2000,
    received: AT + 2100,
    measurement: { kind: 'respiratory-rate', value: 14 },
  },
];

function numbersOf(wanted?: number): unknown[] {
  const encoder = new SegmentEncoder();
  for (const one of readings) encoder.add(one);
  const found: unknown[] = [];
  readNumbers(encoder.finish(), wanted, (...one) => found.push(one));
  return found;
}

describe('the numbers of a segment', () => {
  it('are those of its readings, in their order', () => {
    expect(numbersOf()).toEqual([
      [4, AT - 40, AT, 725, 3],
      [21, AT - 50, AT, 1210, 3],
      [23, AT - 50, AT, 930, 3],
      [4, undefined, AT + 3, 600, 9],
      [4, AT + 960, AT + 1000, 710, 3],
      [8, AT + 960, AT + 1000, 970, 3],
      [21, AT + 960, AT + 1000, 1200, 3],
      [22, AT + 960, AT + 1000, 800, 3],
      [4, AT + 2000, AT + 2100, 700, 3],
      [12, AT + 2000, AT + 2100, 140, 3],
    ]);
  });

  it.each([4, 8, 12, 21, 22, 23])('of series %i alone are the same', (series) => {
    expect(numbersOf(series)).toEqual(numbersOf().filter((one) => (one as number[])[0] === series));
    expect(numbersOf(series).length).toBeGreaterThan(0);
  });
});
