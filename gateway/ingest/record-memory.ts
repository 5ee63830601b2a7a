// Which records of a device are on disk, by their names: for as long as the device may send them again. A meter keeps
// some thousands and may be asked for all of them; a glucose sensor, whose records come every few minutes for years,
// keeps those of one session; a cuff, thermometer or scale hands over unasked the few that it has.
//
// Written as 7 bytes a name in base64: 9.4 characters a record.

import type { RecordName } from './record-name.ts';

/** More than any meter numbers in 16 bits. */
const RECORDS_MAX = 65_536;
/** Two weeks at one in five minutes: a sensor's session. They are written with every batch that has one. */
const SESSION_MAX = 4_096;
/** Of what is told unasked: more than any cuff keeps for both of its users. They are written with every batch, too. */
const UNASKED_MAX = 1_024;
const CONTINUOUS_GLUCOSE = 0x2aa7;
/** Glucose and generic observations, which are asked for. */
const ASKED: ReadonlySet<number> = new Set([0x2a18, 0x2bdd]);
const NAME_BYTES = 7;
/** Names of before they were kept by characteristic. */
const OF_ANY = 0;

export class RecordMemory {
  /** By characteristic, oldest first. */
  readonly #names: Map<number, Set<number>>;

  constructor(names: ReadonlyMap<number, Iterable<number>> = new Map()) {
    this.#names = new Map(
      [...names].map(([characteristic, own]) => [
        characteristic,
        new Set([...own].slice(-maxOf(characteristic))),
      ]),
    );
  }

  get size(): number {
    return [...this.#names.values()].reduce((sum, names) => sum + names.size, 0);
  }

  has({ characteristic, name }: Pick<RecordName, 'characteristic' | 'name'>): boolean {
    return this.#names.get(characteristic)?.has(name) === true || this.#names.get(OF_ANY)?.has(name) === true;
  }

  add({ characteristic, name }: Pick<RecordName, 'characteristic' | 'name'>): void {
    let names = this.#names.get(characteristic);
    if (names === undefined) {
      names = new Set();
      this.#names.set(characteristic, names);
    }
    names.add(name);
    if (names.size > maxOf(characteristic)) names.delete(names.values().next().value as number);
  }

  /** All names, of all characteristics. */
  all(): readonly number[] {
    return [...this.#names.values()].flatMap((names) => [...names]);
  }

  /** Packed, by characteristic. */
  format(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#names].map(([characteristic, names]) => [characteristic, pack(names)]),
    );
  }

  /** The inverse. A plain list is what was written before names were kept by characteristic. */
  static parse(kept: readonly number[] | Readonly<Record<string, string>>): RecordMemory {
    if (Array.isArray(kept)) return new RecordMemory(new Map([[OF_ANY, kept as readonly number[]]]));
    return new RecordMemory(
      new Map(
        Object.entries(kept as Record<string, string>).map(([of, names]) => [Number(of), unpack(names)]),
      ),
    );
  }
}

function maxOf(characteristic: number): number {
  if (characteristic === CONTINUOUS_GLUCOSE) return SESSION_MAX;
  return characteristic === OF_ANY || ASKED.has(characteristic) ? RECORDS_MAX : UNASKED_MAX;
}

function pack(names: ReadonlySet<number>): string {
  const bytes = Buffer.alloc(names.size * NAME_BYTES);
  let at = 0;
  for (const name of names) {
    bytes.writeUIntBE(Math.floor(name / 2 ** 24), at, 4);
    bytes.writeUIntBE(name % 2 ** 24, at + 4, 3);
    at += NAME_BYTES;
  }
  return bytes.toString('base64');
}

function unpack(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from(
    { length: Math.floor(bytes.length / NAME_BYTES) },
    (_, n) => bytes.readUIntBE(n * NAME_BYTES, 4) * 2 ** 24 + bytes.readUIntBE(n * NAME_BYTES + 4, 3),
  );
}
