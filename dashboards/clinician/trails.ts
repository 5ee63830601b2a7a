// What the page remembers beyond the last readings, of every patient: the points of the score over the last hour, and
// the heart rate minute by minute over four hours. It starts with what the hub sends and what its history knows, and is
// kept over a lost link. Small and changed in place: at 200 patients a copy for every reading would be most of the work.

import type { FeedMessage, FeedReading } from './feed.ts';
import { measuredAt } from './freshness.ts';
import { HOUR_MS, type Score, type ScorePoint, scorePoint } from './score.ts';

export const TRAIL_MS: number = 4 * HOUR_MS;
const MINUTE_MS = 60_000;

/** One minute's smallest and largest number. `minute` counts since 1970. */
export type Stretch = { readonly minute: number; low: number; high: number };

export class Trails {
  readonly #scores = new Map<string, ScorePoint[]>();
  readonly #rates = new Map<string, Stretch[]>();

  /** Takes what a message tells; messages are those that the world took. */
  take(message: FeedMessage): void {
    if (message.type === 'snapshot' || message.type === 'patients') {
      this.keep(new Set(message.patients.map(({ id }) => id)));
      for (const patient of message.patients) {
        for (const reading of patient.recent['heart-rate'] ?? []) this.#reading(reading);
        if (patient.score !== undefined) this.#score(patient.id, patient.score, message.now);
      }
    } else if (message.type === 'readings') for (const reading of message.readings) this.#reading(reading);
    else if (message.type === 'scores')
      for (const { patient, score } of message.scores) this.#score(patient, score, message.now);
  }

  /** Points of the score in time's order, of the last hour, and the one that held before it. */
  scores(patient: string): readonly ScorePoint[] {
    return this.#scores.get(patient) ?? [];
  }

  /** Minutes with numbers, in time's order. */
  rates(patient: string): readonly Stretch[] {
    return this.#rates.get(patient) ?? [];
  }

  /** What was measured before this page opened. */
  fill(patient: string, stretches: readonly Stretch[]): void {
    for (const { minute, low, high } of stretches) this.#widen(patient, minute, low, high);
  }

  /** Forgets everybody else: who may not be seen any more is not remembered either. */
  keep(patients: ReadonlySet<string>): void {
    for (const kept of [this.#scores, this.#rates])
      for (const id of kept.keys()) if (!patients.has(id)) kept.delete(id);
  }

  /** Nobody's data stays behind after a logout. */
  clear(): void {
    this.#scores.clear();
    this.#rates.clear();
  }

  #score(patient: string, score: Score, now: number): void {
    const trail = this.#scores.get(patient) ?? [];
    trail.push(scorePoint(score, now));
    while ((trail[1]?.at ?? now) < now - HOUR_MS) trail.shift();
    this.#scores.set(patient, trail);
  }

  #reading(reading: FeedReading): void {
    const { measurement, patient } = reading;
    if (measurement.kind !== 'heart-rate' || !('value' in measurement)) return;
    const minute = Math.floor(measuredAt(reading) / MINUTE_MS);
    this.#widen(patient, minute, measurement.value, measurement.value);
  }

  #widen(patient: string, minute: number, low: number, high: number): void {
    let trail = this.#rates.get(patient);
    if (trail === undefined) {
      trail = [];
      this.#rates.set(patient, trail);
    }
    const place = trail.findLastIndex((each) => each.minute <= minute);
    const there = trail[place];
    if (there?.minute === minute) {
      there.low = Math.min(there.low, low);
      there.high = Math.max(there.high, high);
      return;
    }
    trail.splice(place + 1, 0, { minute, low, high });
    const newest = trail.at(-1)?.minute ?? minute;
    while ((trail[0]?.minute ?? newest) < newest - TRAIL_MS / MINUTE_MS) trail.shift();
  }
}

const [WIDTH, HEIGHT, MARGIN] = [100, 24, 2];
const SPAN_MIN = 30;
/** Minutes without a number that are still drawn as one line. */
const JOINED_MINUTES = 2;

/** The four hours before `nowMs` as the `d` of an SVG path in a box of 100 by 24: a gap stays a gap. */
export function trailPath(stretches: readonly Stretch[], nowMs: number): string | undefined {
  const end = nowMs / MINUTE_MS;
  const begin = end - TRAIL_MS / MINUTE_MS;
  const seen = stretches.filter(({ minute }) => minute >= begin);
  if (seen.length === 0) return undefined;
  const low = Math.min(...seen.map((one) => one.low));
  const high = Math.max(...seen.map((one) => one.high));
  const span = Math.max(high - low, SPAN_MIN);
  const middle = (low + high) / 2;
  const x = (minute: number): string => fixed(((minute - begin) / (end - begin)) * WIDTH);
  const y = (value: number): string =>
    fixed(MARGIN + (0.5 - (value - middle) / span) * (HEIGHT - 2 * MARGIN));
  let path = '';
  let before: number | undefined;
  for (const { minute, low: least, high: most } of seen) {
    const mid = (least + most) / 2;
    const joined = before !== undefined && minute - before <= JOINED_MINUTES;
    path += `${joined ? 'L' : 'M'}${x(minute)} ${y(mid)}`;
    // A minute alone is a dot: a line of no length with round ends.
    path +=
      least === most ? (joined ? '' : 'h0') : `M${x(minute)} ${y(least)}V${y(most)}M${x(minute)} ${y(mid)}`;
    before = minute;
  }
  return path;
}

const fixed = (n: number): string => String(Math.round(n * 100) / 100);
