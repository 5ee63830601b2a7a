// What may be said about one vital sign now: a number with its state, the reason why there is none, or that
// there never was one. A number is never given without its age, and an absent one is never a number.

import type { AbsentReason, Kind } from '@heartwood/vitals';
import { type Freshness, freshness } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';
import { isHistory, measuredAt } from './freshness.ts';

export type Vital =
  | { readonly state: 'never' }
  | {
      readonly state: Freshness;
      readonly reading: FeedReading;
      readonly ageMs: number;
      /** Set where the reading came late: how long ago it reached the hub. */
      readonly receivedAgoMs: number | undefined;
      /** Set where its device's clock says that it is older, and the hub does not believe that: how old by that clock. */
      readonly ownClockAgoMs?: number | undefined;
    }
  | {
      readonly state: 'absent';
      readonly reason: AbsentReason;
      readonly reading: FeedReading;
      readonly ageMs: number;
      /** The last number before it, and its age: history, never the present. */
      readonly last: { readonly reading: FeedReading; readonly ageMs: number } | undefined;
    };

/**
 * The vital that `readings` (one kind, in order of measurement) amount to at `now` by the hub's clock. While the
 * link to the hub is lost nothing is live: the hub may have newer numbers, or none.
 */
export function vitalOf(
  kind: Kind,
  readings: readonly FeedReading[] | undefined,
  now: number,
  linked: boolean,
): Vital {
  const reading = readings?.at(-1);
  if (readings === undefined || reading === undefined) return { state: 'never' };
  const ageOf = (each: FeedReading): number => Math.max(0, now - measuredAt(each));
  const ageMs = ageOf(reading);
  if ('absent' in reading.measurement) {
    const before = readings.findLast((each) => !('absent' in each.measurement));
    const last = before === undefined ? undefined : { reading: before, ageMs: ageOf(before) };
    return { state: 'absent', reason: reading.measurement.absent, reading, ageMs, last };
  }
  const fresh = freshness(kind, ageMs);
  const receivedAgoMs = isHistory(reading) ? Math.max(0, now - reading.received) : undefined;
  const ownClockAgoMs =
    reading.present === true && reading.at !== undefined ? Math.max(0, now - reading.at) : undefined;
  const state = fresh === 'live' && !linked ? 'delayed' : fresh;
  return { state, reading, ageMs, receivedAgoMs, ...(ownClockAgoMs !== undefined && { ownClockAgoMs }) };
}
