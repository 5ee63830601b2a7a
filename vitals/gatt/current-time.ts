// Current Time, 2A2B (read, notified, and written by the hub to devices that lost the time): local wall clock, day of
// the week, fractions of a second, and why it was adjusted. After a write, read it back: devices report success
// without effect.

import { type DateTime, dateTimeAt, readDateTime, writeSaidTime } from './date-time.ts';
import { decodeWith, type OctetReader } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

export type CurrentTime = {
  readonly time: DateTime;
  /** 1 Monday to 7 Sunday, 0 unknown. */
  readonly weekday: number;
  /** 1/256 s. */
  readonly fraction256: number;
  readonly adjusted: {
    readonly manual: boolean;
    readonly reference: boolean;
    readonly zone: boolean;
    readonly daylight: boolean;
  };
};

function readWeekday(octets: OctetReader): number {
  const weekday = octets.u8();
  return weekday <= 7 ? weekday : refuse('out-of-range', 'the day of the week lies from 0 to 7');
}

/** 2A2B. */
export function decodeCurrentTime(bytes: Uint8Array): Decoded<CurrentTime> {
  return decodeWith(bytes, (octets) => {
    const time = readDateTime(octets);
    const weekday = readWeekday(octets);
    const fraction256 = octets.u8();
    const bits = octets.u8();
    return {
      time,
      weekday,
      fraction256,
      adjusted: {
        manual: (bits & 1) !== 0,
        reference: (bits & 2) !== 0,
        zone: (bits & 4) !== 0,
        daylight: (bits & 8) !== 0,
      },
    };
  });
}

/** 2A2B, 10 octets. */
export function encodeCurrentTime(value: CurrentTime): Uint8Array {
  const { manual, reference, zone, daylight } = value.adjusted;
  if (value.weekday > 7) throw new RangeError('the day of the week lies from 0 to 7');
  const octets = new OctetWriter();
  writeSaidTime(value.time, octets);
  return octets
    .u8(value.weekday)
    .u8(value.fraction256)
    .u8(flagsOf(manual, reference, zone, daylight))
    .done();
}

const DAY_MS = 86_400_000;

/**
 * What the hub writes to a device: the wall clock `offsetMinutes` ahead of UTC at `epochMs`, adjusted by an external
 * reference.
 */
export function currentTimeAt(epochMs: number, offsetMinutes: number): CurrentTime {
  const local = epochMs + offsetMinutes * 60_000;
  return {
    time: dateTimeAt(epochMs, offsetMinutes),
    // 1970-01-01 was a Thursday.
    weekday: ((Math.floor(local / DAY_MS) + 3) % 7) + 1,
    fraction256: Math.floor(((((local % 1000) + 1000) % 1000) * 256) / 1000),
    adjusted: { manual: false, reference: true, zone: false, daylight: false },
  };
}
