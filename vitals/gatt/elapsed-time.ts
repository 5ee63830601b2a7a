// Elapsed Time, 2BF2, and the time inside a generic health observation: a count since the year 2000, of seconds down
// to tenths of a millisecond, in UTC or on the wall, or a mere tick counter.

import { TIME_MAX_MS } from '../limit.ts';
import type { DeviceClock } from './measured.ts';
import { decodeWith, type OctetReader } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

/** In the order of their codes; those above 7 are reserved. */
const SYNC_SOURCES = [
  'unknown',
  'network',
  'satellite',
  'radio',
  'manual',
  'atomic',
  'cellular',
  'none',
  'reserved',
] as const;
export type SyncSource = (typeof SYNC_SOURCES)[number];

export type ElapsedTime = {
  /** `ticks` count from nothing known, `utc` and `local` from 2000-01-01. */
  readonly base: 'ticks' | 'utc' | 'local';
  /** One count, in microseconds. */
  readonly stepUs: 1_000_000 | 100_000 | 1000 | 100;
  /** 0 to 2^48-1. */
  readonly count: number;
  /** Taken since the clock was last set; if not, the time is not to be trusted. */
  readonly current: boolean;
  readonly source: SyncSource;
  /** Minutes by which local time is ahead of UTC, in quarters of an hour; absent where the device does not know. */
  readonly offsetMinutes?: number;
};

const STEPS_US = [1_000_000, 100_000, 1000, 100] as const;
/** 2000-01-01T00:00:00Z in ms since 1970. */
const EPOCH_2000_MS = 946_684_800_000;

/** Nine octets. */
export function readElapsedTime(octets: OctetReader): ElapsedTime {
  const flags = octets.u8();
  const count = octets.u48();
  const source = SYNC_SOURCES[octets.u8()] ?? 'reserved';
  const quarters = octets.s8();
  return {
    base: (flags & 1) !== 0 ? 'ticks' : (flags & 2) !== 0 ? 'utc' : 'local',
    stepUs: STEPS_US[(flags >> 2) & 3]!,
    count,
    current: (flags & 0x20) !== 0,
    source,
    ...((flags & 0x10) !== 0 && { offsetMinutes: quarters * 15 }),
  };
}

export function writeElapsedTime(time: ElapsedTime, octets: OctetWriter): void {
  const { base, count, current, offsetMinutes, source } = time;
  const step = STEPS_US.indexOf(time.stepUs);
  octets
    .u8(
      flagsOf(
        base === 'ticks',
        base === 'utc',
        (step & 1) !== 0,
        (step & 2) !== 0,
        offsetMinutes !== undefined,
        current,
      ),
    )
    .unsigned(count, 6)
    .u8(SYNC_SOURCES.indexOf(source))
    .s8((offsetMinutes ?? 0) / 15);
}

/** 2BF2. */
export function decodeElapsedTime(bytes: Uint8Array): Decoded<ElapsedTime> {
  return decodeWith(bytes, readElapsedTime);
}

/** 2BF2, 9 octets. */
export function encodeElapsedTime(time: ElapsedTime): Uint8Array {
  const octets = new OctetWriter();
  writeElapsedTime(time, octets);
  return octets.done();
}

/**
 * The moment, ms since 1970. A wall-clock time needs an offset: the device's own, else the hub's. Undefined for ticks,
 * for a time of before the clock was set, and beyond the year 9999.
 */
export function elapsedMoment(time: ElapsedTime, clock: DeviceClock): number | undefined {
  if (time.base === 'ticks' || !time.current) return undefined;
  const offsetMinutes = time.base === 'utc' ? 0 : (time.offsetMinutes ?? clock.offsetMinutes);
  if (offsetMinutes === undefined) return undefined;
  const { count, stepUs } = time;
  const sinceMs = stepUs < 1000 ? Math.floor(count / (1000 / stepUs)) : count * (stepUs / 1000);
  const ms = EPOCH_2000_MS + sinceMs - offsetMinutes * 60_000;
  return ms >= 0 && ms <= TIME_MAX_MS ? ms : undefined;
}
