// The history of one vital of one patient: every number of a short time, straight from the columns of the segments, or
// the smallest, mean and largest of stretches of a long one, from the hours' summaries. Where nothing was measured there
// is no point: an absent number is never a zero.

import { KINDS, type Kind } from '@heartwood/vitals';
import { addNumbers, hourId, Summaries } from '../batch/summaries.ts';
import { HeartwoodError, isGone } from '../error.ts';
import { attributionTime } from '../ingest/attribution.ts';
import { decodeHour, HOUR_MS, type HourSummary, MINUTE_MS } from '../store/hour-summary.ts';
import { NumberReader, type Series, type VisitNumber } from '../store/segment-numbers.ts';
import type { Vault } from '../vault.ts';

/** Every number between two times, in time's order. Times in ms since 1970, values in the kind's unit, devices by number. */
export type Numbers = {
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly device: Uint32Array;
};

/** Stretches of `widthMs` that hold numbers, in time's order; `time` is where each begins. */
export type Stretches = {
  readonly widthMs: number;
  readonly time: Float64Array;
  readonly count: Float64Array;
  readonly min: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
};

/** From `from` to before `to`, ms since 1970. */
export type HistoryAsked = {
  readonly slot: number;
  readonly series: Series;
  readonly from: number;
  readonly to: number;
};

/** The lines of a kind, by name: one `value`, or the pressures. Undefined for waveforms, which have none. */
export function seriesOf(kind: Kind): Readonly<Record<string, Series>> | undefined {
  const { code, shape } = KINDS[kind];
  if (shape === 'wave') return undefined;
  if (shape === 'scalar') return { value: 4 * code };
  return { systolic: 4 * code + 1, diastolic: 4 * code + 2, mean: 4 * code + 3 };
}

/** Steps of the grid in one unit. Every pressure has the grid of all. */
function unitOf(series: Series): number {
  const known = Object.values(KINDS).find(({ code }) => code === Math.floor(series / 4));
  if (known?.shape === 'scalar') return 10 ** known.decimals;
  if (known?.shape === 'panel') return 10 ** known.parts.systolic.decimals;
  throw new RangeError(`series ${series} has no numbers`);
}

/** How many segments more are looked through for readings that came late. */
const LATE_SEGMENTS_MAX = 50_000;

/**
 * Minimum, mean and maximum by stretches of whole minutes.
 * @param pointsMax about how many stretches at most; `from` and `to` are widened to whole ones
 * @param summaries those of the hub that runs; without it, what the rows have not got is read anew
 */
export function readStretches(
  vault: Vault,
  { slot, series, from, to }: HistoryAsked,
  pointsMax: number,
  summaries: Summaries = new Summaries(vault),
): Stretches {
  const widthMs = Math.max(1, Math.ceil((to - from) / pointsMax / MINUTE_MS)) * MINUTE_MS;
  const [first, last] = [Math.floor(from / widthMs), Math.ceil(to / widthMs)];
  const size = last - first;
  const count = new Float64Array(size);
  const min = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const sum = new Float64Array(size);
  const take = (id: number, hour: HourSummary): void => {
    const line = hour.get(series);
    if (line === undefined) return;
    const startMs = Math.floor(id / 65_536) * HOUR_MS;
    for (let minute = 0; minute < line.count.length; minute++) {
      const n = line.count[minute] as number;
      if (n === 0) continue;
      const at = Math.floor((startMs + minute * MINUTE_MS) / widthMs) - first;
      if (at < 0 || at >= size) continue;
      count[at] = (count[at] as number) + n;
      min[at] = Math.min(min[at] as number, line.min[minute] as number);
      max[at] = Math.max(max[at] as number, line.max[minute] as number);
      sum[at] = (sum[at] as number) + (line.sum[minute] as number);
    }
  };
  eachHour(vault, { slot, series, from: first * widthMs, to: last * widthMs }, summaries, take);
  const filled = [...count.keys()].filter((at) => count[at] !== 0);
  const unit = unitOf(series);
  const column = (of: (at: number) => number): Float64Array => Float64Array.from(filled, of);
  return {
    widthMs,
    time: column((at) => (first + at) * widthMs),
    count: column((at) => count[at] as number),
    min: column((at) => (min[at] as number) / unit),
    mean: column((at) => (sum[at] as number) / (count[at] as number) / unit),
    max: column((at) => (max[at] as number) / unit),
  };
}

