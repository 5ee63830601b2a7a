// What a range comes to, as a person would say it: `2026-11-20 00:00 to 24:00 UTC`, `8,640 batches without a gap`.

import type { RangeFacts } from './range-chain.ts';

const DAY_MS = 86_400_000;

/** A whole number with commas between its thousands, whatever the machine's language. */
export function numberWords(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Numbers of one sort, with commas: `1 batch`, `8,640 batches`. */
function countOf(n: number, one: string, many: string): string {
  return `${numberWords(n)} ${n === 1 ? one : many}`;
}

/** A period in UTC; the end of a day is its 24:00. Seconds are told where they are not zero. */
export function periodWords(startMs: number | undefined, endMs: number): string {
  const end = clock(endMs, true);
  if (startMs === undefined) return `from the hub's first batch to ${end.day} ${end.time} UTC`;
  const start = clock(startMs, false);
  return `${start.day} ${start.time} to ${end.day === start.day ? '' : `${end.day} `}${end.time} UTC`;
}

/** The batches, and what they hold. Numbers that a change of the hub's key left out are a gap, and are called so. */
export function batchesWords({ batches, entries, filled, empty, hubs }: RangeFacts): string {
  const skipped = hubs.reduce((sum, hub) => sum + hub.skipped, 0);
  const gap =
    skipped === 0
      ? ' without a gap'
      : `, with ${countOf(skipped, 'number', 'numbers')} left out where the hub changed its key`;
  const held =
    entries === 0
      ? 'no reading committed to'
      : `${countOf(entries, 'reading', 'readings')} committed to in ${numberWords(filled)} of them`;
  return `${countOf(batches, 'batch', 'batches')}${gap}, ${held}, ${numberWords(empty)} proved empty`;
}

function clock(ms: number, isEnd: boolean): { readonly day: string; readonly time: string } {
  const midnight = isEnd && ms % DAY_MS === 0;
  const text = new Date(midnight ? ms - 1 : ms).toISOString();
  const day = text.slice(0, 10);
  if (midnight) return { day, time: '24:00' };
  return {
    day,
    time: ms % 60_000 === 0 ? text.slice(11, 16) : ms % 1000 === 0 ? text.slice(11, 19) : text.slice(11, 23),
  };
}
