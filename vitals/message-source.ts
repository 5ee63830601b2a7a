// The source of a reading in a message: the octets that a Bluetooth bridge decoded it from (CBOR only, for JSON has
// no octets). The same array as in canonical bytes, from a tree that is anybody's guess.

import { EntryError } from './cbor-reader.ts';
import { TIME_MAX_MS } from './limit.ts';
import { type Place, pathOf } from './message-tree.ts';
import { refuse } from './refusal.ts';
import { clockOf, DECODER_VERSION_MAX, SOURCE_OCTETS_MAX, type Source, UUID_MAX } from './source.ts';

/** Reads a source: characteristic, version, octets, clock's code, 1 if stored, shift in ms. Throws `Refused`. */
export function readSourceTree(said: unknown, place: Place): Source {
  if (!Array.isArray(said) || said.length !== 6)
    refuse('wrong-type', `${pathOf(place, 'source')} must be an array of six, in CBOR`);
  const [characteristic, version, octets, clock, stored, shiftMs] = said as unknown[];
  if (!(octets instanceof Uint8Array) || octets.length === 0 || octets.length > SOURCE_OCTETS_MAX)
    return refuse(
      'wrong-type',
      `${pathOf(place, 'source')} must hold 1 to ${SOURCE_OCTETS_MAX} octets as a byte string`,
    );
  try {
    return {
      characteristic: within(characteristic, 1, UUID_MAX, place),
      version: within(version, 1, DECODER_VERSION_MAX, place),
      // A copy: the octets outlive the buffer of the body.
      octets: octets.slice(),
      clock: clockOf(within(clock, 0, 255, place)),
      stored: within(stored, 0, 1, place) === 1,
      shiftMs: within(shiftMs, -TIME_MAX_MS, TIME_MAX_MS, place),
    };
  } catch (error) {
    if (error instanceof EntryError)
      return refuse('unknown-word', `${pathOf(place, 'source')} names a clock of no word`);
    throw error;
  }
}

function within(said: unknown, low: number, high: number, place: Place): number {
  if (typeof said === 'number' && Number.isInteger(said) && said >= low && said <= high) return said + 0;
  return refuse('wrong-type', `${pathOf(place, 'source')} has a number that is out of its place`);
}
