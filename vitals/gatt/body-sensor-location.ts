// Body Sensor Location, 2A38 (read): where a heart-rate sensor is worn.

import { decodeWith } from './octet-reader.ts';
import { type Decoded, refuse } from './refusal.ts';

/** In the order of their codes, from 0. */
const LOCATIONS = ['other', 'chest', 'wrist', 'finger', 'hand', 'ear-lobe', 'foot'] as const;
export type BodySensorLocation = (typeof LOCATIONS)[number];

/** 2A38. */
export function decodeBodySensorLocation(bytes: Uint8Array): Decoded<BodySensorLocation> {
  return decodeWith(
    bytes,
    (octets) => LOCATIONS[octets.u8()] ?? refuse('reserved-value', 'a location above 6 has no meaning'),
  );
}

/** 2A38, one octet. */
export function encodeBodySensorLocation(location: BodySensorLocation): Uint8Array {
  return Uint8Array.of(LOCATIONS.indexOf(location));
}
