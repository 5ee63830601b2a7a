// What a log promises of its past, as a note that the log signs: from which entry on it keeps everything, by which rule,
// and what it will let go next and not before when. c2sp.org/tlog-tiles (pruning as of commit 5ba5ee8) asks for a published
// policy wherever the minimum index is not 0, and leaves its form open. This is ours, one line each:
//   heartwood/ledger/3f2a9c0d11aa22bb
//   minimum-index 512
//   keeps 30 days                                    or `keeps all`
//   next-minimum-index 768 2026-12-28T13:10:00.000Z  only where something is announced
// A second line that is no number can never be read as a checkpoint's: the same key signs both.

import { parseDecimal } from './bytes.ts';
import { AnchorError } from './error.ts';

export type Retention = {
  /** Full tiles of entries and of their hashes that end at this index or before may be gone. It never goes back. */
  readonly minimumIndex: number;
  /** How long entries are kept at least; undefined: for ever, unless `next` says otherwise. */
  readonly keepDays: number | undefined;
  /** The minimum index that comes next, and the time (ms since 1970) before which it does not. */
  readonly next: { readonly minimumIndex: number; readonly notBeforeMs: number } | undefined;
};

export const KEEPS_ALL: Retention = { minimumIndex: 0, keepDays: undefined, next: undefined };

/** Longest retention, days: a hundred years. */
export const KEEP_DAYS_MAX = 36_525;

/** The note's text, ending in a newline. */
export function formatRetention(origin: string, { minimumIndex, keepDays, next }: Retention): string {
  return [
    origin,
    `minimum-index ${minimumIndex}`,
    keepDays === undefined ? 'keeps all' : `keeps ${keepDays} days`,
    ...(next ? [`next-minimum-index ${next.minimumIndex} ${new Date(next.notBeforeMs).toISOString()}`] : []),
    '',
  ].join('\n');
}

/** Inverse of `formatRetention`: one retention has one text. Checks no signature. Throws `bad-tile` for anything else. */
export function parseRetention(text: string): Retention & { readonly origin: string } {
  const [origin = '', minimumLine = '', keepsLine = '', nextLine = ''] = text.split('\n');
  const minimumIndex = parseDecimal(minimumLine.replace(/^minimum-index /, ''));
  const keepDays = /^keeps ([1-9]\d{0,4}) days$/.exec(keepsLine)?.[1];
  const [, index, time] = /^next-minimum-index (\d+) (\S+)$/.exec(nextLine) ?? [];
  const next =
    index === undefined || time === undefined
      ? undefined
      : { minimumIndex: parseDecimal(index) ?? -1, notBeforeMs: Date.parse(time) };
  const retention = {
    minimumIndex: minimumIndex ?? -1,
    keepDays: keepDays === undefined ? undefined : Number(keepDays),
    next,
  };
  const sound =
    origin !== '' && minimumIndex !== undefined && !(next && !Number.isSafeInteger(next.notBeforeMs));
  if (!sound || formatRetention(origin, retention) !== text) {
    throw new AnchorError('bad-tile', 'it is no retention policy of a log: origin, minimum-index, keeps');
  }
  return { origin, ...retention };
}
