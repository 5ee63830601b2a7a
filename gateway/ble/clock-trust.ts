// Whether to believe a device's clock, reading by reading. Cuffs and meters are found 16 minutes slow, in 1970, in
// 2094, an hour off since the summer ended, or with no time at all; some take a new time with thanks and keep the old
// one. What the device said is kept in the reading's source, whatever is decided here.
//
// A time needs a witness. The best is the clock itself, where it can be read: its error is known. The next is a value
// that was measured just now and says so. A record of which there is neither keeps the device's word, and is marked
// `unverified`: no error of less than the years that a wearable keeps readings for can be told from an old record.
// What cannot be (the future, 1970) is not believed, witness or not.
//
// Wall-clock times are kept as if they were UTC: `wallMs` of 14:10 is the moment of 14:10 UTC, wherever it hangs.

import type { ClockTrust } from '@heartwood/vitals';

/** Minutes by which the house's wall clock is ahead of UTC at a moment: its zone, and its summer time. */
export type Zone = (atMs: number) => number;

/** What was seen of a device's clock. */
export type ClockSeen = {
  /** Device's wall clock less the house's, ms, when the session began. Undefined: the device does not show its clock. */
  readonly errorMs?: number;
  /** The house's offset from UTC at that moment, minutes. Undefined: what it is now. */
  readonly zoneMinutes?: number;
  /** The house's wall clock when it was looked at. */
  readonly seenWallMs?: number;
  /** The house's wall clock when the device was set, and how far off it was when it was read back. */
  readonly set?: { readonly wallMs: number; readonly errorMs: number };
  /** It had another error when it was looked at before, and nobody saw when that changed: a battery, a hand. */
  readonly jumped?: {
    readonly errorMs: number;
    readonly zoneMinutes?: number;
    /** The house's wall clock when it still had that. */
    readonly sinceWallMs: number;
  };
};

/** What counts for a reading: a time, or the hub's receive time (`arrival`). */
export type TrustedTime =
  | { readonly clock: Exclude<ClockTrust, 'arrival'>; readonly atMs: number; readonly shiftMs: number }
  /** `dated`: the time in it is some day's, and so tells it from others; it is only not known to be right. */
  | { readonly clock: 'arrival'; readonly shiftMs: 0; readonly dated?: true };

/** A device's clock within this is right. Setting it over the air takes seconds. */
export const AGREES_MS = 60_000;
/** Between the moment at which a clock takes a new time and the one at which we have read it back. */
const SETTING_MS = 15_000;
/** A time further ahead of ours than this is wrong. */
const AHEAD_MAX_MS = 5 * 60_000;
/** No wearable keeps readings for longer (as `ingest` has it). */
const BEHIND_MAX_MS = 400 * 86_400_000;
/** Zones differ by quarters of an hour, the widest pair by 26 hours. */
const QUARTER_MS = 15 * 60_000;
const ZONES_APART_MAX_MS = 26 * 3_600_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A cheap crystal in the cold; beyond it somebody set the clock, or its battery was out. */
const DRIFT_MS_PER_DAY = 10_000;

const ARRIVAL: TrustedTime = { clock: 'arrival', shiftMs: 0 };
const DOUBTED: TrustedTime = { clock: 'arrival', shiftMs: 0, dated: true };

/** The house's wall clock at a moment. */
export const wallAt = (epochMs: number, zone: Zone): number => epochMs + zone(epochMs) * 60_000;

/** The moment of a wall-clock time. In the hour that comes twice when summer time ends, the later one. */
export function momentOfWall(wallMs: number, zone: Zone): number {
  const guess = wallMs - zone(wallMs) * 60_000;
  return wallMs - zone(guess) * 60_000;
}

/** The hub's side of a comparison of clocks. */
export type HubClock = {
  readonly nowMs: number;
  readonly zone: Zone;
  /** The device knows its zone. */
  readonly absolute?: boolean;
  /** The device tells its time in steps of so many ms; by default seconds. */
  readonly stepMs?: number;
};

/**
 * The time of a reading.
 * @param saidMs the wall-clock time that the device said, as if UTC; undefined where it said none
 * @param fresh it was measured just now, and is not out of the device's memory
 */
export function trustTime(
  saidMs: number | undefined,
  seen: ClockSeen,
  hub: HubClock,
  fresh: boolean,
): TrustedTime {
  if (saidMs === undefined) return ARRIVAL;
  const nowWallMs = wallAt(hub.nowMs, hub.zone);
  const { errorMs, set, jumped } = seen;
  if (set !== undefined && isSinceSet(saidMs, set, nowWallMs))
    return byError(saidMs, set.errorMs, seen.zoneMinutes, hub);
  if (errorMs === undefined) return ofUnseenClock(saidMs, nowWallMs, hub, fresh);
  const now = byError(saidMs, errorMs, seen.zoneMinutes, hub);
  if (jumped === undefined || fresh) return now;
  // Made before the jump or after it: whichever can be; where both can, and differ, nobody knows.
  const before = byError(saidMs, jumped.errorMs, jumped.zoneMinutes, hub);
  const canBeAfter = now.clock !== 'arrival' && saidMs - errorMs >= jumped.sinceWallMs - AGREES_MS;
  if (before.clock === 'arrival') return canBeAfter ? now : ARRIVAL;
  if (!canBeAfter || Math.abs(before.atMs - now.atMs) <= AGREES_MS) return before;
  return believed('unverified', saidMs, momentOfWall(saidMs, hub.zone), hub);
}