/** What is known of each hour: its row, what the hub has in memory, and what no batch holds yet. */
function eachHour(
  vault: Vault,
  { slot, series, from, to }: HistoryAsked,
  summaries: Summaries,
  take: (id: number, hour: HourSummary) => void,
): void {
  const { store } = vault;
  summaries.readOn();
  const [first, last] = [Math.floor(from / HOUR_MS), Math.ceil(to / HOUR_MS) - 1];
  for (const row of store.summariesOf(slot, first, last)) {
    const plain = unlessGone(() => store.openSummary(row));
    if (plain !== undefined) take(row.id, decodeHour(plain, series));
  }
  const waiting = new Map<number, HourSummary>();
  for (const row of store.stagedOf(slot)) {
    if (row.batch > summaries.read) addNumbers(waiting, slot, store.openStaged(row));
  }
  for (let hour = first; hour <= last; hour++) {
    const id = hourId(hour * HOUR_MS, slot);
    for (const one of [summaries.hour(id), waiting.get(id)]) if (one !== undefined) take(id, one);
  }
}

/**
 * Every number between two times. Also those that came late: the summaries tell how many there are, and batches are read
 * until that many are found.
 */
export function readAll(
  vault: Vault,
  asked: HistoryAsked,
  summaries: Summaries = new Summaries(vault),
  lateSegmentsMax: number = LATE_SEGMENTS_MAX,
): Numbers {
  const { slot, series, from, to } = asked;
  const { store } = vault;
  const [fromMinute, toMinute] = [
    Math.floor(from / MINUTE_MS) * MINUTE_MS,
    Math.ceil(to / MINUTE_MS) * MINUTE_MS,
  ];
  let missing = 0;
  const whole = { slot, series, from: fromMinute, to: toMinute };
  eachHour(vault, whole, summaries, (id, hour) => {
    const line = hour.get(series);
    const startMs = Math.floor(id / 65_536) * HOUR_MS;
    for (const [minute, n] of line?.count.entries() ?? []) {
      const at = startMs + minute * MINUTE_MS;
      if (at >= fromMinute && at < toMinute) missing += n;
    }
  });
  const points = new Points(missing, unitOf(series));
  const visit: VisitNumber = (_, at, received, value, device) => {
    const time = attributionTime(at, received);
    if (time < fromMinute || time >= toMinute) return;
    missing -= 1;
    if (time < from || time >= to) return;
    points.add(time, value, device);
  };
  if (missing > 0) {
    const reader = new NumberReader(series, visit);
    let looked = 0;
    for (const row of store.manySegmentsOf(slot, store.firstEndingAfter(fromMinute), summaries.read)) {
      const plain = unlessGone(() => store.openSegment(row));
      if (plain !== undefined) reader.read(plain);
      looked += 1;
      if (missing === 0 || looked > lateSegmentsMax) break;
    }
    for (const row of missing === 0 ? [] : store.stagedOf(slot)) {
      if (row.batch > summaries.read) reader.read(store.openStaged(row));
    }
  }
  return points.sorted();
}

/** More than a day of one vital each second. */
const AT_FIRST_MAX = 2 ** 17;

/** Numbers as they are found: nearly always in time's order, and as many as the summaries said. */
class Points {
  readonly #unit: number;
  #time: Float64Array;
  #value: Float64Array;
  #device: Uint32Array;
  #length = 0;
  #isSorted = true;

  constructor(expected: number, unit: number) {
    const size = Math.min(expected, AT_FIRST_MAX);
    this.#unit = unit;
    this.#time = new Float64Array(size);
    this.#value = new Float64Array(size);
    this.#device = new Uint32Array(size);
  }

