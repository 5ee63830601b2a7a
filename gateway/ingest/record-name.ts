// Records out of a device's memory, told from each other by what they say: a device numbers them anew after its
// battery was changed, and sends its last one again in the next session. The name is a hash of the octets, which hold
// the record's own number or time; so a record is stored once, whoever sends it again and whenever.

import { createHash } from 'node:crypto';
import type { Source, TimedMeasurement } from '@heartwood/vitals';

export type RecordName = {
  readonly characteristic: number;
  /** 53 bits of SHA-256: among the thousand that are remembered, two meet by chance once in 10^10 years of records. */
  readonly name: number;
  /** The device's own number of the record, where the characteristic has one. */
  readonly number: number | undefined;
};

/** The name of the record that a message carries; undefined for a message of live values. One record, one message. */
export function recordOf(readings: readonly TimedMeasurement[]): RecordName | undefined {
  const source = readings[0]?.source;
  return source?.stored === true ? recordName(source) : undefined;
}

/** The name of a record by the octets of its characteristic. */
export function recordName({
  characteristic,
  octets,
}: Pick<Source, 'characteristic' | 'octets'>): RecordName {
  const hash = createHash('sha256')
    .update(Uint8Array.of(characteristic >>> 8, characteristic & 0xff))
    .update(octets)
    .digest();
  const name = hash.readUIntBE(0, 6) * 32 + ((hash[6] as number) >>> 3);
  return { characteristic, name, number: recordNumber(characteristic, octets) };
}

/** Where a characteristic keeps the number of its record: offset and octets, little-endian. */
const NUMBERED: ReadonlyMap<number, readonly [at: number, octets: number]> = new Map([
  [0x2a18, [1, 2]],
  [0x2bdd, [0, 4]],
  // Continuous glucose counts its records by minutes since the session began.
  [0x2aa7, [4, 2]],
]);

function recordNumber(characteristic: number, octets: Uint8Array): number | undefined {
  const place = NUMBERED.get(characteristic);
  if (place === undefined || octets.length < place[0] + place[1]) return undefined;
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).readUIntLE(...place);
}
