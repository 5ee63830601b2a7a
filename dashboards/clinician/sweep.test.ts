import { describe, expect, it } from 'vitest';
import { type Stretch, Sweep } from './sweep.ts';

/** 100 columns at 100 a second: one second of paper. */
const paper = (rateHz: number): Sweep => new Sweep(100, 100, rateHz);
const stretch = (id: string, startMs: number, samples: readonly number[]): Stretch => ({
  id,
  startMs,
  samples: Float64Array.from(samples),
});
const ramp = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('Sweep', () => {
  it('keeps the peak of a column, not the sample that happens to stand there', () => {
    const sweep = paper(1_000);
    sweep.push([stretch('a', 0, [0, 0, 9, 0, 0, -3, 0, 0, 0, 0])]);
    sweep.advance(Number.POSITIVE_INFINITY);
    expect([sweep.low[0], sweep.high[0]]).toEqual([-3, 9]);
    expect(sweep.column).toBe(1);
  });

  it('writes at the pace of the paper', () => {
    const sweep = paper(100);
    sweep.push([stretch('a', 0, ramp(100))]);
    sweep.advance(250);
    expect(sweep.column).toBe(25);
    expect(sweep.high[24]).toBe(24);
    expect(sweep.high[26]).toBeNaN();
  });

  it('takes each stretch once', () => {
    const sweep = paper(100);
    const [a, b] = [stretch('a', 0, ramp(10)), stretch('b', 100, ramp(10))];
    sweep.push([a]);
    sweep.push([a, b]);
    sweep.advance(Number.POSITIVE_INFINITY);
    expect(sweep.column).toBe(20);
  });

  it('leaves a gap where time is missing', () => {
    const sweep = paper(100);
    sweep.push([stretch('a', 0, ramp(10)), stretch('b', 300, ramp(10))]);
    sweep.advance(Number.POSITIVE_INFINITY);
    expect(sweep.column).toBe(40);
    expect(sweep.high[9]).toBe(9);
    expect(sweep.high[20]).toBeNaN();
    expect(sweep.high[30]).toBe(0);
  });

  it('marks samples that were not taken', () => {
    const sweep = paper(100);
    sweep.push([stretch('a', 0, [1, Number.NaN, 3])]);
    sweep.advance(Number.POSITIVE_INFINITY);
    expect([...sweep.high.slice(0, 3)]).toEqual([1, Number.NaN, 3]);
  });

  it('waits for a late frame, then runs on over blank paper', () => {
    const sweep = paper(100);
    sweep.push([stretch('a', 0, new Array(100).fill(5))]);
    sweep.advance(1_000);
    sweep.advance(1_000);
    expect(sweep.high[50]).toBe(5);
    sweep.advance(1_000);
    expect(sweep.high[50]).toBeNaN();
  });

  it('drops a backlog instead of lagging behind it', () => {
    const sweep = paper(100);
    sweep.push([stretch('a', 0, ramp(1_000))]);
    sweep.advance(Number.POSITIVE_INFINITY);
    expect(sweep.column).toBe(1);
    expect(sweep.high[0]).toBe(999);
  });

  it('holds a slow sample over its columns', () => {
    const sweep = paper(25);
    sweep.push([stretch('a', 0, [1, 2])]);
    sweep.advance(Number.POSITIVE_INFINITY);
    expect([...sweep.high.slice(0, 8)]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });
});
