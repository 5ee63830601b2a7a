import { describe, expect, it } from 'vitest';
import { HeartwoodError } from '../error.ts';
import { changeLimit, type LimitAsked, sayLimit } from './limit-change.ts';
import { DEFAULT_LIMITS, limitNow, type OwnLimits } from './limits.ts';

const AT = 1_795_262_400_000;
const who = { by: 'Dr Vale', person: 3, atMs: AT };
type Asked = LimitAsked extends infer One ? (One extends LimitAsked ? Omit<One, 'why'> : never) : never;

const change = (condition: string, asked: Asked, own: OwnLimits = {}): OwnLimits =>
  changeLimit(own, condition, { ...asked, why: 'athlete' }, who);
const refusal = (condition: string, asked: Asked, own: OwnLimits = {}): string => {
  try {
    change(condition, asked, own);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(HeartwoodError);
    return (error as Error).message;
  }
};
const rule = (condition: string) => DEFAULT_LIMITS.find(({ id }) => id === condition)!;
const set = (limit: number, delaySeconds?: number): Asked => ({ kind: 'set', limit, delaySeconds });

describe('a limit of one patient', () => {
  it('takes the default’s place, with its author, time and reason', () => {
    const own = change('heart-rate-low', set(38, 60));
    expect(own['heart-rate-low']).toEqual({
      limit: 38,
      raiseAfterMs: 60_000,
      atMs: AT,
      by: 'Dr Vale',
      why: 'athlete',
    });
    expect(limitNow(rule('heart-rate-low'), own, AT)).toMatchObject({
      limit: 38,
      timing: { raiseAfterMs: 60_000 },
    });
    expect(limitNow(rule('heart-rate-high'), own, AT)).toMatchObject({ limit: 130 });
  });
  it('is given back, and nothing of it stays', () => {
    expect(change('heart-rate-low', { kind: 'default' }, change('heart-rate-low', set(38)))).toEqual({});
  });
  it('is said in few words for the record', () => {
    const own = change('heart-rate-low', set(38, 60));
    expect(sayLimit('heart-rate-low', {})).toBe('45 /min after 30 s, the default');
    expect(sayLimit('heart-rate-low', own)).toBe('38 /min after 60 s');
    expect(sayLimit('heart-rate-low', change('heart-rate-low', { kind: 'off' }, own))).toBe('off');
    expect(sayLimit('heart-rate-low', change('heart-rate-low', { kind: 'off', minutes: 60 }, own))).toBe(
      `off until ${new Date(AT + 3_600_000).toISOString()}, then 38 /min after 60 s`,
    );
  });
});

describe('switching off', () => {
  it('has an end for a high alarm, a day away at most; its own limit holds again from then on', () => {
    const own = change('heart-rate-very-high', set(170));
    expect(refusal('heart-rate-very-high', { kind: 'off' }, own)).toMatch(/never switched off for good/);
    expect(refusal('heart-rate-very-high', { kind: 'off', minutes: 1441 }, own)).toMatch(/1 to 1440/);
    const off = change('heart-rate-very-high', { kind: 'off', minutes: 10 }, own);
    expect(limitNow(rule('heart-rate-very-high'), off, AT + 599_999)).toBeUndefined();
    expect(limitNow(rule('heart-rate-very-high'), off, AT + 600_000)).toMatchObject({ limit: 170 });
  });
  it('may be for good where it is not high', () => {
    const off = change('heart-rate-high', { kind: 'off' });
    expect(limitNow(rule('heart-rate-high'), off, AT + 1e12)).toBeUndefined();
  });
});

describe('a limit is refused', () => {
  it.each([
    ['heart-rate-very-high', set(251), 'This limit is a number from 110 to 250 /min.'],
    ['heart-rate-very-high', set(Number.NaN), 'This limit is a number from 110 to 250 /min.'],
    ['spo2-very-low', set(10), 'This limit is a number from 60 to 95 %.'],
    ['heart-rate-high', set(120.55), 'This limit has at most 1 digits after the point.'],
    [
      'heart-rate-very-high',
      set(160, 61),
      'The delay is a whole number of seconds, 60 at most for a high alarm.',
    ],
    [
      'heart-rate-high',
      set(120, 1.5),
      'The delay is a whole number of seconds, 600 at most for a medium alarm.',
    ],
    [
      'systolic-high',
      set(160, 1),
      'This is measured one at a time: the alarm comes with the number, and has no delay.',
    ],
    [
      'heart-rate-high',
      set(150),
      'heart-rate-high (150) has to stay below heart-rate-very-high (150): change the other one first.',
    ],
    [
      'spo2-very-low',
      set(91),
      'spo2-very-low (91) has to stay below spo2-low (91): change the other one first.',
    ],
    ['heart-rate-low', set(100.5), 'accepted'],
    ['no-such-limit', set(1), 'There is no limit no-such-limit.'],
  ] as const)('%s %j: %s', (condition, asked, said) => {
    expect(refusal(condition, asked)).toBe(said);
  });
  it('also by giving one back that the others have passed', () => {
    const own = change('heart-rate-high', set(120), change('heart-rate-very-high', set(140)));
    const lower = change('heart-rate-very-high', set(125), own);
    expect(refusal('heart-rate-high', { kind: 'default' }, lower)).toMatch(/change the other one first/);
  });
});

describe('every rule', () => {
  it.each(DEFAULT_LIMITS)(
    '$id has a default within what it may be, and in order with the others',
    ({ id, limit, range, hysteresis, side }) => {
      expect(limit).toBeGreaterThanOrEqual(range[0]);
      expect(limit).toBeLessThanOrEqual(range[1]);
      expect(refusal(id, set(limit))).toBe('accepted');
      // Behind the hysteresis there must be somewhere to come back to.
      if (side === 'below' && id.startsWith('spo2')) expect(range[1] + hysteresis).toBeLessThanOrEqual(100);
    },
  );
});
