// Worsening over hours: a vital, or the points of NEWS2, that climbs slowly and steadily passes no limit for long, and is
// what a nurse sees who turns back the pages of a chart. Of the last four hours, in medians of ten minutes:
//
//   slope   Theil-Sen: the median of the slopes of all pairs (Sen, J Am Stat Assoc 1968;63:1379). A short exercise, or a
//           sensor that slipped for an hour, does not move it.
//   test    Mann-Kendall (Mann, Econometrica 1945;13:245): how many pairs go up less how many go down, against what chance
//           gives. Beyond z = 2.33 chance alone does it once in a hundred.
//   reach   The rise over the window, and the last half hour out of the band that has no points in NEWS2: a heart that
//           goes from 55 asleep to 85 awake worsens nobody.
//
// All three together are an alarm when they hold for ten minutes. Thresholds are ours: no study has set them.

import { type News2Observations, news2, type SpO2Scale } from '@heartwood/vitals';
import { MINUTE, type Observed, type Priority, SECOND } from './condition.ts';
import type { AlarmTiming } from './episode.ts';

export const TREND_MEASURES = ['heart-rate', 'respiratory-rate', 'spo2'] as const;
export type TrendMeasure = (typeof TREND_MEASURES)[number];

const BIN_MINUTES = 10;
const BINS = 24;
/** Of the bins, so many must hold numbers: with holes of hours nothing is said. */
const BINS_MIN = 18;
/** Of the minutes of a bin. */
const MINUTES_MIN = 3;
const Z_MIN = 2.33;
export const TREND_MS: number = BINS * BIN_MINUTES * MINUTE;
const LAST_BINS = 3;

type Rule = {
  /** A change that worsens, over the window. */
  readonly rise: number;
  readonly way: 'rising' | 'falling';
  /** Beyond this NEWS2 gives points. */
  readonly beyond: number;
};
const RULES: Readonly<Record<TrendMeasure, Rule>> = {
  'heart-rate': { rise: 20, way: 'rising', beyond: 90 },
  'respiratory-rate': { rise: 5, way: 'rising', beyond: 20 },
  spo2: { rise: 3, way: 'falling', beyond: 96 },
};
/** On scale 2 it has no points from 88 on. */
const SPO2_SCALE_2: Rule = { ...RULES.spo2, beyond: 88 };
/** Of the points that these three have together. */
const POINTS: Rule = { rise: 2, way: 'rising', beyond: 2 };
const timing: AlarmTiming = { raiseAfterMs: 10 * MINUTE, clearAfterMs: 30 * MINUTE, latching: false };

type Minute = { sum: number; count: number };
type Line = readonly (number | undefined)[];

