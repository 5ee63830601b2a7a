import { describe, expect, it } from 'vitest';
import { directionOf, HOUR_MS, type Score, scoreFigure, scoreWeight, scoreWords } from './score.ts';

const NOW = 1_795_262_400_000;
const ALL = [
  'respiratoryRate',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
] as const;
/** A score of points in the chart's order; undefined: seen, and too old to count. */
const score = (...points: (number | undefined)[]): Score => {
  const inputs = Object.fromEntries(points.map((each, i) => [ALL[i], { at: NOW, points: each }]));
  const sum = points.reduce<number>((all, each) => all + (each ?? 0), 0);
  const missing = ALL.length - points.filter((each) => each !== undefined).length;
  return { score: sum, most: sum + 3 * missing, scale: 1, inputs };
};

describe('a score', () => {
  it('is the least that it can be while an input is missing, and no number where all are', () => {
    expect(scoreFigure(score(2, 2, 0, 1))).toBe('≥ 5');
    expect(scoreWords(score(2, 2, 0, 1))).toBe('NEWS2 at least 5, from 4 of 7 inputs');
    expect(scoreFigure(score(0))).toBe('≥ 0');
    expect(scoreFigure(score(0, 0, 0, 0, 0, 0, 0))).toBe('0');
    expect(scoreFigure(score(undefined, undefined))).toBe('–');
    expect(scoreWords(undefined)).toBe('NEWS2 not known, none of 7 inputs');
  });

  it('weighs by the risk that the chart names, one input with 3 among them', () => {
    expect(scoreWeight(undefined)).toBe('none');
    expect(scoreWeight(score(1, 1))).toBe('low');
    expect(scoreWeight(score(3))).toBe('low-medium');
    expect(scoreWeight(score(2, 2, 0, 1))).toBe('medium');
    expect(scoreWeight(score(2, 2, 2, 1))).toBe('high');
  });
});

describe('its direction', () => {
  const at = (msAgo: number, points: object) => ({ at: NOW - msAgo, points });
  it('compares what counted at both ends', () => {
    expect(directionOf([at(600_000, { pulse: 1 }), at(0, { pulse: 2 })], NOW)).toEqual({
      way: 'rising',
      overMs: 600_000,
    });
    expect(directionOf([at(600_000, { pulse: 1 }), at(0, { pulse: 1, systolic: 3 })], NOW)?.way).toBe(
      'steady',
    );
    expect(directionOf([at(600_000, { pulse: 2, spo2: 1 }), at(0, { pulse: 1 })], NOW)?.way).toBe('falling');
  });

  it('is none of what was only just begun to be watched, and never over more than an hour', () => {
    expect(directionOf([], NOW)).toBe(undefined);
    expect(directionOf([at(5_000, { pulse: 1 })], NOW)).toBe(undefined);
    expect(directionOf([at(5 * HOUR_MS, { pulse: 1 })], NOW)).toEqual({ way: 'steady', overMs: HOUR_MS });
  });
});
