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
  /** When it came, hub's clock; of what a person charted, when they saw it. */
  readonly receivedMs: number;
  /** The device says that its signal is poor. */
  readonly poor: boolean;
  /** Which one, by its number; undefined for what was known before a restart and is nobody's any more. */
  readonly device?: number | undefined;
};

export const kindOf = (measure: Measure): Kind =>
  measure === 'systolic' || measure === 'diastolic' || measure === 'mean' ? 'blood-pressure' : measure;

/**
 * After an hour without a word of the present, a reading is the present when it is no older than its kind may grow (a meter
 * that is read minutes after it was used); what is older comes out of the memory of a device that was away.
 */
const LAG_FORGOTTEN_MS = 3_600_000;
/** A device's clock runs away from ours by no more: its quickest of long ago does not make it late for ever. */
const DRIFT = 0.001;
/**
 * When every reading of a device comes later by the same, for so long, it is a clock that was set (a hub without a
 * battery for its clock is minutes behind until the network tells it): they are the present again. A memory that is
 * handed over catches up meanwhile: faster than 1.08 times its measuring, its lag falls by more than the margin.
 */
const STEADY_MS = 60_000;
const STEADY_BELOW_MS = 5_000;
const STEADY_ABOVE_MS = 15_000;

/**
 * A poor number and a good one of another device are of the same time, where that kind is live so long. Every limit that is
 * waited out is on such a kind; the others, of a cuff or a meter, are looked at when they come.
 */
const SAME_TIME_MS = 30_000;

type Lag = {
  ms: number;
  atMs: number;
  /** A greater one that has come since, with nothing of the present in between. */
  later?: { readonly ms: number; readonly sinceMs: number } | undefined;
};

export class Picture {
  readonly #newest = new Map<Measure, Newest>();
  /** The last number of each device that it did not call poor, the newest first; none of one that has no number since. */
  readonly #good = new Map<Measure, readonly Newest[]>();
  /** What people have measured by hand: one at a time, so that nothing is missed when no more comes. */
  readonly #charted = new Map<Measure, Newest>();
  readonly #heard = new Map<number, number>();
  /** By device: the least time from measuring to arriving, by the two clocks; a slow clock only adds a constant. */
  readonly #lag = new Map<number, Lag>();

  /**
   * Takes in a committed reading. History that a device hands over late is heard, and is not the present.
   * @returns whether it is of the present
   */
  take(kept: KeptReading): boolean {
    this.#heard.set(kept.device, kept.received);
    if (kept.origin === 'person') return this.#chart(kept);
    if (this.#isHistory(kept)) return false;
    this.#put(kept);
    return true;
  }

  /** What a person writes down is as old as they say, by the hub's own clock; and something seen later stands. */
  #chart(kept: KeptReading): boolean {
    const { at = kept.received, received, measurement } = kept;
    const seenMs = Math.min(at, received);
    this.#put({ ...kept, received: seenMs });
    return received - seenMs <= FRESHNESS[measurement.kind].liveMs;
  }

  #put({ measurement, received, device, origin }: KeptReading): void {
    if ('wave' in measurement) return;
    const poor = measurement.quality === 'poor';
    const put = (measure: Measure, value: number | undefined, absent?: AbsentReason): void => {
      const known = this.#of(origin);
      // A finger that slipped out of its clip does not undo what the strap counts.
      const before = known.get(measure);
      if (origin === 'person' && before !== undefined && before.receivedMs > received) return;
      const isOthers = before?.device !== undefined && before.device !== device;
      if (absent !== undefined && origin !== 'person') this.#forgetGood(measure, device);
      if (absent !== undefined && isOthers && presentOf(measure, before, received, undefined) !== undefined)
        return;
      this.#set(known, measure, { value, absent, receivedMs: received, poor, device });
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
    > &
      Partial<Pick<FeedReading, 'origin' | 'at'>>,
    device?: number,
  ): void {
    const { kind, received, at = received, origin, absent } = before;
    const receivedMs = origin === 'person' ? Math.min(at, received) : received;
    if (kind === 'ecg' || kind === 'ppg' || !KIND_NAMES.includes(kind as Kind)) return;
    const parts =
      kind === 'blood-pressure' ? (['systolic', 'diastolic', 'mean'] as const) : [kind as Measure];
    for (const part of parts) {
      const value = kind === 'blood-pressure' ? before[part as 'systolic'] : before.value;
      if (value === undefined && absent === undefined) continue;
      const poor = before.quality === 'poor';
      const reason = absent as AbsentReason | undefined;
      this.#set(this.#of(origin), part, { value, absent: reason, receivedMs, poor, device });
    }
  }

  #set(known: Map<Measure, Newest>, measure: Measure, newest: Newest): void {
    known.set(measure, newest);
    if (known !== this.#newest) return;
    if (newest.value === undefined) this.#forgetGood(measure, newest.device);
    else if (!newest.poor) {
      const others = this.#good.get(measure)?.filter((one) => one.device !== newest.device) ?? [];
      const { liveMs } = FRESHNESS[kindOf(measure)];
      // What is older is asked for no more.
      const live = others.filter(({ receivedMs }) => Math.abs(newest.receivedMs - receivedMs) <= liveMs);
      this.#good.set(measure, [newest, ...live]);
    }
  }

