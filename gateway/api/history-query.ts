// What a page asks of a history and of events, read from the address.

import type { HistoryRange } from '../hub/calls.ts';

/** More than a wide screen has columns. */
const POINTS_MAX = 5000;
const POINTS = 1000;
/** Two years: beyond it the summaries would be read for longer than a commit should wait. */
const RANGE_MS_MAX = 732 * 86_400_000;
const TIME_MAX = 2 ** 45;

/** @returns what is asked, or a sentence that says what is wrong with it */
export function readHistoryQuery(query: unknown): HistoryRange | string {
  const { kind, from, to, points } = query as Record<string, unknown>;
  const range = { from: wholeNumber(from), to: wholeNumber(to), points: wholeNumber(points ?? `${POINTS}`) };
  if (typeof kind !== 'string' || range.from === undefined || range.to === undefined)
    return 'Ask with kind, from and to: ?kind=heart-rate&from=1795262400000&to=1795266000000 (ms since 1970).';
  if (range.to <= range.from || range.to > TIME_MAX || range.to - range.from > RANGE_MS_MAX)
    return 'to must come after from, by two years at most.';
  if (range.points === undefined || range.points < 1 || range.points > POINTS_MAX)
    return `points is a number from 1 to ${POINTS_MAX}.`;
  return { kind, from: range.from, to: range.to, points: range.points };
}

/** What a page asks of events: a time and another. @returns a sentence where it is wrong */
export function readEventsQuery(query: unknown): { from: number; to: number } | string {
  const asked = readHistoryQuery({ ...(query as object), kind: 'events' });
  if (typeof asked !== 'string') return { from: asked.from, to: asked.to };
  return 'Ask with from and to, ms since 1970, two years apart at most: ?from=1795262400000&to=1795266000000.';
}

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
