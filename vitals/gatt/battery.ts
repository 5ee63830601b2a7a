// Battery Level, 2A19 (read, notified): per cent, one octet. More than 100 is no level.

import type { TimedMeasurement } from '../reading.ts';
import { scalarOf } from './measured.ts';
import { decodeWith } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

/** 2A19: 0 to 100. */
export function decodeBattery(bytes: Uint8Array): Decoded<number> {
  return decodeWith(bytes, (octets) => {
    const level = octets.u8();
    return level <= 100 ? level : refuse('out-of-range', 'a battery holds 100 % at most');
  });
}

/** 2A19. RangeError unless a whole number from 0 to 100. */
export function encodeBattery(level: number): Uint8Array {
  if (level > 100) throw new RangeError('a battery holds 100 % at most');
  return new OctetWriter().u8(level).done();
}

/** The level of the device's battery. */
export function measureBattery(level: number): readonly TimedMeasurement[] {
  return [{ measurement: scalarOf('battery', level, '%') }];
}
