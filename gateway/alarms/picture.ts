// What is known of one patient at this moment: the newest of everything measured, and when each device was heard. By
// the hub's own clock: a device's clock may say anything, and one that is slow must not make a present danger look past.

import { type AbsentReason, FRESHNESS, freshness, KIND_NAMES, type Kind } from '@heartwood/vitals';
import type { KeptReading } from '../store/segment-codec.ts';
import type { FeedReading } from '../stream/feed-reading.ts';

/** What a limit can be set on: a kind of one number, or a part of the blood pressure. */
export type Measure = Exclude<Kind, 'blood-pressure' | 'ecg' | 'ppg'> | 'systolic' | 'diastolic' | 'mean';

export type Newest = {
  /** In the kind's unit; undefined where the newest reading is absent. */
  readonly value?: number | undefined;
  readonly absent?: AbsentReason | undefined;
  /** When it came, hub's clock. */
  readonly receivedMs: number;
  /** The device says that its signal is poor. */
  readonly poor: boolean;
};

export const kindOf = (measure: Measure): Kind =>
  measure === 'systolic' || measure === 'diastolic' || measure === 'mean' ? 'blood-pressure' : measure;

/** Readings of a device that come so much later than its quickest did are its memory, not the present. */
const LAG_FORGOTTEN_MS = 3_600_000;

type Lag = { ms: number; atMs: number };

export class Picture {
  readonly #newest = new Map<Measure, Newest>();
  readonly #heard = new Map<number, number>();
  /** By device: the least time from measuring to arriving, by the two clocks; a slow clock only adds a constant. */
  readonly #lag = new Map<number, Lag>();

  /** Takes in a committed reading. History that a device hands over late is heard, and is not the present. */
  take(kept: KeptReading): void {
    const { measurement, received, device } = kept;
    this.#heard.set(device, received);
    if (this.#isHistory(kept)) return;
    if ('wave' in measurement) return;
    const poor = measurement.quality === 'poor';
    const put = (measure: Measure, value: number | undefined, absent?: AbsentReason): void => {
      this.#newest.set(measure, { value, absent, receivedMs: received, poor });
    };
    if ('absent' in measurement) {
      if (measurement.kind === 'ecg' || measurement.kind === 'ppg') return;
      if (measurement.kind !== 'blood-pressure') put(measurement.kind, undefined, measurement.absent);
      else
        for (const part of ['systolic', 'diastolic', 'mean'] as const)
          put(part, undefined, measurement.absent);
    } else if (measurement.kind !== 'blood-pressure') put(measurement.kind, measurement.value);
    else {
      for (const part of ['systolic', 'diastolic', 'mean'] as const) {
        if (measurement[part] !== undefined) put(part, measurement[part]);
      }
    }
  }

  /** Takes what was known before a restart: a number that has fallen silent meanwhile must still be missed. */
  restore(
    before: Pick<
      FeedReading,
      'kind' | 'value' | 'systolic' | 'diastolic' | 'mean' | 'absent' | 'quality' | 'received'
    >,
  ): void {
    const { kind, received: receivedMs, absent } = before;
    if (kind === 'ecg' || kind === 'ppg' || !KIND_NAMES.includes(kind as Kind)) return;
    const parts =
      kind === 'blood-pressure' ? (['systolic', 'diastolic', 'mean'] as const) : [kind as Measure];
    for (const part of parts) {
      const value = kind === 'blood-pressure' ? before[part as 'systolic'] : before.value;
      if (value === undefined && absent === undefined) continue;
      const poor = before.quality === 'poor';
      this.#newest.set(part, { value, absent: absent as AbsentReason | undefined, receivedMs, poor });
    }
  }

  /** The newest of a measure, however old; undefined: never seen. */
  newest(measure: Measure): Newest | undefined {
    return this.#newest.get(measure);
  }

  /** The value of a measure while it is no older than its kind may grow, or than `maxAgeMs`. */
  fresh(measure: Measure, nowMs: number, maxAgeMs?: number): number | undefined {
    const newest = this.#newest.get(measure);
    if (newest?.value === undefined) return undefined;
    const ageMs = nowMs - newest.receivedMs;
    const old = maxAgeMs === undefined ? freshness(kindOf(measure), ageMs) === 'stale' : ageMs > maxAgeMs;
    return old ? undefined : newest.value;
  }

  measures(): Iterable<readonly [Measure, Newest]> {
    return this.#newest;
  }

  /** When a device was last heard, by its number; undefined: not since this picture began. */
  heard(device: number): number | undefined {
    return this.#heard.get(device);
  }

  #isHistory({ device, at, received, measurement }: KeptReading): boolean {
    if (at === undefined) return false;
    const ms = received - at;
    const known = this.#lag.get(device);
    if (known === undefined || ms <= known.ms || received - known.atMs > LAG_FORGOTTEN_MS) {
      this.#lag.set(device, { ms, atMs: received });
      return false;
    }
    const history = ms - known.ms > FRESHNESS[measurement.kind].liveMs;
    if (!history) known.atMs = received;
    return history;
  }
}
