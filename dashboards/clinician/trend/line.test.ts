import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedReading } from '../feed.ts';
import {
  devicesOf,
  forgetBefore,
  gapMs,
  indexAt,
  type Line,
  ofDevices,
  parseHistory,
  placedAt,
  takeReading,
} from './line.ts';

const NOW = 1_795_262_400_000;
const reading = (value: number, received: number, at?: number): FeedReading => ({
  id: `1.1.${received}`,
  patient: 'aa',
  device: 'watch-1',
  seq: 1,
  at,
  received,
  origin: 'wearable',
  measurement: { kind: 'heart-rate', value },
});
const value = (json: unknown): Line => parseHistory(json, 'heart-rate')['value']!;
const every = (rows: unknown): Line => value({ series: { value: { every: rows } } });
const stretches = (widthMs: number, rows: unknown): Line =>
  value({ series: { value: { widthMs, stretches: rows } } });

describe('a line of a chart', () => {
  it('is made of every number, or of stretches with their least and most', () => {
    expect(
      every([
        [NOW, 72],
        [NOW + 1, 73],
      ]),
    ).toMatchObject({ widthMs: 0, mean: [72, 73], low: [72, 73] });
    const line = stretches(120_000, [[NOW, 118, 61, 67.4, 74]]);
    expect(line).toEqual({
      widthMs: 120_000,
      time: [NOW],
      count: [118],
      low: [61],
      mean: [67.4],
      high: [74],
      device: [undefined],
    });
  });

  it('leaves out what has another form, and never takes nothing for a zero', () => {
    for (const json of [undefined, null, 7, {}, { series: null }, { series: { value: { every: 'x' } } }])
      expect(value(json).time).toEqual([]);
    expect(
      every([[NOW, null], [NOW], 'x', [NOW, 1, 2], [NOW, Number.NaN], [NOW, 70], [NOW - 1, 9]]).mean,
    ).toEqual([70]);
  });

  it('has a part for each pressure', () => {
    const lines = parseHistory({ series: { systolic: { every: [[NOW, 121]] } } }, 'blood-pressure');
    expect(lines['systolic']?.mean).toEqual([121]);
    expect(lines['diastolic']?.time).toEqual([]);
    const bp = {
      ...reading(0, NOW + 5),
      measurement: { kind: 'blood-pressure', systolic: 130, diastolic: 80 } as const,
    };
    expect(takeReading(lines, bp)).toBe(true);
    expect([lines['systolic']?.mean, lines['diastolic']?.mean, lines['mean']?.mean]).toEqual([
      [121, 130],
      [80],
      [],
    ]);
  });

  it('stands where it was measured, by the clock that can be believed', () => {
    expect(placedAt({ at: NOW - 5_000, received: NOW })).toBe(NOW - 5_000);
    expect(placedAt({ at: NOW + 1_000, received: NOW })).toBe(NOW);
    expect(placedAt({ at: NOW + 3_600_000, received: NOW })).toBe(NOW);
    expect(placedAt({ at: 0, received: NOW })).toBe(NOW);
    expect(placedAt({ at: undefined, received: NOW })).toBe(NOW);
  });

  it('takes what the feed tells once, in time’s order, and of the absent nothing', () => {
    const line = every([
      [NOW, 72],
      [NOW + 2_000, 74],
    ]);
    const lines = { value: line };
    expect(takeReading(lines, reading(72, NOW + 100, NOW))).toBe(false);
    expect(takeReading(lines, reading(73, NOW + 1_000))).toBe(true);
    expect(
      takeReading(lines, {
        ...reading(0, NOW + 9),
        measurement: { kind: 'heart-rate', absent: 'sensor-off' },
      }),
    ).toBe(false);
    expect(line.time).toEqual([NOW, NOW + 1_000, NOW + 2_000]);
    expect(line.mean).toEqual([72, 73, 74]);
  });

  it('keeps the extremes of a stretch, whatever comes into it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 20, max: 240 }), { minLength: 1 }), (values) => {
        const line = stretches(60_000, [[NOW, 1, 80, 80, 80]]);
        for (const [i, each] of values.entries()) takeReading({ value: line }, reading(each, NOW + i));
        const all = [80, ...values];
        expect([line.low[0], line.high[0], line.count[0]]).toEqual([
          Math.min(...all),
          Math.max(...all),
          all.length,
        ]);
        expect(line.mean[0]).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / all.length, 6);
      }),
    );
  });

  describe('of two devices', () => {
    const clip = { ...reading(95, NOW + 1_000), device: 'clip-2' };
    const both = (): Line =>
      value({
        series: {
          value: {
            devices: ['watch-1', 'clip-2'],
            every: [
              [NOW, 72, 0],
              [NOW, 90, 1],
              [NOW + 5, 91, 7],
              [NOW + 5, 91],
            ],
          },
        },
      });

    it('says whose each number is, and leaves out what is nobody’s', () => {
      expect(both()).toMatchObject({ mean: [72, 90], device: ['watch-1', 'clip-2'] });
      expect(value({ series: { value: { devices: ['a'], every: [[NOW, 1]] } } }).device).toEqual(['a']);
      expect(every([[NOW, 1]]).device).toEqual([undefined]);
      expect(value({ series: { value: { devices: [7], every: [[NOW, 1]] } } }).device).toEqual([undefined]);
    });

    it('is a line for each, and takes the number of one beside the same of the other', () => {
      const line = both();
      expect(
        takeReading({ value: line }, { ...clip, received: NOW, measurement: reading(72, 0).measurement }),
      ).toBe(true);
      expect(takeReading({ value: line }, reading(72, NOW))).toBe(false);
      expect(takeReading({ value: line }, clip)).toBe(true);
      expect(ofDevices(line).map(([device, { mean }]) => [device, mean])).toEqual([
        ['watch-1', [72]],
        ['clip-2', [90, 72, 95]],
      ]);
      forgetBefore(line, NOW + 1);
      expect(devicesOf(line)).toEqual(['clip-2']);
    });

    it('has stretches of each, and of all together where the hub does not know them apart', () => {
      const apart = value({
        series: {
          value: {
            widthMs: 60_000,
            devices: ['watch-1', 'clip-2'],
            stretches: [
              [NOW, 1, 70, 70, 70, 0],
              [NOW, 1, 90, 90, 90, 1],
            ],
          },
        },
      });
      takeReading({ value: apart }, clip);
      takeReading({ value: apart }, { ...clip, received: NOW + 60_000 });
      expect(apart).toMatchObject({
        high: [70, 95, 95],
        count: [1, 2, 1],
        device: ['watch-1', 'clip-2', 'clip-2'],
      });
      const together = stretches(60_000, [[NOW, 1, 70, 70, 70]]);
      takeReading({ value: together }, clip);
      takeReading({ value: together }, { ...clip, received: NOW + 60_000 });
      expect(together).toMatchObject({ high: [95, 95], device: [undefined, undefined] });
    });
  });

  it('forgets what has gone by', () => {
    const line = every([
      [NOW, 1],
      [NOW + 1, 2],
      [NOW + 2, 3],
    ]);
    forgetBefore(line, NOW + 1);
    expect([line.time, line.low, line.count]).toEqual([
      [NOW + 1, NOW + 2],
      [2, 3],
      [1, 1],
    ]);
  });
});

