// An hour of one patient by minute: how many numbers of each series, the smallest, the largest, and their sum. A minute
// without numbers is not there: it is a gap, and never a zero. docs/spec/segment.md has the bytes: about 2 for a minute.

import { Column, ColumnReader } from './segment-column.ts';
import type { Series } from './segment-numbers.ts';
import { ByteReader, ByteWriter } from './varint.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
const MINUTES = 60;

/** By minute of the hour; values in steps of the kind's grid. Where `count` is 0 the others mean nothing. */
export class MinuteLine {
  readonly count: Float64Array = new Float64Array(MINUTES);
  readonly min: Float64Array = new Float64Array(MINUTES);
  readonly max: Float64Array = new Float64Array(MINUTES);
  readonly sum: Float64Array = new Float64Array(MINUTES);

  add(minute: number, value: number): void {
    this.merge(minute, 1, value, value, value);
  }

  merge(minute: number, count: number, min: number, max: number, sum: number): void {
    const before = this.count[minute] as number;
    this.min[minute] = before === 0 ? min : Math.min(min, this.min[minute] as number);
    this.max[minute] = before === 0 ? max : Math.max(max, this.max[minute] as number);
    this.sum[minute] = (this.sum[minute] as number) + sum;
    this.count[minute] = before + count;
  }
}

export type HourSummary = Map<Series, MinuteLine>;

/** The line of a series, begun when first asked for. */
export function lineOf(hour: HourSummary, series: Series): MinuteLine {
  let line = hour.get(series);
  if (line === undefined) {
    line = new MinuteLine();
    hour.set(series, line);
  }
  return line;
}

export function encodeHour(hour: HourSummary): Uint8Array {
  const out = new ByteWriter();
  for (const [series, { count, min, max, sum }] of hour) {
    const columns = Array.from({ length: 5 }, () => new Column());
    const [minutes, counts, mins, spans, sums] = columns as [Column, Column, Column, Column, Column];
    let filled = 0;
    let [lastMinute, lastCount, lastMin] = [-1, 0, 0];
    for (let minute = 0; minute < MINUTES; minute++) {
      const [n, low] = [count[minute] as number, min[minute] as number];
      if (n === 0) continue;
      filled += 1;
      minutes.add(minute - lastMinute - 1);
      counts.add(n - lastCount);
      mins.add(low - lastMin);
      spans.add((max[minute] as number) - low);
      sums.add((sum[minute] as number) - n * low);
      [lastMinute, lastCount, lastMin] = [minute, n, low];
    }
    if (filled === 0) continue;
    out.unsigned(series);
    out.unsigned(filled);
    for (const column of columns) column.write(out);
  }
  return out.take();
}

/** The inverse. @param wanted one series, or undefined for all of them */
export function decodeHour(bytes: Uint8Array, wanted?: Series): HourSummary {
  const from = new ByteReader(bytes);
  const hour: HourSummary = new Map();
  while (!from.done) {
    const series = from.unsigned();
    const filled = from.unsigned();
    if (wanted !== undefined && wanted !== series) {
      for (let column = 0; column < 5; column++) ColumnReader.skip(from);
      continue;
    }
    const columns = Array.from({ length: 5 }, () => new ColumnReader(from));
    const [minutes, counts, mins, spans, sums] = columns as [
      ColumnReader,
      ColumnReader,
      ColumnReader,
      ColumnReader,
      ColumnReader,
    ];
    const line = lineOf(hour, series);
    let [minute, count, min] = [-1, 0, 0];
    for (let n = 0; n < filled; n++) {
      minute += minutes.next() + 1;
      count += counts.next();
      min += mins.next();
      line.merge(minute, count, min, min + spans.next(), sums.next() + count * min);
    }
  }
  return hour;
}