/** The last hours of one patient, by the hub's receive clock. */
export class Course {
  readonly #minutes = new Map<TrendMeasure, Map<number, Minute>>(
    TREND_MEASURES.map((measure) => [measure, new Map()]),
  );
  /** Patients are reckoned one after another within the minute, so that no look has to reckon all of them. */
  readonly #phaseMs: number;
  #looked:
    | { readonly turn: number; readonly scale: SpO2Scale; readonly seen: readonly Observed[] }
    | undefined;

  /** @param turn any number, another for each patient */
  constructor(turn = 0) {
    this.#phaseMs = (turn % 60) * SECOND;
  }

  /** A number of the present. */
  take(measure: TrendMeasure, value: number, receivedMs: number): void {
    const minutes = this.#minutes.get(measure) as Map<number, Minute>;
    const minute = Math.floor(receivedMs / MINUTE);
    const one = minutes.get(minute);
    if (one === undefined) minutes.set(minute, { sum: value, count: 1 });
    else {
      one.sum += value;
      one.count += 1;
    }
  }

  /** The mean of a minute of before the start: one that has numbers of its own keeps them. */
  recall(measure: TrendMeasure, mean: number, atMs: number): void {
    const minutes = this.#minutes.get(measure) as Map<number, Minute>;
    const minute = Math.floor(atMs / MINUTE);
    if (!minutes.has(minute)) minutes.set(minute, { sum: mean, count: 1 });
    this.#looked = undefined;
  }

  /** What is seen of each trend; reckoned once a minute. */
  observe(nowMs: number, scale: SpO2Scale): readonly Observed[] {
    const turn = Math.floor((nowMs - this.#phaseMs) / MINUTE);
    if (this.#looked?.turn === turn && this.#looked.scale === scale) return this.#looked.seen;
    const minute = Math.floor(nowMs / MINUTE);
    // Bins end with the last whole minute, so that no half of one is compared with a whole.
    const lines = new Map(TREND_MEASURES.map((measure) => [measure, this.#line(measure, minute)] as const));
    const seen = [
      ...TREND_MEASURES.map((measure) =>
        observed(
          measure,
          'low',
          lines.get(measure) as Line,
          measure === 'spo2' && scale === 2 ? SPO2_SCALE_2 : RULES[measure],
        ),
      ),
      observed('news2', 'medium', pointsOf(lines, scale), POINTS),
    ];
    this.#looked = { turn, scale, seen };
    return seen;
  }

  #line(measure: TrendMeasure, end: number): Line {
    const minutes = this.#minutes.get(measure) as Map<number, Minute>;
    const start = end - BINS * BIN_MINUTES;
    for (const minute of minutes.keys()) {
      // A clock that was put back leaves minutes that are still to come: they would be compared with what comes.
      if (minute < start || minute > end) minutes.delete(minute);
    }
    return Array.from({ length: BINS }, (_, bin) => {
      const means: number[] = [];
      for (let minute = start + bin * BIN_MINUTES; minute < start + (bin + 1) * BIN_MINUTES; minute += 1) {
        const one = minutes.get(minute);
        if (one !== undefined) means.push(one.sum / one.count);
      }
      return means.length < MINUTES_MIN ? undefined : median(means);
    });
  }
}

/** The points of the three inputs together, in bins where all are known. */
const pointsOf = (lines: ReadonlyMap<TrendMeasure, Line>, scale: SpO2Scale): Line =>
  Array.from({ length: BINS }, (_, bin) => {
    const [pulse, respiratoryRate, spo2] = TREND_MEASURES.map((measure) => lines.get(measure)?.[bin]);
    if (pulse === undefined || respiratoryRate === undefined || spo2 === undefined) return undefined;
    const seen: News2Observations = { pulse, respiratoryRate, spo2 };
    return news2(seen, scale).score;
  });

function observed(
  of: TrendMeasure | 'news2',
  priority: Priority,
  line: Line,
  { rise, way, beyond }: Rule,
): Observed {
  const id = `worsening:${of}`;
  const trend = trendOf(line);
  if (trend === undefined) return { id, priority, timing, evidence: 'unknown', facts: { measure: of, way } };
  const sign = way === 'rising' ? 1 : -1;
  const climbed = sign * trend.rise;
  const reached = sign * (trend.last - beyond) > 0;
  const holds = climbed >= rise && sign * trend.z >= Z_MIN && reached;
  return {
    id,
    priority,
    timing,
    // It is over when it climbs by half as much, or is back where NEWS2 gives no points.
    evidence: holds ? 'violated' : climbed < rise / 2 || !reached ? 'clear' : 'between',
    facts: {
      measure: of,
      way,
      hours: (BINS * BIN_MINUTES) / 60,
      from: round(trend.first),
      to: round(trend.last),
    },
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Slope and test over bins; undefined where too few hold numbers, or the newest do not. */
export function trendOf(
  line: Line,
): { readonly rise: number; readonly z: number; readonly first: number; readonly last: number } | undefined {
  const points = line.flatMap((value, bin) => (value === undefined ? [] : [[bin, value] as const]));
  const newest = points.slice(-LAST_BINS).map(([, value]) => value);
  if (points.length < BINS_MIN || (points.at(-1)?.[0] ?? 0) < line.length - 2) return undefined;
  const slopes: number[] = [];
  let balance = 0;
  for (const [i, [bin, value]] of points.entries())
    for (const [later, next] of points.slice(i + 1)) {
      slopes.push((next - value) / (later - bin));
      balance += Math.sign(next - value);
    }
  const n = points.length;
  // Equal values are no evidence either way; the variance without their correction is the larger, and more careful.
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const z = balance === 0 ? 0 : (balance - Math.sign(balance)) / deviation;
  return {
    rise: median(slopes) * (line.length - 1),
    z,
    first: median(points.slice(0, LAST_BINS).map(([, value]) => value)),
    last: median(newest),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
