// What comes in over time, and not only what came last: the numbers of messages, the devices' clocks, the last hours of
// what is measured. Beside the picture, which knows the moment.

import type { DeviceCursor } from '../ingest/cursor.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import type { Observed } from './condition.ts';
import { DeviceClocks } from './device-clock.ts';
import type { Alarm } from './engine.ts';
import { Sequences } from './sequence-gap.ts';
import type { WatchedDevice } from './technical.ts';
import { Course, TREND_MEASURES, TREND_MS, type TrendMeasure } from './trend.ts';

/** Means of minutes of a time that is past; undefined while they cannot be read yet. */
export type Past = (
  slot: number,
  measure: TrendMeasure,
  fromMs: number,
  toMs: number,
) => Iterable<readonly [timeMs: number, mean: number]> | undefined;

export class Flow {
  readonly #sequences = new Sequences();
  readonly #clocks = new DeviceClocks();
  readonly #courses = new Map<number, Course>();
  /** Patients whose past was read, or who have none. */
  readonly #recalled = new Set<number>();

  /** @param isPresent false for what a device hands over out of its memory */
  take(slot: number, kept: KeptReading, isPresent: boolean): void {
    if (kept.origin === 'person') return;
    this.#sequences.take(kept);
    this.#clocks.take(kept);
    const { measurement, received } = kept;
    const measure = TREND_MEASURES.find((one) => one === measurement.kind);
    if (!isPresent || measure === undefined || measurement.quality === 'poor') return;
    if ('value' in measurement) this.#course(slot).take(measure, measurement.value, received);
  }

  *observe(
    slot: number,
    devices: readonly WatchedDevice[],
    scale: 1 | 2,
    nowMs: number,
  ): Generator<Observed> {
    for (const { id, number } of devices) {
      yield this.#sequences.observe(number, id, nowMs);
      yield this.#clocks.observe(number, id, nowMs);
    }
    yield* this.#course(slot).observe(nowMs, scale);
  }

  /** Reads the hours before the start, of one patient at a call: none of it may hold up a commit for long. */
  recall(slots: readonly number[], past: Past, nowMs: number): void {
    const slot = slots.find((one) => !this.#recalled.has(one));
    if (slot === undefined) return;
    const course = this.#course(slot);
    for (const measure of TREND_MEASURES) {
      const minutes = past(slot, measure, nowMs - TREND_MS, nowMs);
      if (minutes === undefined) return;
      for (const [timeMs, mean] of minutes) course.recall(measure, mean, timeMs);
    }
    this.#recalled.add(slot);
  }

  /** Where devices stood before the start. */
  restoreSequences(
    before: SequencesBefore,
    alarmOf: (device: number) => Alarm | undefined,
    nowMs: number,
  ): void {
    for (const [device, { boot, bounds, heardMs }] of before.runs) {
      const alarm = alarmOf(device);
      const raisedMs =
        alarm === undefined || alarm.state.presence === 'off' ? undefined : alarm.state.raisedMs;
      const from = Number(alarm?.facts['from'] ?? Number.POSITIVE_INFINITY);
      // A hole is waited for where its alarm is on, or where it is so young that there may have been no time for one.
      const since = (after: number): number | undefined =>
        heardMs.get(after) ?? (raisedMs !== undefined && after > from ? raisedMs : undefined);
      this.#sequences.restore(device, boot, bounds, since, nowMs);
    }
  }

  #course(slot: number): Course {
    let course = this.#courses.get(slot);
    if (course === undefined) {
      course = new Course(slot);
      this.#courses.set(slot, course);
    }
    return course;
  }
}

type RunBefore = {
  readonly boot: number | undefined;
  readonly bounds: readonly number[];
  /** When the first number after a hole came, of those that came in the last batches. */
  readonly heardMs: Map<number, number>;
};

/** What the cursors, and the readings of the last batches, tell of the numbers that came before a start. */
export class SequencesBefore {
  readonly runs: ReadonlyMap<number, RunBefore>;

  constructor(cursors: ReadonlyMap<number, DeviceCursor>) {
    this.runs = new Map(
      [...cursors].flatMap(([device, cursor]): [number, RunBefore][] => {
        const { run } = cursor;
        return run === undefined ? [] : [[device, { ...run, heardMs: new Map() }]];
      }),
    );
  }

  note(readings: readonly KeptReading[]): void {
    for (const { device, boot, seq, received } of readings) {
      const run = this.runs.get(device);
      if (run === undefined || run.bounds.length < 4 || run.boot !== boot) continue;
      if (run.bounds.some((bound, at) => at % 2 === 0 && bound === seq)) run.heardMs.set(seq, received);
    }
  }
}
