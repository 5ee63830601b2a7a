// Whether to believe a device's clock, reading by reading. Cuffs and meters are found 16 minutes slow, in 1970, in
// 2094, an hour off since the summer ended, or with no time at all; some take a new time with thanks and keep the old
// one. What the device said is kept in the reading's source, whatever is decided here.
//
// Wall-clock times are kept as if they were UTC: `wallMs` of 14:10 is the moment of 14:10 UTC, wherever it hangs.

import type { ClockTrust } from '@heartwood/vitals';

/** Minutes by which the house's wall clock is ahead of UTC at a moment: its zone, and its summer time. */
export type Zone = (atMs: number) => number;

/** What was seen of a device's clock in one session. */
export type ClockSeen = {
  /** Device's wall clock less the house's, ms, when the session began. Undefined: the device does not show its clock. */
  readonly errorMs?: number;
  /** The house's offset from UTC at that moment, minutes. Undefined: what it is now. */
  readonly zoneMinutes?: number;
  /** The house's wall clock when the device was set, and how far off it was when it was read back. */
  readonly set?: { readonly wallMs: number; readonly errorMs: number };
};

/** What counts for a reading: a time, or the hub's receive time (`arrival`). */
export type TrustedTime =
  | { readonly clock: Exclude<ClockTrust, 'arrival'>; readonly atMs: number; readonly shiftMs: number }
  /** `dated`: the time in it is some day's, and so tells it from others; it is only not known to be right. */
  | { readonly clock: 'arrival'; readonly shiftMs: 0; readonly dated?: true };

/** A device's clock within this is right. Setting it over the air takes seconds. */
export const AGREES_MS = 60_000;
/** A time further ahead of ours than this is wrong. */
const AHEAD_MAX_MS = 5 * 60_000;
/** No wearable keeps readings for longer (as `ingest` has it). */
const BEHIND_MAX_MS = 400 * 86_400_000;
/** Zones differ by quarters of an hour, the widest pair by 26 hours. */
const QUARTER_MS = 15 * 60_000;
const ZONES_APART_MAX_MS = 26 * 3_600_000;

const HOUR_MS = 3_600_000;

const ARRIVAL: TrustedTime = { clock: 'arrival', shiftMs: 0 };
const DOUBTED: TrustedTime = { clock: 'arrival', shiftMs: 0, dated: true };

/** The house's wall clock at a moment. */
export const wallAt = (epochMs: number, zone: Zone): number => epochMs + zone(epochMs) * 60_000;

/** The moment of a wall-clock time. In the hour that comes twice when summer time ends, the later one. */
export function momentOfWall(wallMs: number, zone: Zone): number {
  const guess = wallMs - zone(wallMs) * 60_000;
  return wallMs - zone(guess) * 60_000;
}

/**
 * The time of a reading.
 * @param saidMs the wall-clock time that the device said, as if UTC; undefined where it said none
 * @param hub `absolute`: the device knows its zone
 * @param fresh it was measured just now, and is not out of the device's memory
 */
export function trustTime(
  saidMs: number | undefined,
  seen: ClockSeen,
  hub: { readonly nowMs: number; readonly zone: Zone; readonly absolute?: boolean },
  fresh: boolean,
): TrustedTime {
  if (saidMs === undefined) return ARRIVAL;
  const errorMs = errorAt(saidMs, seen, wallAt(hub.nowMs, hub.zone));
  if (errorMs !== undefined) {
    // The clock was seen: it is right, or its error is known.
    if (Math.abs(errorMs) <= AGREES_MS)
      return believed('device', saidMs, momentOfWall(saidMs, hub.zone), hub);
    // One that is off has not heard of summer time either: it is as far from UTC on the record's day as it is today.
    const zoneMinutes = seen.zoneMinutes ?? hub.zone(hub.nowMs);
    return believed('corrected', saidMs, saidMs - errorMs - zoneMinutes * 60_000, hub);
  }
  const plain = believed('device', saidMs, momentOfWall(saidMs, hub.zone), hub);
  const aheadMs = saidMs - wallAt(hub.nowMs, hub.zone);
  // An hour ago: a record of then, or measured now by a clock that has not heard of summer time.
  if (!fresh && hub.absolute !== true && Math.abs(aheadMs + HOUR_MS) <= AGREES_MS) return DOUBTED;
  if (plain.clock !== 'arrival' && !fresh) return plain;
  if (Math.abs(aheadMs) <= AGREES_MS) return plain;
  // Fresh, and off by whole quarters of an hour: another zone, or a summer time that one of the two has not heard of.
  const quarters = Math.round(aheadMs / QUARTER_MS) * QUARTER_MS;
  const zoned = Math.abs(aheadMs) <= ZONES_APART_MAX_MS && Math.abs(aheadMs - quarters) <= AGREES_MS;
  if (fresh && zoned) return believed('corrected', saidMs, momentOfWall(saidMs - quarters, hub.zone), hub);
  // Fresh and off by anything else: it may be a slow clock or a record that waited. The device's word stands if it can.
  return plain;
}

/**
 * What is known of a clock after another look at it. It was set in an earlier session, and shows what it was set to: what
 * the device said before that is as wrong as it was then.
 */
export function clockSeen(before: ClockSeen, now: ClockSeen): ClockSeen {
  const { set } = before;
  const { errorMs } = now;
  if (set === undefined || now.set !== undefined || errorMs === undefined) return now;
  return Math.abs(errorMs - set.errorMs) <= AGREES_MS ? before : now;
}

/** By how much the clock was off when it showed `saidMs`: before or after it was set. */
function errorAt(saidMs: number, { errorMs, set }: ClockSeen, nowWallMs: number): number | undefined {
  if (set === undefined) return errorMs;
  const after = saidMs - set.errorMs;
  const measuredSince = after >= set.wallMs - AGREES_MS && after <= nowWallMs + AGREES_MS;
  return measuredSince ? set.errorMs : (errorMs ?? set.errorMs);
}

function believed(
  clock: 'device' | 'corrected',
  saidMs: number,
  momentMs: number,
  { nowMs }: { readonly nowMs: number },
): TrustedTime {
  if (momentMs > nowMs + AHEAD_MAX_MS || momentMs < nowMs - BEHIND_MAX_MS) return ARRIVAL;
  // A little ahead is a clock that ticks a little fast; nothing is measured in the future.
  const atMs = Math.floor(Math.min(momentMs, nowMs));
  return { clock: momentMs > nowMs ? 'corrected' : clock, atMs, shiftMs: atMs - saidMs };
}