/** Of a clock that nobody could read: by what the time itself shows. */
function ofUnseenClock(saidMs: number, nowWallMs: number, hub: HubClock, fresh: boolean): TrustedTime {
  const aheadMs = saidMs - nowWallMs;
  const momentMs = momentOfWall(saidMs, hub.zone);
  // It says the time of its arrival: that is its witness.
  if (aheadMs <= AGREES_MS && aheadMs >= -AGREES_MS - (hub.stepMs ?? 0))
    return believed('device', saidMs, momentMs, hub);
  // Fresh, and off by whole quarters of an hour: another zone, or a summer time that one of the two has not heard of.
  const quarters = Math.round(aheadMs / QUARTER_MS) * QUARTER_MS;
  const zoned = Math.abs(aheadMs) <= ZONES_APART_MAX_MS && Math.abs(aheadMs - quarters) <= AGREES_MS;
  if (fresh && zoned) return believed('corrected', saidMs, momentOfWall(saidMs - quarters, hub.zone), hub);
  // An hour ago: a record of then, or measured now by a clock that has not heard of summer time.
  if (!fresh && hub.absolute !== true && Math.abs(aheadMs + HOUR_MS) <= AGREES_MS) return DOUBTED;
  // A record of then, or a clock that is off by as much: the device's word stands if it can, and says whose it is.
  return believed('unverified', saidMs, momentMs, hub);
}

/** Whether a clock that was `offMs` better or worse at its last look has but ticked on. */
function hasDrifted(offMs: number, before: ClockSeen, now: ClockSeen): boolean {
  const passedMs = Math.max(0, (now.seenWallMs ?? 0) - (before.seenWallMs ?? now.seenWallMs ?? 0));
  const drift = AGREES_MS + (passedMs / DAY_MS) * DRIFT_MS_PER_DAY;
  // By the house's wall clock, or by UTC, where it knows no summer time.
  const zonesMs = ((now.zoneMinutes ?? 0) - (before.zoneMinutes ?? now.zoneMinutes ?? 0)) * 60_000;
  return Math.abs(offMs) <= drift || Math.abs(offMs + zonesMs) <= drift;
}

/**
 * What is known of a clock after another look at it. It was set in an earlier session, and shows what it was set to: what
 * the device said before that is as wrong as it was then, also where it was set once more since.
 */
export function clockSeen(before: ClockSeen, now: ClockSeen): ClockSeen {
  const heldMs = before.set?.errorMs ?? before.errorMs;
  const { errorMs } = now;
  if (heldMs === undefined || errorMs === undefined) return now;
  if (!hasDrifted(errorMs - heldMs, before, now)) {
    const { zoneMinutes } = before;
    const sinceWallMs = before.seenWallMs ?? before.set?.wallMs;
    if (sinceWallMs === undefined) return now;
    return {
      ...now,
      jumped: { errorMs: heldMs, ...(zoneMinutes !== undefined && { zoneMinutes }), sinceWallMs },
    };
  }
  const { jumped } = before;
  // An hour off since the summer ended, or looked at and never set: what it shows today says it all.
  if (before.set === undefined || Math.abs(errorMs - heldMs) > AGREES_MS)
    return { ...now, ...(jumped !== undefined && { jumped }) };
  const set = now.set === undefined ? before.set : { ...before.set, errorMs: now.set.errorMs };
  const { seenWallMs } = now;
  return { ...before, set, ...(seenWallMs !== undefined && { seenWallMs }) };
}

/** A record that shows a time since the clock was set. */
function isSinceSet(saidMs: number, set: NonNullable<ClockSeen['set']>, nowWallMs: number): boolean {
  const after = saidMs - set.errorMs;
  return after >= set.wallMs - SETTING_MS && after <= nowWallMs + AGREES_MS;
}

/** The clock was seen: it is right, or its error is known. */
function byError(
  saidMs: number,
  errorMs: number,
  zoneMinutes: number | undefined,
  hub: HubClock,
): TrustedTime {
  if (Math.abs(errorMs) <= AGREES_MS) return believed('device', saidMs, momentOfWall(saidMs, hub.zone), hub);
  // One that is off has not heard of summer time either: it is as far from UTC on the record's day as it is today.
  const minutes = zoneMinutes ?? hub.zone(hub.nowMs);
  return believed('corrected', saidMs, saidMs - errorMs - minutes * 60_000, hub);
}

function believed(
  clock: Exclude<ClockTrust, 'arrival'>,
  saidMs: number,
  momentMs: number,
  { nowMs }: { readonly nowMs: number },
): TrustedTime {
  if (momentMs > nowMs + AHEAD_MAX_MS || momentMs < nowMs - BEHIND_MAX_MS) return ARRIVAL;
  // A little ahead is a clock that ticks a little fast; nothing is measured in the future.
  const atMs = Math.floor(Math.min(momentMs, nowMs));
  const moved = momentMs > nowMs && clock === 'device';
  return { clock: moved ? 'corrected' : clock, atMs, shiftMs: atMs - saidMs };
}
