import { KIND_NAMES } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { formatMeasurement, formatValue, labelOf, unitOf } from './wording.ts';

describe('formatValue', () => {
  it('shows the number that is proven, with the zeros of its kind', () => {
    expect(formatValue({ kind: 'heart-rate', value: 72 })).toBe('72');
    expect(formatValue({ kind: 'heart-rate', value: 72.4 })).toBe('72.4');
    expect(formatValue({ kind: 'body-temperature', value: 37 })).toBe('37.0');
    expect(formatValue({ kind: 'body-temperature', value: 36.82 })).toBe('36.82');
  });

  it('writes pressures as people do, and a missing one as a dash', () => {
    expect(formatValue({ kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 })).toBe('121/79');
    expect(formatValue({ kind: 'blood-pressure', systolic: 121 })).toBe('121/–');
    expect(formatValue({ kind: 'blood-pressure', mean: 93 })).toBe('(93)');
  });

  it('never makes a zero of what is absent', () => {
    for (const kind of KIND_NAMES) {
      expect(formatValue({ kind, absent: 'sensor-off' })).toBe('–');
      expect(formatMeasurement({ kind, absent: 'sensor-off' })).toBe('Sensor off');
    }
  });
});

describe('unitOf', () => {
  it('prints UCUM as a chart does', () => {
    expect(unitOf('body-temperature')).toBe('°C');
    expect(unitOf('blood-pressure')).toBe('mmHg');
    expect(unitOf('glucose')).toBe('mg/dL');
  });

  it('leaves no UCUM braces or brackets to a reader', () => {
    for (const kind of KIND_NAMES) {
      expect(unitOf(kind)).not.toMatch(/[[\]{}]/);
      expect(labelOf(kind)).not.toBe('');
    }
  });
});
