import { describe, expect, it } from 'vitest';
import { Steps } from './steps.ts';

const MINUTE = 60_000;

describe('the steps of a glucose sensor', () => {
  it('one that was not told is missed, until the next upload', () => {
    const steps = new Steps();
    for (const minutes of [0, 5, 10]) steps.begin(minutes * MINUTE);
    expect([15, 20, 30, 35].map((minutes) => steps.isNext(minutes * MINUTE))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    for (const minutes of [20, 25, 30, 35]) steps.begin(minutes * MINUTE);
    expect([40, 45].map((minutes) => steps.isNext(minutes * MINUTE))).toEqual([true, true]);
  });

  it('a sensor whose step is not known yet has missed none, and one told again is no step', () => {
    const steps = new Steps();
    expect([0, 5, 5, 10].map((minutes) => steps.isNext(minutes * MINUTE))).toEqual([true, true, true, true]);
  });
});
