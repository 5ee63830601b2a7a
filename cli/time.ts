// A moment as people type it: a UTC day, or RFC 3339 with its zone. A time without a zone is refused: whose noon?

import { Refusal } from './exit-status.ts';

/**
 * Milliseconds since 1970, or undefined where nothing was given.
 *
 * @throws Refusal `usage` that names the flag
 */
export function parseTime(flag: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.exec(word);
  const ms = match === null ? Number.NaN : Date.parse(word);
  // Date.parse takes 2026-02-30 for March 2: the day must survive the round trip.
  const day = match === null ? Number.NaN : Date.parse(match[1]!);
  if (
    Number.isNaN(ms) ||
    Number.isNaN(day) ||
    new Date(day).toISOString().slice(0, 10) !== word.slice(0, 10)
  ) {
    throw new Refusal(
      'usage',
      `${flag} must be a day such as 2026-11-21 (UTC) or a time with its zone such as 2026-11-21T13:10:00Z; it says ${JSON.stringify(word.slice(0, 60))}.`,
    );
  }
  return ms;
}
