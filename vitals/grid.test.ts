import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onGrid } from './arbitrary.ts';
import { fromGrid, plausibleOnGrid, STEPS_MAX, toGrid } from './grid.ts';
import { KIND_NAMES, KINDS, type Quantity } from './kind.ts';

const quantities: readonly Quantity[] = KIND_NAMES.flatMap((kind): readonly Quantity[] => {
  const spec = KINDS[kind];
  if (spec.shape === 'scalar') return [spec];
  return spec.shape === 'panel' ? Object.values(spec.parts) : [];
});
const temperature = KINDS['body-temperature'];

describe('grid', () => {
  it('gives back every step of 32 bits', () => {
    for (const decimals of [0, 1, 2, 3]) {
      fc.assert(
        fc.property(fc.integer({ min: -STEPS_MAX, max: STEPS_MAX }), (steps) => {
          expect(toGrid({ decimals }, fromGrid({ decimals }, steps))).toBe(steps);
        }),
      );
    }
  });

  it('keeps decimals free of binary dust', () => {
    expect(fromGrid(temperature, toGrid(temperature, 36.6))).toBe(36.6);
    expect(fromGrid(temperature, toGrid(temperature, 0.1 + 36.5))).toBe(36.6);
    expect(fromGrid(temperature, toGrid(temperature, Math.fround(36.6)))).toBe(36.6);
  });

  it('rounds half away from zero, also where the double of a decimal half lies below it', () => {
    expect(36.605 * 100).toBeLessThan(3660.5);
    expect(toGrid(temperature, 36.605)).toBe(3661);
    expect(toGrid(temperature, -36.605)).toBe(-3661);
    expect(toGrid({ decimals: 1 }, 72.25)).toBe(723);
    expect(toGrid({ decimals: 0 }, 2.5)).toBe(3);
    expect(toGrid({ decimals: 0 }, 2.4999999)).toBe(2);
  });

  it('has no negative zero', () => {
    for (const value of [-0, -0.01]) expect(toGrid({ decimals: 0 }, value)).toBe(0);
  });

  it('rounds as decimal arithmetic does, for every quantity', () => {
    for (const quantity of quantities) {
      fc.assert(
        fc.property(onGrid(quantity), fc.integer({ min: 0, max: 9 }), (value, digit) => {
          const text = `${value.toFixed(quantity.decimals)}${quantity.decimals === 0 ? '.' : ''}${digit}`;
          const whole = Number(text.replace('.', ''));
          expect(toGrid(quantity, Number(text))).toBe(Math.floor(whole / 10) + (digit >= 5 ? 1 : 0));
        }),
      );
    }
  });

  it('takes the limits themselves and refuses a step beyond', () => {
    for (const quantity of quantities) {
      const [low, high] = quantity.plausible;
      const step = fromGrid(quantity, 1);
      expect(plausibleOnGrid(quantity, low)).toBe(low);
      expect(plausibleOnGrid(quantity, high)).toBe(high);
      expect(plausibleOnGrid(quantity, low - step)).toBeUndefined();
      expect(plausibleOnGrid(quantity, high + step)).toBeUndefined();
    }
  });

  it('refuses a heart rate and a saturation of zero', () => {
    expect(plausibleOnGrid(KINDS['heart-rate'], 0)).toBeUndefined();
    expect(plausibleOnGrid(KINDS.spo2, 0)).toBeUndefined();
  });
});