  add(time: number, steps: number, device: number): void {
    const at = this.#length;
    if (at === this.#time.length) this.#grow();
    if (at > 0 && time < (this.#time[at - 1] as number)) this.#isSorted = false;
    this.#time[at] = time;
    this.#value[at] = steps / this.#unit;
    this.#device[at] = device;
    this.#length = at + 1;
  }

  #grow(): void {
    const [time, value, device] = [this.#time, this.#value, this.#device];
    this.#time = new Float64Array(2 * time.length + 64);
    this.#value = new Float64Array(2 * time.length + 64);
    this.#device = new Uint32Array(2 * time.length + 64);
    this.#time.set(time);
    this.#value.set(value);
    this.#device.set(device);
  }

  /** In time's order; of one time, in that in which they were stored. */
  sorted(): Numbers {
    const time = this.#time.slice(0, this.#length);
    const value = this.#value.slice(0, this.#length);
    const device = this.#device.slice(0, this.#length);
    if (this.#isSorted) return { time, value, device };
    const order = Uint32Array.from(time.keys()).sort((a, b) => (time[a] as number) - (time[b] as number));
    return {
      time: Float64Array.from(order, (i) => time[i] as number),
      value: Float64Array.from(order, (i) => value[i] as number),
      device: Uint32Array.from(order, (i) => device[i] as number),
    };
  }
}

/** Undefined where the patient's key is gone, or the readings were let go: that time is a gap. */
function unlessGone<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** As long as this, and every number is told where there are not too many of them; longer, stretches. */
const EVERY_NUMBER_MS = 6 * HOUR_MS;

/**
 * What a page asks for (docs/spec/feed.md), as JSON: every number where they are at most `points` in six hours at most,
 * else stretches.
 * @throws HeartwoodError unacceptable for a kind without numbers, or a time that is none
 */
export function historyJson(
  vault: Vault,
  asked: Omit<HistoryAsked, 'series'> & { readonly kind: string; readonly points: number },
  summaries?: Summaries,
): string {
  const { slot, kind, from, to, points } = asked;
  const lines = Object.hasOwn(KINDS, kind) ? seriesOf(kind as Kind) : undefined;
  if (lines === undefined) throw new HeartwoodError('unacceptable', 'This kind has no history of numbers.');
  const series: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(lines))
    series[name] = lineJson(vault, { slot, series: one, from, to }, points, summaries);
  return JSON.stringify({ kind, from, to, series });
}

function lineJson(
  vault: Vault,
  asked: HistoryAsked,
  points: number,
  summaries: Summaries | undefined,
): object {
  if (asked.to - asked.from <= EVERY_NUMBER_MS) {
    const numbers = readAll(vault, asked, summaries);
    const { devices, placeOf } = devicesOf(vault, numbers);
    const several = devices.length > 1;
    if (numbers.time.length <= points) {
      const of = (i: number): readonly number[] => (several ? [placeOf(i)] : []);
      return { devices, every: Array.from(numbers.time, (at, i) => [at, numbers.value[i], ...of(i)]) };
    }
    if (several) return { devices, ...stretchesByDevice(numbers, placeOf, devices.length, asked, points) };
  }
  const { widthMs, time, count, min, mean, max } = readStretches(vault, asked, points, summaries);
  return {
    widthMs,
    stretches: Array.from(time, (at, i) => [at, count[i], min[i], round(mean[i] as number), max[i]]),
  };
}

/** The devices of some numbers, by id, and which of them measured number `i`. */
function devicesOf(
  { registry }: Vault,
  { device }: Numbers,
): { readonly devices: readonly string[]; readonly placeOf: (i: number) => number } {
  const numbers = [...new Set(device)];
  const places = new Map(numbers.map((one, place) => [one, place]));
  return {
    // Of one that was removed the number is left.
    devices: numbers.map((one) => registry.deviceByNumber(one)?.id ?? String(one)),
    placeOf: (i) => places.get(device[i] as number) as number,
  };
}

/** As `readStretches` makes them, of each device for itself: two oximeters of one patient are two lines. */
function stretchesByDevice(
  { time, value }: Numbers,
  placeOf: (i: number) => number,
  devices: number,
  { from, to }: Omit<HistoryAsked, 'series'>,
  points: number,
): object {
  const widthMs = Math.max(1, Math.ceil(((to - from) * devices) / points / MINUTE_MS)) * MINUTE_MS;
  type Stretch = {
    n: number;
    min: number;
    sum: number;
    max: number;
    readonly at: number;
    readonly of: number;
  };
  const stretches = new Map<string, Stretch>();
  for (const [i, each] of time.entries()) {
    const [at, of, one] = [Math.floor(each / widthMs) * widthMs, placeOf(i), value[i] as number];
    const known = stretches.get(`${at} ${of}`);
    if (known === undefined) stretches.set(`${at} ${of}`, { at, n: 1, min: one, sum: one, max: one, of });
    else {
      known.n += 1;
      known.sum += one;
      known.min = Math.min(known.min, one);
      known.max = Math.max(known.max, one);
    }
  }
  const rows = [...stretches.values()].sort((a, b) => a.at - b.at || a.of - b.of);
  return {
    widthMs,
    stretches: rows.map(({ at, n, min, sum, max, of }) => [at, n, min, round(sum / n), max, of]),
  };
}

const round = (mean: number): number => Math.round(mean * 1000) / 1000;
