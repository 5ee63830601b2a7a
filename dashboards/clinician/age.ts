// How old a number is, in the fewest words: "3 s", "12 min", "31 h", "6 d". Rounded down, so that an age never
// jumps ahead of the truth.

import { locale } from './text/language.ts';
import { text } from './text/text.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * An age in ms as a person says it. Seconds up to 2 min, minutes up to 2 h, hours up to 72 h, then days: two
 * figures at least where it matters. Below one second, and for what seems to come from the future, "0 s".
 */
export function formatAge(ageMs: number): string {
  const { age } = text();
  if (ageMs < 2 * MINUTE) return age.seconds(Math.max(0, Math.floor(ageMs / SECOND)));
  if (ageMs < 2 * HOUR) return age.minutes(Math.floor(ageMs / MINUTE));
  if (ageMs < 72 * HOUR) return age.hours(Math.floor(ageMs / HOUR));
  return age.days(Math.floor(ageMs / DAY));
}

/** "just now" below 2 s, else "3 s ago". */
export function formatAgo(ageMs: number): string {
  const { age } = text();
  return ageMs < 2 * SECOND ? age.justNow : age.ago(formatAge(ageMs));
}

/** A time in ms since 1970 as the reader's own date and clock show it, to the second. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium' });
}
