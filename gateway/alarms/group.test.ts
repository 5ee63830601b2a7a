import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupAlarms } from './group.ts';
import { DEFAULT_LIMITS } from './limits.ts';

type Facts = Record<string, string | number>;
const groups = (...alarms: (string | readonly [string, Facts])[]): Record<string, string> =>
  Object.fromEntries(
    groupAlarms(
      alarms.map((one) =>
        typeof one === 'string' ? { condition: one, facts: {} } : { condition: one[0], facts: one[1] },
      ),
    ),
  );

describe('what says the same of a patient', () => {
  it('is a pulse above two limits and three points of it alone', () => {
    expect(
      groups('heart-rate-very-high', 'heart-rate-high', ['news2-extreme', { extreme: 'pulse' }], 'spo2-low'),
    ).toEqual({
      'heart-rate-very-high': 'heart-rate-above',
      'heart-rate-high': 'heart-rate-above',
      'news2-extreme': 'heart-rate-above',
      'spo2-low': 'spo2-below',
    });
  });
  it('is not a pulse that is too low, nor an input without an alarm of its own, nor two inputs', () => {
    expect(groups('heart-rate-low', 'heart-rate-high')).toEqual({
      'heart-rate-low': 'heart-rate-below',
      'heart-rate-high': 'heart-rate-above',
    });
    expect(groups('spo2-low', ['news2-extreme', { extreme: 'pulse' }])['news2-extreme']).toBe('news2');
    expect(groups('spo2-low', ['news2-extreme', { extreme: 'spo2 pulse' }])['news2-extreme']).toBe('news2');
  });
  it('is the whole score, which says more than any of its inputs', () => {
    expect(
      groups('heart-rate-high', 'news2-urgent', 'news2-emergency', ['news2-extreme', { extreme: 'pulse' }]),
    ).toEqual({
      'heart-rate-high': 'heart-rate-above',
      'news2-urgent': 'news2',
      'news2-emergency': 'news2',
      'news2-extreme': 'news2',
    });
  });
  it('is a vital that worsens and its limit; a score that worsens and the score', () => {
    expect(
      groups(
        'spo2-low',
        ['worsening:spo2', { way: 'falling' }],
        ['worsening:heart-rate', { way: 'rising' }],
        'worsening:news2',
      ),
    ).toEqual({
      'spo2-low': 'spo2-below',
      'worsening:spo2': 'spo2-below',
      'worsening:heart-rate': 'heart-rate-above',
      'worsening:news2': 'news2',
    });
  });
  it('is a device that is silent and its numbers that stopped, and no other’s', () => {
    expect(
      groups(
        'silent:watch-1',
        'link-lost:watch-1',
        ['stale:heart-rate', { device: 'watch-1' }],
        ['stale:glucose', { device: 'sensor-2' }],
        ['sensor-off:glucose', { device: 'sensor-2' }],
        'battery-low',
        'battery-empty',
        'gap:watch-1',
      ),
    ).toEqual({
      'silent:watch-1': 'device:watch-1',
      'link-lost:watch-1': 'device:watch-1',
      'stale:heart-rate': 'device:watch-1',
      'stale:glucose': 'signal:glucose',
      'sensor-off:glucose': 'signal:glucose',
      'battery-low': 'battery',
      'battery-empty': 'battery',
      'gap:watch-1': 'gap:watch-1',
    });
  });
  it('leaves nobody out, and never joins what two measures say', () => {
    const ids = DEFAULT_LIMITS.map(({ id }) => id);
    fc.assert(
      fc.property(fc.subarray([...ids, 'news2-extreme', 'news2-urgent', 'made-up']), (there) => {
        const found = groups(...there.map((one) => [one, { extreme: 'pulse' }] as const));
        expect(Object.keys(found).sort()).toEqual([...there].sort());
        for (const group of new Set(Object.values(found))) {
          const rules = DEFAULT_LIMITS.filter(({ id }) => found[id] === group);
          expect(new Set(rules.map(({ measure, side }) => `${measure} ${side}`)).size).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
