// The clock inside a device. It shows a wall clock without a zone, and may be wrong in the ways that real ones are. Writing
// it changes what comes after; records that were made before keep the time that they were made with.

import {
  currentTimeAt,
  type DateTime,
  dateTimeAt,
  decodeCurrentTime,
  encodeCurrentTime,
} from '@heartwood/vitals/gatt';
import { AttError } from './error.ts';
import type { Characteristic, Host, Service } from './peripheral.ts';
import type { ClockTrouble } from './trouble.ts';

export type DeviceClock = {
  /** What it showed at a moment of true time; undefined while nobody had set it. In ms since 1970, as if in UTC. */
  wallAt(trueMs: number): number | undefined;
  /** The same as the fields of a measurement; all zero (unknown) while nobody had set it. */
  timeAt(trueMs: number): DateTime;
  /** Current Time (1805), to be read and written. */
  readonly service: Service;
};

const UNKNOWN: DateTime = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
const SLOW_MS = 16 * 60_000;
/** 2094-06-15T00:00:00Z. */
const IN_2094_MS = Date.UTC(2094, 5, 15);
/** "Data field ignored", of the Current Time service. */
const DATA_FIELD_IGNORED = 0x80;

// How far the clock is ahead of the truth when the simulation starts.
function aheadAtStart(trouble: ClockTrouble, startAtMs: number): number | undefined {
  switch (trouble) {
    case 'right':
      return 0;
    case 'slow':
      return -SLOW_MS;
    case '1970':
      return -startAtMs;
    case '2094':
      return IN_2094_MS - startAtMs;
    case 'not-set':
      return undefined;
  }
}

export function createDeviceClock(host: Host): DeviceClock {
  const { startAtMs } = host.body;
  type Setting = { readonly fromMs: number; readonly aheadMs: number | undefined };
  const settings: Setting[] = [
    { fromMs: Number.NEGATIVE_INFINITY, aheadMs: aheadAtStart(host.trouble.clock, startAtMs) },
  ];
  const wallAt = (trueMs: number): number | undefined => {
    const { aheadMs } = settings.findLast(({ fromMs }) => fromMs <= trueMs)!;
    // A clock of 1970 counts from its own zero: records from before the start show that zero.
    return aheadMs === undefined ? undefined : Math.max(0, trueMs + aheadMs);
  };
  const currentTime: Characteristic = {
    uuid: '2A2B',
    flags: ['read', 'write', 'notify'],
    read: () => {
      const wallMs = wallAt(host.now());
      const nothing = { manual: false, reference: false, zone: false, daylight: false };
      return encodeCurrentTime(
        wallMs === undefined
          ? { time: UNKNOWN, weekday: 0, fraction256: 0, adjusted: nothing }
          : { ...currentTimeAt(wallMs, 0), adjusted: nothing },
      );
    },
    write: (value) => {
      const said = decodeCurrentTime(value);
      if (said.kind === 'refused') throw new AttError(DATA_FIELD_IGNORED);
      if (host.trouble.ignoresTimeWrites) return;
      const { year, month, day, hour, minute, second } = said.value.time;
      const wallMs =
        Date.UTC(year, month - 1, day, hour, minute, second) + (said.value.fraction256 * 1000) / 256;
      settings.push({ fromMs: host.now(), aheadMs: wallMs - host.now() });
    },
  };
  return {
    wallAt,
    timeAt: (trueMs) => {
      const wallMs = wallAt(trueMs);
      return wallMs === undefined ? UNKNOWN : dateTimeAt(wallMs, 0);
    },
    service: { uuid: '1805', characteristics: [currentTime] },
  };
}
