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
  /** Which one measured it; undefined where the hub does not know them apart. */
  readonly device: (string | undefined)[];
};
/** By part: `value`, or the pressures. */
export type Lines = Readonly<Record<string, Line>>;

const PRESSURES = ['systolic', 'diastolic', 'mean'] as const;
/** The parts of a kind, the first of them the one that is looked at first. */
export const partsOf = (kind: Kind): readonly string[] => (kind === 'blood-pressure' ? PRESSURES : ['value']);

const ROWS_MAX = 20_000;
const newLine = (widthMs: number): Line => ({
  widthMs,
  time: [],
  count: [],
  low: [],
  mean: [],
  high: [],
  device: [],
});

/** What the hub answers. A row of another form is left out, and a part that is missing has no numbers. */
export function parseHistory(json: unknown, kind: Kind): Lines {
  const series = at(json, 'series');
  return Object.fromEntries(partsOf(kind).map((part) => [part, parseLine(at(series, part))]));
}

function parseLine(json: unknown): Line {
  const every = at(json, 'every');
  const devices = parseDevices(at(json, 'devices'));
  /** Rows of several devices end with which of them it was. */
  const deviceOf = (row: readonly number[], width: number): string | undefined => devices[row[width] ?? 0];
  if (Array.isArray(every)) {
    const line = newLine(0);
    for (const row of rowsOf(every, 2, devices.length)) {
      const [time, value] = row;
      push(line, time!, 1, value!, value!, value!, deviceOf(row, 2));
    }
    return line;
  }
  const widthMs = at(json, 'widthMs');
  const line = newLine(typeof widthMs === 'number' && widthMs > 0 ? widthMs : 60_000);
  for (const row of rowsOf(at(json, 'stretches'), 5, devices.length)) {
    const [time, count, low, mean, high] = row;
    push(line, time!, count!, low!, mean!, high!, deviceOf(row, 5));
  }
  return line;
}

const DEVICES_MAX = 100;
const parseDevices = (json: unknown): readonly string[] =>
  Array.isArray(json) && json.every((one) => typeof one === 'string') ? json.slice(0, DEVICES_MAX) : [];

function push(
  line: Line,
  time: number,
  count: number,
  low: number,
  mean: number,
  high: number,
  device: string | undefined,
): void {
  line.time.push(time);
  line.count.push(count);
  line.low.push(low);
  line.mean.push(mean);
  line.high.push(high);
  line.device.push(device);
}

/** @param devices how many there are to choose between: one more number says which, where there are several */
function rowsOf(json: unknown, width: number, devices: number): readonly number[][] {
  if (!Array.isArray(json)) return [];
  let before = Number.NEGATIVE_INFINITY;
  return json.slice(0, ROWS_MAX).filter((row): row is number[] => {
    const good =
      Array.isArray(row) &&
      row.length === width + (devices > 1 ? 1 : 0) &&
      row.every(Number.isFinite) &&
      row[0] >= before &&
      (devices <= 1 || (Number.isInteger(row[width]) && row[width] >= 0 && row[width] < devices));
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
    if (line !== undefined && takeNumber(line, placedAt(reading), value, reading.device)) changed = true;
  }
  return changed;
}

function takeNumber(line: Line, time: number, value: number, device: string): boolean {
  const start = line.widthMs === 0 ? time : Math.floor(time / line.widthMs) * line.widthMs;
  const place = afterLast(line.time, start);
  for (let same = place - 1; same >= 0 && line.time[same] === start; same--) {
    // What the hub does not know apart is anybody's.
    if (line.device[same] !== undefined && line.device[same] !== device) continue;
    if (line.widthMs === 0) {
      if (line.mean[same] === value) return false;
      continue;
    }
    const count = line.count[same]!;
    line.mean[same] = (line.mean[same]! * count + value) / (count + 1);
    line.count[same] = count + 1;
    line.low[same] = Math.min(line.low[same]!, value);
    line.high[same] = Math.max(line.high[same]!, value);
    return true;
  }
  const isTogether = line.widthMs > 0 && line.device.every((each) => each === undefined);
  line.time.splice(place, 0, start);
  line.count.splice(place, 0, 1);
  for (const column of [line.low, line.mean, line.high]) column.splice(place, 0, value);
  line.device.splice(place, 0, isTogether ? undefined : device);
  return true;
}

/** The devices whose numbers a line holds, where they are known. */
export const devicesOf = ({ device }: Line): readonly string[] => [
  ...new Set(device.filter((each) => each !== undefined)),
];

/** A line for each device; the line itself where there is one, or where they are not known apart. */
export function ofDevices(line: Line): readonly (readonly [device: string | undefined, line: Line])[] {
  const devices = devicesOf(line);
  if (devices.length < 2) return [[devices[0], line]];
  return devices.map((device) => {
    const own = newLine(line.widthMs);
    for (const [i, each] of line.device.entries())
      if (each === device)
        push(own, line.time[i]!, line.count[i]!, line.low[i]!, line.mean[i]!, line.high[i]!, device);
    return [device, own];
  });
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
  if (count === 0) return;
  for (const column of columnsOf(line)) column.splice(0, count);
  line.device.splice(0, count);
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
