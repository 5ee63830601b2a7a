// Source: the octets that a reading was decoded from, where the hub itself decoded them (Bluetooth), with the
// decoder's version and with what was thought of the device's clock. With it the reading can be decoded again when a
// decoder is mended, and the time that the device said is never lost, however wrong it was.
//
// The first reading of a characteristic's value has the source; those that follow it in the message, up to the next
// one with a source, were decoded from the same octets.

import { type CborReader, EntryError } from './cbor-reader.ts';
import { ARRAY, type CborWriter } from './cbor-writer.ts';
import { codesOf } from './code.ts';
import { checkInt } from './key-reader.ts';
import { TIME_MAX_MS } from './limit.ts';

/**
 * By which clock a reading has its time. `device`: the device's, which agreed with the hub's. `corrected`: the
 * device's, moved by its known error. `arrival`: the device's could not be believed, or it has none; the reading has
 * no `at`, and the hub's receive time stands. `unverified`: the device's word stands, and nobody saw its clock.
 */
export const CLOCK_TRUSTS = ['device', 'corrected', 'arrival', 'unverified'] as const;
export type ClockTrust = (typeof CLOCK_TRUSTS)[number];

export type Source = {
  /** The characteristic's 16-bit UUID. */
  readonly characteristic: number;
  /** The decoder's version, docs/spec/gatt.md. */
  readonly version: number;
  /** As the device sent them; of a value that came in parts, all parts. */
  readonly octets: Uint8Array;
  readonly clock: ClockTrust;
  /** Out of the device's memory: told from other records by its octets, for devices send their last one again. */
  readonly stored: boolean;
  /**
   * `at` less the wall-clock time in the octets, read as if it were UTC, ms: zone and correction in one. Without `at` it
   * is 0; but of continuous glucose, whose octets hold no time, 0 less the moment that its session gives it.
   */
  readonly shiftMs: number;
};

/** A generic health observation counts its octets in 16 bits; nothing that Bluetooth sends as one value is longer. */
export const SOURCE_OCTETS_MAX = 65_535;
export const UUID_MAX = 0xffff;
export const DECODER_VERSION_MAX = 255;

const CLOCK_CODES = codesOf(CLOCK_TRUSTS);

/** The array of a source: characteristic, version, octets, clock's code, 1 if stored, shift. Throws `EntryError`. */
export function writeSource(writer: CborWriter, source: Source): void {
  writer.head(ARRAY, 6);
  writer.int(checkInt(source.characteristic, 1, UUID_MAX));
  writer.int(checkInt(source.version, 1, DECODER_VERSION_MAX));
  checkInt(source.octets.length, 1, SOURCE_OCTETS_MAX);
  writer.bytes(source.octets);
  const code = CLOCK_CODES.codeOf.get(source.clock);
  if (code === undefined) throw new EntryError('unknown-code', 'the clock of a source has a word of no code');
  writer.int(code);
  writer.int(source.stored ? 1 : 0);
  writer.int(checkInt(source.shiftMs, -TIME_MAX_MS, TIME_MAX_MS));
}

/** The inverse; throws `EntryError` for anything that `writeSource` would not have written. */
export function readSource(reader: CborReader): Source {
  if (reader.array() !== 6) throw new EntryError('wrong-type', 'a source must have six places');
  return {
    characteristic: checkInt(reader.int(), 1, UUID_MAX),
    version: checkInt(reader.int(), 1, DECODER_VERSION_MAX),
    octets: readOctets(reader),
    clock: clockOf(reader.int()),
    stored: checkInt(reader.int(), 0, 1) === 1,
    shiftMs: checkInt(reader.int(), -TIME_MAX_MS, TIME_MAX_MS),
  };
}

function readOctets(reader: CborReader): Uint8Array {
  const octets = reader.bytes();
  checkInt(octets.length, 1, SOURCE_OCTETS_MAX);
  return octets;
}

/** The word of a clock's code. Throws `EntryError`. */
export function clockOf(code: number): ClockTrust {
  const clock = CLOCK_CODES.wordOf.get(code);
  if (clock === undefined) throw new EntryError('unknown-code', 'a clock has a code of no word');
  return clock;
}

/** The code of a clock's word. */
export function clockCode(clock: ClockTrust): number {
  return CLOCK_CODES.codeOf.get(clock)!;
}
