// The times under a chart, in the viewer's zone, each whole or not there: half an hour's name is another hour's.

import type { Window } from './span.ts';

const HOUR_MS = 3_600_000;
/** Half of what a character of the axis's 12 px may take. */
const HALF_CHARACTER_PX = 3.6;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/**
 * A word for each split of the axis; the date where a day begins. Empty where it would be cut at the right edge.
 * @param widthPx of the paper, on which `window` stands
 * @param rightPx of room beside it
 */
export function axisWords(
  splits: readonly number[],
  stepMs: number,
  { from, to }: Window,
  widthPx: number,
  rightPx: number,
): string[] {
  return splits.map((split) => {
    const date = new Date(split);
    const begins = date.getHours() === 0 && date.getMinutes() === 0;
    const word = stepMs >= 24 * HOUR_MS || begins ? day.format(date) : clock.format(date);
    const leftPx = ((to - split) / Math.max(1, to - from)) * widthPx + rightPx;
    return leftPx < word.length * HALF_CHARACTER_PX ? '' : word;
  });
}
