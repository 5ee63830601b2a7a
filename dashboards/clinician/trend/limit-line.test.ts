import { describe, expect, it } from 'vitest';
import { limitsOfKind, limitWords, type ShownLimit } from './limit-line.ts';

const limit = (measure: string, side: ShownLimit['side'], value: number): ShownLimit => ({
  measure,
  side,
  limit: value,
  priority: 'medium',
  by: undefined,
});
const ALL = [
  limit('heart-rate', 'above', 150),
  limit('heart-rate', 'above', 130),
  limit('heart-rate', 'below', 45),
  limit('heart-rate', 'below', 35),
  limit('spo2', 'below', 91),
  limit('systolic', 'above', 179),
  limit('diastolic', 'above', 110),
];

describe('limits on a tile', () => {
  it('are those that a number meets first', () => {
    expect(limitWords(ALL, 'heart-rate')).toBe('45–130');
    expect(limitWords(ALL, 'spo2')).toBe('≥ 91');
    expect(limitWords(ALL, 'blood-pressure')).toBe('≤ 179');
    expect(limitWords(ALL, 'weight')).toBeUndefined();
  });

  it('stand in a chart with every pressure', () => {
    expect(limitsOfKind(ALL, 'blood-pressure').map((one) => one.limit)).toEqual([110, 179]);
    expect(limitsOfKind(ALL, 'heart-rate').map((one) => one.limit)).toEqual([35, 45, 130, 150]);
  });
});
