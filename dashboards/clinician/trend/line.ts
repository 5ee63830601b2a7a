// The numbers of one vital over time, as a chart draws them: each for itself, or the least, mean and most of stretches.
// Made of the hub's history (docs/spec/feed.md), and kept up to date by the feed. Nothing is ever put where nothing was
// measured.

import { FRESHNESS, type Kind } from '@heartwood/vitals';
import type { FeedReading } from '../feed.ts';

/** In time's order, columns of one length. `widthMs` is 0 where each number stands for itself. Changed in place. */
export type Line = {
  readonly widthMs: number;
  readonly time: number[];
  readonly count: number[];
  readonly low: number[];
  readonly mean: number[];
  readonly high: number[];
};
/** By part: `value`, or the pressures. */
export type Lines = Readonly<Record<string, Line>>;

const PRESSURES = ['systolic', 'diastolic', 'mean'] as const;
/** The parts of a kind, the first of them the one that is looked at first. */
export const partsOf = (kind: Kind): readonly string[] => (kind === 'blood-pressure' ? PRESSURES : ['value']);

const ROWS_MAX = 20_000;
const newLine = (widthMs: number): Line => ({ widthMs, time: [], count: [], low: [], mean: [], high: [] });

/** What the hub answers. A row of another form is left out, and a part that is missing has no numbers. */
export function parseHistory(json: unknown, kind: Kind): Lines {
  const series = at(json, 'series');
  return Object.fromEntries(partsOf(kind).map((part) => [part, parseLine(at(series, part))]));
}

function parseLine(json: unknown): Line {
  const every = at(json, 'every');
  if (Array.isArray(every)) {
    const line = newLine(0);
    for (const [time, value] of rowsOf(every, 2)) push(line, time!, 1, value!, value!, value!);
    return line;
  }
  const widthMs = at(json, 'widthMs');
  const line = newLine(typeof widthMs === 'number' && widthMs > 0 ? widthMs : 60_000);
  for (const [time, count, low, mean, high] of rowsOf(at(json, 'stretches'), 5))
    push(line, time!, count!, low!, mean!, high!);
  return line;
}

function push(line: Line, time: number, count: number, low: number, mean: number, high: number): void {
  line.time.push(time);
  line.count.push(count);
  line.low.push(low);
  line.mean.push(mean);
  line.high.push(high);
}

function rowsOf(json: unknown, width: number): readonly number[][] {
  if (!Array.isArray(json)) return [];
  let before = Number.NEGATIVE_INFINITY;
  return json.slice(0, ROWS_MAX).filter((row): row is number[] => {
    const good = Array.isArray(row) && row.length === width && row.every(Number.isFinite) && row[0] >= before;
    if (good) before = row[0] as number;
    return good;
  });
}

function at(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Record<string, unknown>)[name];
}

const AHEAD_MAX_MS = 5 * 60_000;
const BEHIND_MAX_MS = 400 * 86_400_000;

/** Where a reading stands in a history: by its device's clock where that can be believed, else by the hub's. */
export function placedAt({ at: said, received }: Pick<FeedReading, 'at' | 'received'>): number {
  if (said === undefined || said > received + AHEAD_MAX_MS || said < received - BEHIND_MAX_MS)
    return received;
  return Math.min(said, received);
}

/** The numbers of a reading by part; none for what is absent. */
function numbersOf({
  measurement,
}: Pick<FeedReading, 'measurement'>): readonly (readonly [string, number])[] {
  if ('absent' in measurement || 'wave' in measurement) return [];
  if ('value' in measurement) return [['value', measurement.value]];
  return PRESSURES.flatMap((part) => {
    const value = measurement[part];
    return value === undefined ? [] : [[part, value] as const];
  });
}

/** Takes a reading in. A number that is there already, at its time, changes nothing. @returns whether anything changed */
export function takeReading(lines: Lines, reading: FeedReading): boolean {
  let changed = false;
  for (const [part, value] of numbersOf(reading)) {
    const line = lines[part];
    if (line !== undefined && takeNumber(line, placedAt(reading), value)) changed = true;
  }
  return changed;
}

function takeNumber(line: Line, time: number, value: number): boolean {
  const start = line.widthMs === 0 ? time : Math.floor(time / line.widthMs) * line.widthMs;
  const place = afterLast(line.time, start);
  const same = place - 1;
  if (line.time[same] === start && line.widthMs > 0) {
    const count = line.count[same]!;
    line.mean[same] = (line.mean[same]! * count + value) / (count + 1);
    line.count[same] = count + 1;
    line.low[same] = Math.min(line.low[same]!, value);
    line.high[same] = Math.max(line.high[same]!, value);
    return true;
  }
  for (let i = same; i >= 0 && line.time[i] === start; i--) if (line.mean[i] === value) return false;
  line.time.splice(place, 0, start);
  line.count.splice(place, 0, 1);
  for (const column of [line.low, line.mean, line.high]) column.splice(place, 0, value);
  return true;
}

/** One past the last place whose time is not later: where a later one belongs. */
function afterLast(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Forgets what is before a time: charts that follow the clock for days stay small. */
export function forgetBefore(line: Line, time: number): void {
  const count = afterLast(line.time, time - 1);
  if (count > 0) for (const column of columnsOf(line)) column.splice(0, count);
}

const columnsOf = ({ time, count, low, mean, high }: Line): number[][] => [time, count, low, mean, high];

/**
 * The longest time between two numbers that are still drawn as one line, ms: three of the line's own pace, but never less
 * than its kind is live for, nor more than until it is stale. Stretches that follow one another are joined.
 */
export function gapMs(kind: Kind, { time, widthMs }: Line): number {
  const { liveMs, staleMs } = FRESHNESS[kind];
  const steps = time.slice(1).map((each, i) => each - time[i]!);
  const pace = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0;
  return Math.max(Math.min(Math.max(3 * pace, liveMs), staleMs), widthMs);
}

/**
 * What a line has to say of one moment: the stretch that holds it, or the number nearest to it, within half a gap.
 * Undefined inside a gap.
 */
export function indexAt(line: Line, time: number, gap: number): number | undefined {
  const { widthMs } = line;
  const after = afterLast(line.time, time);
  /** How far from the moment a point is: a stretch is as long as it is wide. */
  const away = (i: number): number => {
    const start = line.time[i] ?? Number.POSITIVE_INFINITY;
    return Math.max(0, start - time, time - start - Math.max(0, widthMs - 1));
  };
  const near = [after - 1, after].filter((i) => i >= 0 && away(i) <= (widthMs < gap ? gap / 2 : 0));
  return near.toSorted((a, b) => away(a) - away(b))[0];
}
