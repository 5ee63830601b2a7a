import { describe, expect, it } from 'vitest';
import { plausibleOnGrid } from './grid.ts';
import { KIND_NAMES, KINDS, type Kind, type Quantity } from './kind.ts';
import { acceptedUnits, conversionFrom } from './unit.ts';

function kept(kind: Kind, value: number, unit: string): number | undefined {
  const spec = KINDS[kind];
  const quantity: Quantity = spec.shape === 'panel' ? spec.parts.systolic : (spec as Quantity);
  return plausibleOnGrid(quantity, conversionFrom(kind, unit)!(value));
}

describe('units', () => {
  it.each([
    ['body-temperature', 98.6, '[degF]', 37],
    ['body-temperature', 98.6, 'degF', 37],
    ['body-temperature', 101.3, '[degF]', 38.5],
    ['body-temperature', 309.75, 'K', 36.6],
    ['blood-pressure', 16, 'kPa', 120],
    ['blood-pressure', 10.7, 'kPa', 80.3],
    ['glucose', 5.5, 'mmol/L', 99.1],
    ['glucose', 10, 'mmol/L', 180.2],
    ['weight', 70123, 'g', 70.123],
    ['weight', 150, '[lb_av]', 68.039],
    ['rr-interval', 0.8125, 's', 812.5],
    ['spo2', 0.97, '1', 97],
    ['steps', 4321, '1', 4321],
    ['respiratory-rate', 16, '{breaths}/min', 16],
  ] as const)('%s: %d %s', (kind, value, unit, expected) => {
    expect(kept(kind, value, unit)).toBe(expected);
  });

  it('has the own unit of each kind first, unchanged', () => {
    for (const kind of KIND_NAMES) {
      const spec = KINDS[kind];
      const unit = spec.shape === 'panel' ? spec.parts.systolic.unit : spec.unit;
      expect(acceptedUnits(kind)[0]).toBe(unit);
      expect(conversionFrom(kind, unit)!(36.6)).toBe(36.6);
    }
  });

  it('knows no unit that is not UCUM, nor one of another kind', () => {
    for (const unit of ['bpm', 'mmHg', '', 'constructor', '__proto__', 'cel', 'CEL']) {
      for (const kind of KIND_NAMES) expect(conversionFrom(kind, unit)).toBeUndefined();
    }
    expect(conversionFrom('heart-rate', 'Cel')).toBeUndefined();
    expect(conversionFrom('perfusion-index', '1')).toBeUndefined();
  });

  it('refuses a percentage mislabelled as a ratio by its size', () => {
    expect(kept('spo2', 97, '1')).toBeUndefined();
  });
});
