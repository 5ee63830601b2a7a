import { describe, expect, it } from 'vitest';
import { firstCaliper, measure, measuredWords, onPaper, stepped } from './caliper.ts';

describe('the caliper', () => {
  it('says time, rate and height as the paper has them: 25 mm/s, 10 mm/mV', () => {
    const caliper = { from: { x: 10, y: 25 }, to: { x: 30, y: 13.5 } };
    expect(measure(caliper)).toEqual({ ms: 800, rate: 75, mv: 1.15 });
    expect(measuredWords(caliper, true)).toBe('800 ms, 75 /min, 1.15 mV');
    expect(measuredWords(caliper, false)).toBe('800 ms, 75 /min');
    expect(measure({ from: caliper.to, to: caliper.from })).toEqual({ ms: 800, rate: 75, mv: -1.15 });
  });

  it('knows no rate where no time lies between', () => {
    expect(measuredWords({ from: { x: 5, y: 1 }, to: { x: 5, y: 2 } }, true)).toBe('0 ms, -0.1 mV');
  });

  it('begins a second and a millivolt apart, on the paper', () => {
    expect(measure(firstCaliper(100))).toMatchObject({ ms: 1000, rate: 60, mv: 1 });
    expect(firstCaliper(10).to.x).toBeLessThanOrEqual(10);
  });

  it('is moved by arrow keys, ten times as far with Shift, and never off the paper', () => {
    const corner = { x: 10, y: 20 };
    expect(stepped(corner, 'ArrowRight', false, 100)).toEqual({ x: 10.5, y: 20 });
    expect(stepped(corner, 'ArrowUp', true, 100)).toEqual({ x: 10, y: 15 });
    expect(stepped({ x: 0, y: 40 }, 'ArrowLeft', true, 100)).toEqual({ x: 0, y: 40 });
    expect(stepped({ x: 0, y: 40 }, 'ArrowDown', true, 100)).toEqual({ x: 0, y: 40 });
    expect(stepped(corner, 'Enter', false, 100)).toBeUndefined();
    expect(onPaper({ x: 200, y: -3 }, 100)).toEqual({ x: 100, y: 0 });
  });
});
