import { describe, expect, it } from 'vitest';
import { hubTime } from './hub-clock.ts';

const mark = { hubMs: 1_000_000, here: { steadyMs: 500, wallMs: 9_000_000 } };

describe('hubTime', () => {
  it('goes on with the browser’s clocks', () => {
    expect(hubTime(mark, { steadyMs: 3_500, wallMs: 9_003_000 })).toBe(1_003_000);
  });

  it('counts a sleep that only the wall clock saw', () => {
    expect(hubTime(mark, { steadyMs: 600, wallMs: 9_000_000 + 3_600_000 })).toBe(1_000_000 + 3_600_000);
  });

  it('does not get younger when the wall clock is set back', () => {
    expect(hubTime(mark, { steadyMs: 1_500, wallMs: 1 })).toBe(1_001_000);
    expect(hubTime(mark, { steadyMs: 500, wallMs: 1 })).toBe(1_000_000);
  });
});
