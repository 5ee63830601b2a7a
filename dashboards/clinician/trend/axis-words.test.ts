import { describe, expect, it } from 'vitest';
import { axisWords } from './axis-words.ts';

const MINUTE = 60_000;
const from = new Date(2026, 10, 21, 9, 0).getTime();
const window = { from, to: from + 60 * MINUTE };

describe('the times under a chart', () => {
  it('are whole: what would be cut at the right edge is not there', () => {
    const splits = [0, 20, 40, 60].map((minutes) => from + minutes * MINUTE);
    const words = axisWords(splits, 20 * MINUTE, window, 300, 10);
    expect(words.slice(0, 3)).not.toContain('');
    expect(words[3]).toBe('');
    expect(axisWords(splits, 20 * MINUTE, window, 300, 60)).not.toContain('');
  });

  it('are dates where a day begins', () => {
    const midnight = new Date(2026, 10, 22).getTime();
    const [before, at] = axisWords(
      [midnight - 20 * MINUTE, midnight],
      20 * MINUTE,
      { from: midnight - 30 * MINUTE, to: midnight + 30 * MINUTE },
      300,
      10,
    );
    expect(before).toMatch(/40/);
    expect(at).toMatch(/22/);
  });
});
