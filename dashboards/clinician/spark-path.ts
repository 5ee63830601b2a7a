// The path of a sparkline: readings to the `d` of an SVG path in a box of 100 by 24. Pure.

import type { Kind, Measurement } from '@heartwood/vitals';
import { FRESHNESS } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';
import { measuredAt } from './freshness.ts';

const WIDTH = 100;
const HEIGHT = 24;
const MARGIN = 2;

/** The smallest span that fills the height, so that the noise of a steady pulse does not look like a storm. */
const SPAN_MIN: Readonly<Partial<Record<Kind, number>>> = {
  'heart-rate': 20,
  spo2: 6,
  'respiratory-rate': 8,
  'body-temperature': 1,
  'blood-pressure': 40,
  glucose: 40,
};

type Point = { readonly time: number; readonly low: number; readonly high: number };

/** The path, or undefined where there are fewer than two numbers. Absent readings break the line. */
export function sparkPath(kind: Kind, readings: readonly FeedReading[]): string | undefined {
  const points = readings.map(pointOf);
  const numbers = points.filter((point) => point !== undefined);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined || first.time === last.time) return undefined;

  const low = Math.min(...numbers.map((point) => point.low));
  const high = Math.max(...numbers.map((point) => point.high));
  const span = Math.max(high - low, SPAN_MIN[kind] ?? 0, Number.EPSILON);
  const middle = (low + high) / 2;
  const x = (time: number): string => fixed(((time - first.time) / (last.time - first.time)) * WIDTH);
  const y = (value: number): string =>
    fixed(MARGIN + (0.5 - (value - middle) / span) * (HEIGHT - 2 * MARGIN));

  let path = '';
  let before: Point | undefined;
  for (const point of points) {
    if (point === undefined) {
      before = undefined;
      continue;
    }
    if (point.low !== point.high) path += `M${x(point.time)} ${y(point.low)}V${y(point.high)}`;
    else {
      const joined = before !== undefined && point.time - before.time <= FRESHNESS[kind].staleMs;
      path += `${joined ? 'L' : 'M'}${x(point.time)} ${y(point.low)}`;
    }
    before = point;
  }
  return path;
}

function pointOf(reading: FeedReading): Point | undefined {
  const range = rangeOf(reading.measurement);
  return range === undefined ? undefined : { time: measuredAt(reading), low: range[0], high: range[1] };
}

function rangeOf(measurement: Measurement): readonly [number, number] | undefined {
  if ('absent' in measurement || 'wave' in measurement) return undefined;
  if ('value' in measurement) return [measurement.value, measurement.value];
  const { systolic, diastolic, mean } = measurement;
  const pressures = [systolic, diastolic, mean].filter((each) => each !== undefined);
  return [Math.min(...pressures), Math.max(...pressures)];
}

const fixed = (n: number): string => String(Math.round(n * 100) / 100);
