import { describe, expect, it } from 'vitest';
import { heartRate, NOW } from './feed-sample.ts';
import { vitalOf } from './vital.ts';

const HOUR = 3_600_000;
const off = heartRate('2.1.0', NOW, { measurement: { kind: 'heart-rate', absent: 'sensor-off' } });

describe('vitalOf', () => {
  it('was never seen when there is no reading', () => {
    expect(vitalOf('heart-rate', undefined, NOW, true)).toEqual({ state: 'never' });
    expect(vitalOf('heart-rate', [], NOW, true)).toEqual({ state: 'never' });
  });

  it('grows from live to stale by the hub’s clock', () => {
    const readings = [heartRate('1.1.0', NOW)];
    const states = [1_000, 20_000, 61_000].map((ms) => vitalOf('heart-rate', readings, NOW + ms, true).state);
    expect(states).toEqual(['live', 'delayed', 'stale']);
  });

  it('is live where the hub says that it is of the present, with what its own clock says', () => {
    const slow = heartRate('1.1.0', NOW, { at: NOW - 31 * HOUR, present: true });
    expect(vitalOf('heart-rate', [slow], NOW + 1_000, true)).toMatchObject({
      state: 'live',
      ageMs: 1_000,
      ownClockAgoMs: 31 * HOUR + 1_000,
    });
  });

  it('is never live while the link to the hub is lost', () => {
    expect(vitalOf('heart-rate', [heartRate('1.1.0', NOW)], NOW, false).state).toBe('delayed');
  });

  it('is absent with its reason, and keeps the last number apart', () => {
    const before = heartRate('1.1.0', NOW - 5_000);
    expect(vitalOf('heart-rate', [before, off], NOW + 1_000, true)).toEqual({
      state: 'absent',
      reason: 'sensor-off',
      reading: off,
      ageMs: 1_000,
      last: { reading: before, ageMs: 6_000 },
    });
    expect(vitalOf('heart-rate', [off], NOW, true)).toMatchObject({ state: 'absent', last: undefined });
  });

  it('stays absent however long ago that was said', () => {
    expect(vitalOf('heart-rate', [off], NOW + 40 * HOUR, true).state).toBe('absent');
  });

  it('calls a number that came late stale, though it was received just now', () => {
    const late = heartRate('3.1.0', NOW, { at: NOW - 31 * HOUR });
    expect(vitalOf('heart-rate', [late], NOW + 500, true)).toMatchObject({
      state: 'stale',
      ageMs: 31 * HOUR + 500,
      receivedAgoMs: 500,
    });
  });
});
