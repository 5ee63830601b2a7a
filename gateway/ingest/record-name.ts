// Records out of a device's memory, told from each other by what they say: a device numbers them anew after its
// battery was changed, and sends its last one again in the next session. The name is a hash of the octets, which hold
// the record's own number or time; so a record is stored once, whoever sends it again and whenever.
//
// A glucose sensor tells each record twice: as it measures, and out of its memory whenever it is asked. Its octets say
// minutes since a session began, and another sensor's session has the same minutes: the moment is part of the name, as
// the sensor says it, whether it was believed or not.

import { createHash } from 'node:crypto';
import type { Source, TimedMeasurement } from '@heartwood/vitals';

export type RecordName = {
  readonly characteristic: number;
  /** 53 bits of SHA-256: among the 65,536 that are remembered, two meet by chance once in 10^11 records. */
  readonly name: number;
  /** The device's own number of the record, where an upload may go on from there. */
  readonly number: number | undefined;
};

const CONTINUOUS_GLUCOSE = 0x2aa7;

/** The name of the record that a message carries; undefined for a message of live values. One record, one message. */
export function recordOf(readings: readonly TimedMeasurement[]): RecordName | undefined {
  const [first] = readings;
  const source = first?.source;
  if (source === undefined) return undefined;
  if (source.characteristic !== CONTINUOUS_GLUCOSE) return source.stored ? recordName(source) : undefined;
  const saidMs = (first?.at ?? 0) - source.shiftMs;
  const named = recordName(source, saidMs === 0 ? undefined : saidMs);
  // One that came by itself while others were still to be asked for is known again; nothing goes on from it.
  return source.stored ? named : { ...named, number: undefined };
}

/**
 * The name of a record by the octets of its characteristic.
 * @param saidMs of continuous glucose: its moment as the sensor says it, ms since 1970
 */
export function recordName(
  { characteristic, octets }: Pick<Source, 'characteristic' | 'octets'>,
  saidMs?: number,
): RecordName {
  const hash = createHash('sha256')
    .update(Uint8Array.of(characteristic >>> 8, characteristic & 0xff))
    .update(octets);
  if (saidMs !== undefined) hash.update(String(saidMs));
  const digest = hash.digest();
  const name = digest.readUIntBE(0, 6) * 32 + ((digest[6] as number) >>> 3);
  return { characteristic, name, number: recordNumber(characteristic, octets) };
}

/** Where a characteristic keeps the number of its record: offset and octets, little-endian. */
const NUMBERED: ReadonlyMap<number, readonly [at: number, octets: number]> = new Map([
  [0x2a18, [1, 2]],
  [0x2bdd, [0, 4]],
  // Continuous glucose counts its records by minutes since the session began.
  [CONTINUOUS_GLUCOSE, [4, 2]],
]);

function recordNumber(characteristic: number, octets: Uint8Array): number | undefined {
  const place = NUMBERED.get(characteristic);
  if (place === undefined || octets.length < place[0] + place[1]) return undefined;
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).readUIntLE(...place);
}
