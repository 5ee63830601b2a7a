// The values of doctor's try of a device: read as the hub would read them, counted, and forgotten.

import { GATT_DECODERS } from '@heartwood/vitals/gatt';
import type { Zone } from './clock-trust.ts';
import type { CharacteristicView } from './objects.ts';
import { Reader } from './reader.ts';

/** One characteristic: four hexadecimal digits, or `own` for a maker's. */
export type TrialRow = {
  readonly service: string;
  readonly characteristic: string;
  readonly name: string;
  readonly flags: readonly string[];
  readonly decoded: boolean;
  readonly values: number;
  /** How many values were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
};

/** What came of each subscription, read as the hub would read it, and forgotten. */
export class Listened {
  readonly #reader: Reader;
  readonly #clock: () => number;
  readonly #watched = new Map<string, { uuid: number; values: number; refused: Map<string, number> }>();

  constructor({ zone, clock }: { readonly zone: Zone; clock(): number }) {
    this.#reader = new Reader(zone);
    this.#clock = clock;
  }

  get values(): number {
    return [...this.#watched.values()].reduce((sum, { values }) => sum + values, 0);
  }

  get refused(): number {
    return [...this.#watched.values()].reduce(
      (sum, { refused }) => sum + [...refused.values()].reduce((all, count) => all + count, 0),
      0,
    );
  }

  watch({ path, uuid = 0 }: CharacteristicView): void {
    this.#watched.set(path, { uuid, values: 0, refused: new Map() });
  }

  take(path: string, octets: Uint8Array): void {
    const one = this.#watched.get(path);
    if (one === undefined || octets.length === 0) return;
    one.values += 1;
    const came = { upload: 'before', settled: false } as const;
    for (const read of this.#reader.read(one.uuid, octets, this.#clock(), came))
      if (read.kind === 'refused') one.refused.set(read.reason, (one.refused.get(read.reason) ?? 0) + 1);
  }

  row({ path, uuid, service, flags }: CharacteristicView): TrialRow {
    const { values, refused } = this.#watched.get(path) ?? { values: 0, refused: new Map() };
    const decoder = GATT_DECODERS.get(uuid ?? 0);
    return {
      service: hex(service),
      characteristic: hex(uuid),
      name: decoder?.name ?? '',
      flags,
      decoded: decoder !== undefined,
      values,
      refused: Object.fromEntries(refused),
    };
  }
}

/** Four hexadecimal digits of a 16-bit UUID; `own` for a maker's. */
export const hex = (uuid: number | undefined): string =>
  uuid === undefined ? 'own' : uuid.toString(16).padStart(4, '0').toUpperCase();
