// Body compositions, which come in one value or in two: what is complete, with the octets that it came in. A half whose
// other half never comes is still true, and is given alone.

import type { TimedMeasurement } from '@heartwood/vitals';
import {
  type BodyComposition,
  decodeBodyComposition,
  type GattRefusal,
  joinBodyComposition,
  measureBodyComposition,
} from '@heartwood/vitals/gatt';

export type Composed = { readonly octets: Uint8Array; readonly said: readonly TimedMeasurement[] };

export class Compositions {
  #held: { readonly half: BodyComposition; readonly octets: Uint8Array } | undefined;

  /** @returns what is complete now; or why these octets are none */
  take(octets: Uint8Array): readonly Composed[] | GattRefusal {
    const next = decodeBodyComposition(octets);
    if (next.kind === 'refused') return next.reason;
    const before = this.#held;
    const { held, complete } = joinBodyComposition(before?.half, next.value);
    this.#held = held === undefined ? undefined : { half: held, octets };
    return complete.map((one) => {
      // The half that was held, alone; the whole of two, with the octets of both; or this value by itself.
      if (before !== undefined && one === before.half) return composed(one, before.octets);
      return composed(one, before !== undefined && one !== next.value ? both(before.octets, octets) : octets);
    });
  }

  /** The link has ended: no other half comes. */
  end(): readonly Composed[] {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? [] : [composed(held.half, held.octets)];
  }
}

const composed = (one: BodyComposition, octets: Uint8Array): Composed => ({
  octets,
  said: measureBodyComposition(one, { offsetMinutes: 0 }),
});

const both = (first: Uint8Array, second: Uint8Array): Uint8Array => Uint8Array.from([...first, ...second]);