  #forgetGood(measure: Measure, device: number | undefined): void {
    const good = this.#good.get(measure);
    if (good?.some((one) => one.device === device) === true)
      this.#good.set(
        measure,
        good.filter((one) => one.device !== device),
      );
  }

  /** How late the device's last word before a restart was: a memory that follows is later. */
  restoreLag(device: number, { at, received }: Pick<FeedReading, 'at' | 'received'>): void {
    if (at === undefined) return;
    const ms = received - at;
    const known = this.#lag.get(device);
    if (known === undefined || ms < known.ms)
      this.#lag.set(device, { ms, atMs: Math.max(received, known?.atMs ?? 0) });
  }

  /** The newest of a measure, however old, of a device or by hand; undefined: never seen. */
  newest(measure: Measure): Newest | undefined {
    return later(this.#newest.get(measure), this.#charted.get(measure));
  }

  /**
   * What a limit is held against: the newest of a measure, of a device or by hand, no older than its kind may grow; where
   * that one has no number, the other. A poor one stands for nobody's danger and nobody's peace: where another device has
   * said a good one of the same time, or somebody has measured it by hand, that one is taken in its place.
   */
  present(measure: Measure, nowMs: number): Newest | undefined {
    const newest = this.#newest.get(measure);
    const charted = this.#charted.get(measure);
    const worn = presentOf(measure, newest, nowMs, undefined);
    const present = later(worn, presentOf(measure, charted, nowMs, undefined));
    if (present?.poor === false) return present;
    const sameMs = Math.min(FRESHNESS[kindOf(measure)].liveMs, SAME_TIME_MS);
    const others = this.#good.get(measure)?.filter(({ device }) => device !== newest?.device) ?? [];
    const seen = charted === undefined || charted.poor ? others : [...others, charted];
    const good = seen.flatMap((one) => {
      const isOfNow = Math.abs(nowMs - one.receivedMs) <= sameMs;
      return (isOfNow ? presentOf(measure, one, nowMs, undefined) : undefined) ?? [];
    });
    return good.reduce<Newest | undefined>(later, undefined) ?? present;
  }

  /**
   * What is present and can be believed, no older than its kind may grow, or than `maxAgeMs`; what was charted counts for as
   * long as `chartedMaxMs`. A number that its device calls poor is none. The good one before it, or another device's where a
   * sensor is off, counts for as long as its kind is live: a signal that is poor now and then hides nothing, and one that
   * stays poor leaves nothing known.
   */
  believed(
    measure: Measure,
    nowMs: number,
    maxAgeMs: number | undefined,
    chartedMaxMs: number | undefined,
  ): Newest | undefined {
    const newest = this.#newest.get(measure);
    const good = this.#good.get(measure)?.[0];
    const { liveMs } = FRESHNESS[kindOf(measure)];
    const wornMaxMs = good === newest ? maxAgeMs : Math.min(liveMs, maxAgeMs ?? liveMs);
    const worn = presentOf(measure, good, nowMs, wornMaxMs);
    const charted = presentOf(measure, this.#charted.get(measure), nowMs, chartedMaxMs);
    return later(worn, charted);
  }

  /** What devices measure, newest of each. */
  measures(): Iterable<readonly [Measure, Newest]> {
    return this.#newest;
  }

  /** When a device was last heard, by its number; undefined: not since this picture began. */
  heard(device: number): number | undefined {
    return this.#heard.get(device);
  }

  #of(origin: string | undefined): Map<Measure, Newest> {
    return origin === 'person' ? this.#charted : this.#newest;
  }

  #isHistory({ device, at, received, measurement }: KeptReading): boolean {
    if (at === undefined) return false;
    const ms = received - at;
    const known = this.#lag.get(device);
    const { liveMs, staleMs } = FRESHNESS[measurement.kind];
    const long = known !== undefined && received - known.atMs > LAG_FORGOTTEN_MS;
    if (known === undefined || ms <= known.ms || (long && ms - known.ms <= staleMs)) {
      this.#lag.set(device, { ms, atMs: received });
      return false;
    }
    if (ms - known.ms <= liveMs) {
      known.ms = Math.min(ms, known.ms + Math.max(0, received - known.atMs) * DRIFT);
      known.atMs = received;
      known.later = undefined;
      return false;
    }
    const { later } = known;
    const steady =
      later !== undefined &&
      received >= later.sinceMs &&
      ms >= later.ms - STEADY_BELOW_MS &&
      ms <= later.ms + STEADY_ABOVE_MS;
    if (!steady) known.later = { ms, sinceMs: received };
    else if (received - later.sinceMs >= STEADY_MS) {
      this.#lag.set(device, { ms, atMs: received });
      return false;
    }
    return true;
  }
}

function later(worn: Newest | undefined, charted: Newest | undefined): Newest | undefined {
  if (worn === undefined || charted === undefined) return worn ?? charted;
  return charted.receivedMs >= worn.receivedMs ? charted : worn;
}

function presentOf(
  measure: Measure,
  newest: Newest | undefined,
  nowMs: number,
  maxAgeMs: number | undefined,
): Newest | undefined {
  if (newest?.value === undefined) return undefined;
  const ageMs = nowMs - newest.receivedMs;
  const old = maxAgeMs === undefined ? freshness(kindOf(measure), ageMs) === 'stale' : ageMs > maxAgeMs;
  return old ? undefined : newest;
}
