// Heart Rate Measurement, 2A37 (notified): heart rate, contact of the sensor, energy, and the intervals between
// beats in units of 1/1024 s, oldest first, up to the end of the value.
//
// Of the two contact bits the higher says whether the device knows at all: 0 and 1 both mean "unsupported", and real
// straps send 1 while worn.

import type { Measurement, TimedMeasurement } from '../reading.ts';
import { scalarOf } from './measured.ts';
import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

export type HeartRate = {
  /** Beats a minute, 0 to 65535. Devices send 0 when they have none. */
  readonly beatsPerMinute: number;
  readonly contact: 'unsupported' | 'not-detected' | 'detected';
  /** kJ since the last reset. */
  readonly energyKj?: number;
  /** Oldest first, in 1/1024 s; at least one where the field is there. */
  readonly intervals1024?: readonly number[];
};

/** 2A37. */
export function decodeHeartRate(bytes: Uint8Array): Decoded<HeartRate> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x1f);
    const contact = (flags >> 1) & 3;
    return present<HeartRate>({
      beatsPerMinute: (flags & 1) === 0 ? octets.u8() : octets.u16(),
      contact: contact < 2 ? 'unsupported' : contact === 2 ? 'not-detected' : 'detected',
      energyKj: octets.when(flags & 8, () => octets.u16()),
      intervals1024: octets.when(flags & 16, () => {
        if (octets.left % 2 === 1) refuse('too-long', 'the intervals end in half an interval');
        const intervals = [octets.u16()];
        while (octets.left > 0) intervals.push(octets.u16());
        return intervals;
      }),
    });
  });
}

/** 2A37. The rate takes one octet where it fits. RangeError for a list of no intervals: the field is there or not. */
export function encodeHeartRate(value: HeartRate): Uint8Array {
  const wide = value.beatsPerMinute > 255;
  const supported = value.contact !== 'unsupported';
  const { energyKj, intervals1024 } = value;
  if (intervals1024?.length === 0) throw new RangeError('intervals are left out where there are none');
  return new OctetWriter()
    .u8(
      flagsOf(
        wide,
        value.contact === 'detected',
        supported,
        energyKj !== undefined,
        intervals1024 !== undefined,
      ),
    )
    .unsigned(value.beatsPerMinute, wide ? 2 : 1)
    .when(energyKj, (energy, octets) => octets.u16(energy))
    .when(intervals1024, (intervals, octets) => {
      for (const interval of intervals) octets.u16(interval);
    })
    .done();
}

/**
 * Heart rate and RR intervals. Without contact both are absent (sensor-off), and so is a heart rate of 0. The
 * characteristic has no time: the caller knows when it arrived.
 */
export function measureHeartRate(value: HeartRate): readonly TimedMeasurement[] {
  const off = value.contact === 'not-detected';
  const intervals = value.intervals1024 ?? [];
  if (off) {
    const measured: TimedMeasurement[] = [{ measurement: { kind: 'heart-rate', absent: 'sensor-off' } }];
    if (intervals.length > 0) measured.push({ measurement: { kind: 'rr-interval', absent: 'sensor-off' } });
    return measured;
  }
  const rate: Measurement =
    value.beatsPerMinute === 0
      ? { kind: 'heart-rate', absent: 'sensor-off' }
      : scalarOf('heart-rate', value.beatsPerMinute, '/min');
  return [
    { measurement: rate },
    ...intervals.map((interval) => ({
      measurement: scalarOf('rr-interval', (interval * 1000) / 1024, 'ms'),
    })),
  ];
}
