import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Consciousness,
  NEWS2_INPUTS,
  type News2Observations,
  news2,
  riskOf,
  type SpO2Scale,
} from './news2.ts';

/** The printed chart, band by band: first value, last value, points. Open ends reach to what a body can show. */
const CHART: Readonly<Record<string, readonly (readonly [from: number, to: number, points: number])[]>> = {
  respiratoryRate: [
    [0, 8, 3],
    [9, 11, 1],
    [12, 20, 0],
    [21, 24, 2],
    [25, 150, 3],
  ],
  spo2: [
    [10, 91, 3],
    [92, 93, 2],
    [94, 95, 1],
    [96, 100, 0],
  ],
  systolic: [
    [10, 90, 3],
    [91, 100, 2],
    [101, 110, 1],
    [111, 219, 0],
    [220, 500, 3],
  ],
  pulse: [
    [5, 40, 3],
    [41, 50, 1],
    [51, 90, 0],
    [91, 110, 1],
    [111, 130, 2],
    [131, 600, 3],
  ],
  temperature: [
    [9, 35, 3],
    [35.1, 36, 1],
    [36.1, 38, 0],
    [38.1, 39, 1],
    [39.1, 48, 2],
  ],
};
const SCALE_2_AIR = [
  [10, 83, 3],
  [84, 85, 2],
  [86, 87, 1],
  [88, 92, 0],
  [93, 100, 0],
] as const;
const SCALE_2_OXYGEN = [
  [10, 83, 3],
  [84, 85, 2],
  [86, 87, 1],
  [88, 92, 0],
  [93, 94, 1],
  [95, 96, 2],
  [97, 100, 3],
] as const;

describe('every edge of every band', () => {
  for (const [input, bands] of Object.entries(CHART)) {
    for (const [from, to, points] of bands) {
      it.each([from, to])(`${input} %s scores ${points}`, (value) => {
        const scored = news2({ [input]: value });
        expect(scored.points).toEqual({ [input]: points });
        expect(scored.score).toBe(points);
      });
    }
  }
  it.each(SCALE_2_AIR)('saturation %s to %s on air, scale 2, scores %s', (from, to, points) => {
    for (const spo2 of [from, to]) expect(news2({ spo2, oxygen: false }, 2).points.spo2).toBe(points);
  });
  it.each(SCALE_2_OXYGEN)('saturation %s to %s on oxygen, scale 2, scores %s', (from, to, points) => {
    for (const spo2 of [from, to]) expect(news2({ spo2, oxygen: true }, 2).points.spo2).toBe(points);
  });
  it.each([
    ['alert', 0],
    ['confusion', 3],
    ['voice', 3],
    ['pain', 3],
    ['unresponsive', 3],
  ] as const)('%s scores %s', (consciousness, points) => {
    expect(news2({ consciousness }).points.consciousness).toBe(points);
  });
  it('scores oxygen 2 and air 0', () => {
    expect(news2({ oxygen: true }).points.oxygen).toBe(2);
    expect(news2({ oxygen: false }).points.oxygen).toBe(0);
  });
});

describe('the whole score', () => {
  const well = {
    respiratoryRate: 18,
    spo2: 95,
    oxygen: false,
    systolic: 120,
    pulse: 80,
    consciousness: 'alert',
    temperature: 36.8,
  } as const;
  it('is 1, low, for somebody well with a saturation of 95 %', () => {
    expect(news2(well)).toMatchObject({ score: 1, most: 1, risk: 'low', missing: [], extreme: [] });
  });
  it('is 9, high, for somebody who worsens', () => {
    const worse = { ...well, respiratoryRate: 22, spo2: 93, systolic: 98, pulse: 112, temperature: 38.4 };
    expect(news2(worse)).toMatchObject({ score: 9, risk: 'high' });
  });
  it('counts a saturation of 96 % against oxygen on scale 2 alone', () => {
    expect(news2({ spo2: 96, oxygen: true }, 2).score).toBe(4);
    expect(news2({ spo2: 96, oxygen: false }, 2).score).toBe(0);
    expect(news2({ spo2: 96, oxygen: true }, 1).score).toBe(2);
  });
  it('reaches 20', () => {
    const worst = {
      respiratoryRate: 30,
      spo2: 80,
      oxygen: true,
      systolic: 80,
      pulse: 140,
      consciousness: 'pain',
      temperature: 34,
    } as const;
    expect(news2(worst)).toMatchObject({ score: 20, most: 20, risk: 'high' });
  });
  it.each([
    [0, false, 'low'],
    [4, false, 'low'],
    [3, true, 'low-medium'],
    [4, true, 'low-medium'],
    [5, false, 'medium'],
    [6, true, 'medium'],
    [7, false, 'high'],
    [20, true, 'high'],
  ] as const)('%s points (one input alone 3: %s) is %s', (score, extreme, risk) => {
    expect(riskOf(score, extreme)).toBe(risk);
  });
});

describe('rounding comes before banding', () => {
  it.each([
    [36.04, 1],
    [36.05, 0],
    [38.04, 0],
    [38.05, 1],
    [39.04, 1],
    [39.05, 2],
    [35.04, 3],
    [35.05, 1],
  ])('temperature %s scores %s', (temperature, points) => {
    expect(news2({ temperature }).points.temperature).toBe(points);
  });
  it.each([
    [91.4, 3],
    [91.5, 2],
  ])('saturation %s scores %s', (spo2, points) => {
    expect(news2({ spo2 }).points.spo2).toBe(points);
  });
});

describe('what is missing', () => {
  const consciousness = fc.constantFrom<Consciousness>('alert', 'confusion', 'voice', 'pain', 'unresponsive');
  const whole = fc.record({
    respiratoryRate: fc.double({ min: 0, max: 150, noNaN: true }),
    spo2: fc.double({ min: 10, max: 100, noNaN: true }),
    oxygen: fc.boolean(),
    systolic: fc.double({ min: 10, max: 500, noNaN: true }),
    pulse: fc.double({ min: 5, max: 600, noNaN: true }),
    consciousness,
    temperature: fc.double({ min: 9, max: 48, noNaN: true }),
  });

  it('is named, in the order of the chart, and has no points', () => {
    const partial = news2({ spo2: 93, pulse: 112, temperature: 36.8, respiratoryRate: 22 });
    expect(partial).toMatchObject({ score: 6, missing: ['oxygen', 'systolic', 'consciousness'] });
    expect(partial.points).not.toHaveProperty('oxygen');
    expect(news2({})).toMatchObject({ score: 0, most: 20, missing: NEWS2_INPUTS });
  });
  it('leaves the true score between the least and the most', () => {
    fc.assert(
      fc.property(
        whole,
        fc.subarray([...NEWS2_INPUTS]),
        fc.constantFrom<SpO2Scale>(1, 2),
        (seen, kept, scale) => {
          const truth = news2(seen, scale).score;
          const partial: News2Observations = Object.fromEntries(kept.map((input) => [input, seen[input]]));
          const { score, most, missing } = news2(partial, scale);
          expect(missing).toHaveLength(7 - kept.length);
          expect(score).toBeLessThanOrEqual(truth);
          expect(most).toBeGreaterThanOrEqual(truth);
        },
      ),
    );
  });
  it('is never given as NaN', () => {
    expect(() => news2({ pulse: Number.NaN })).toThrow(/left out/);
  });
});