describe('a gap', () => {
  const paced = (ms: number): Line => every(Array.from({ length: 9 }, (_, i) => [NOW + i * ms, 70]));
  it('begins after three of the line’s own pace, between live and stale', () => {
    expect(gapMs('heart-rate', paced(1_000))).toBe(15_000);
    expect(gapMs('heart-rate', paced(10_000))).toBe(30_000);
    expect(gapMs('heart-rate', paced(300_000))).toBe(60_000);
    expect(gapMs('heart-rate', every([[NOW, 70]]))).toBe(15_000);
    expect(gapMs('glucose', paced(300_000))).toBe(900_000);
  });

  it('is no shorter than a stretch', () => {
    expect(gapMs('heart-rate', stretches(120_000, [[NOW, 1, 70, 70, 70]]))).toBe(120_000);
  });

  it('says nothing when it is asked', () => {
    const line = every([
      [NOW, 70],
      [NOW + 60_000, 71],
    ]);
    expect(indexAt(line, NOW + 2_000, 15_000)).toBe(0);
    expect(indexAt(line, NOW + 30_000, 15_000)).toBeUndefined();
    expect(indexAt(line, NOW + 58_000, 15_000)).toBe(1);
    const wide = stretches(60_000, [[NOW, 9, 60, 70, 80]]);
    expect(indexAt(wide, NOW + 59_999, 60_000)).toBe(0);
    expect(indexAt(wide, NOW + 60_000, 60_000)).toBeUndefined();
    expect(indexAt(wide, NOW - 1, 60_000)).toBeUndefined();
    // A cuff's number holds for longer than the minute in which it was taken.
    expect(indexAt(wide, NOW + 3_600_000, 14_400_000)).toBe(0);
    expect(indexAt(wide, NOW + 7_300_000, 14_400_000)).toBeUndefined();
    expect(indexAt(every([]), NOW, 60_000)).toBeUndefined();
  });
});
