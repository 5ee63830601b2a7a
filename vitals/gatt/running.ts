// RSC Measurement, 2A53 (notified): speed and cadence of a runner. The house has no kind for them; a cadence is
// no count of steps.

import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

export type Running = {
  readonly running: boolean;
  readonly metresPerSecond: number;
  /** Strides a minute. */
  readonly cadence: number;
  readonly strideMetres?: number;
  readonly distanceMetres?: number;
};

/** 2A53. */
export function decodeRunning(bytes: Uint8Array): Decoded<Running> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x07);
    return present<Running>({
      running: (flags & 4) !== 0,
      metresPerSecond: octets.u16() / 256,
      cadence: octets.u8(),
      strideMetres: octets.when(flags & 1, () => octets.u16() / 100),
      distanceMetres: octets.when(flags & 2, () => octets.u32() / 10),
    });
  });
}

/** 2A53. */
export function encodeRunning(value: Running): Uint8Array {
  const { running, metresPerSecond, cadence, strideMetres, distanceMetres } = value;
  return new OctetWriter()
    .u8(flagsOf(strideMetres !== undefined, distanceMetres !== undefined, running))
    .u16(Math.round(metresPerSecond * 256))
    .u8(cadence)
    .when(strideMetres, (metres, octets) => octets.u16(Math.round(metres * 100)))
    .when(distanceMetres, (metres, octets) => octets.u32(Math.round(metres * 10)))
    .done();
}
