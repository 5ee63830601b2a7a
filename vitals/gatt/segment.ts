// Segments: a generic health observation longer than one notification comes in parts. Each begins with an octet:
// bit 0 first, bit 1 last, bits 2 to 7 a counter that rolls over.
//
// A lost part loses its observation and no other: what follows is dropped up to the next first part, and the caller
// is told once.

import type { GattRefusal } from './refusal.ts';

/** A part without its header is kept until the last has come. */
export type HeldSegments = {
  readonly parts: readonly Uint8Array[];
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

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
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
  const parts = [...(before?.parts ?? []), value.slice(1)];
  const bytes = (before?.bytes ?? 0) + value.length - 1;
  if (bytes > OBSERVATION_MAX_BYTES) return refused('too-long', 'an observation has 65535 octets at most');
  if (last) return { kind: 'complete', bytes: joined(parts, bytes) };
  return { kind: 'waiting', held: { parts, bytes, next: (counter + 1) % 64 } };
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
