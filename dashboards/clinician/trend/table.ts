// A chart as rows: every point that is drawn, the newest first, by pages. What a screen reader has instead of a picture.

import type { Kind } from '@heartwood/vitals';
import { type Line, type Lines, partsOf } from './line.ts';
import type { Window } from './span.ts';

export const ROWS_A_PAGE = 25;

/** `cells` by part: the number, or least, mean, most and how many of a stretch. Undefined where there is none. */
export type Row = {
  readonly time: number;
  /** Undefined where the hub does not know devices apart. */
  readonly device: string | undefined;
  readonly cells: readonly (Cell | undefined)[];
};
export type Cell = {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
  readonly count: number;
};

/** The rows of a window, the newest first: of one moment a row for each device. */
export function rowsOf(kind: Kind, lines: Lines, { from, to }: Window): readonly Row[] {
  const parts = partsOf(kind).map((part) => lines[part]);
  const keyAt = (line: Line, i: number): string => `${line.time[i]} ${line.device[i] ?? ''}`;
  const places = parts.map((line) => new Map(line?.time.map((_, i) => [keyAt(line, i), i])));
  const rows = new Map<string, { readonly time: number; readonly device: string | undefined }>();
  for (const line of parts)
    for (const [i, time] of line?.time.entries() ?? [])
      if (line !== undefined && time >= from && time < to)
        rows.set(keyAt(line, i), { time, device: line.device[i] });
  return [...rows]
    .sort(([, a], [, b]) => b.time - a.time)
    .map(([key, row]) => ({ ...row, cells: parts.map((line, i) => cellOf(line, places[i]?.get(key))) }));
}

function cellOf(line: Line | undefined, place: number | undefined): Cell | undefined {
  if (line === undefined || place === undefined) return undefined;
  const { low, mean, high, count } = line;
  return { low: low[place]!, mean: mean[place]!, high: high[place]!, count: count[place]! };
}

/** How many pages there are, at least one. */
export const pagesOf = (rows: number): number => Math.max(1, Math.ceil(rows / ROWS_A_PAGE));
