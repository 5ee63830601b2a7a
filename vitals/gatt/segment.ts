// Segments: a generic health observation longer than one notification comes in parts. Each begins with an octet:
// bit 0 first, bit 1 last, bits 2 to 7 a counter that rolls over.
//
// A lost part loses its observation and no other: what follows is dropped up to the next first part, and the caller
// is told once.

import type { GattRefusal } from './refusal.ts';

/** The parts so far, the newest first: a chain, so that taking one more costs the same however many there are. */
export type HeldSegments = {
  /** Without its header. */
  readonly part: Uint8Array;
  readonly before: HeldSegments | undefined;
  /** Of all parts together. */
  readonly bytes: number;
  /** The counter that the next part must have. */
  readonly next: number;
};
export type JoinedSegments =
  | { readonly kind: 'waiting'; readonly held?: HeldSegments }
  | { readonly kind: 'complete'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: GattRefusal; readonly detail: string };

/** An observation counts its octets in 16 bits: a device can make the hub hold no more than this. */
export const OBSERVATION_MAX_BYTES = 65_535;

function refused(reason: GattRefusal, detail: string): JoinedSegments {
  return { kind: 'refused', reason, detail };
}

function joined(newest: HeldSegments): Uint8Array {
  const whole = new Uint8Array(newest.bytes);
  for (let held: HeldSegments | undefined = newest; held !== undefined; held = held.before) {
    whole.set(held.part, held.bytes - held.part.length);
  }
  return whole;
}

/**
 * Takes the next value of 2B8B, with what was held before it; the caller holds `held` of the outcome, or nothing,
 * and begins with nothing after every connection. A middle part without a beginning is dropped in silence: its loss
 * has been reported, or the connection began in the middle.
 */
export function joinSegments(held: HeldSegments | undefined, value: Uint8Array): JoinedSegments {
  const header = value[0];
  if (header === undefined) return refused('too-short', 'a segment has a header');
  const first = (header & 1) !== 0;
  const last = (header & 2) !== 0;
  const counter = header >> 2;
  if (!first && held === undefined) return { kind: 'waiting' };
  if (!first && counter !== held?.next) return refused('parts-do-not-join', 'a segment is missing');
  const before = first ? undefined : held;
  const part = value.slice(1);
  // Empty parts would make a chain that no limit of octets ends.
  if (part.length === 0 && !(first && last)) return refused('too-short', 'a segment holds an octet');
  const bytes = (before?.bytes ?? 0) + part.length;
  if (bytes > OBSERVATION_MAX_BYTES) return refused('too-long', 'an observation has 65535 octets at most');
  const next: HeldSegments = { part, before, bytes, next: (counter + 1) % 64 };
  return last ? { kind: 'complete', bytes: joined(next) } : { kind: 'waiting', held: next };
}

/**
 * The values in which `observation` travels when each may have `valueMax` octets (ATT_MTU less 3), the first with
 * `counter` (0 to 63).
 */
export function splitSegments(observation: Uint8Array, valueMax: number, counter = 0): readonly Uint8Array[] {
  const room = valueMax - 1;
  if (room < 1) throw new RangeError('a segment needs room for its header and one octet');
  const count = Math.max(1, Math.ceil(observation.length / room));
  return Array.from({ length: count }, (_, index) => {
    const header = ((counter + index) % 64) * 4 + (index === count - 1 ? 2 : 0) + (index === 0 ? 1 : 0);
    return Uint8Array.of(header, ...observation.subarray(index * room, (index + 1) * room));
  });
}
