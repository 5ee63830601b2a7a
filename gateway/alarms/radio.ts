// Conditions of Bluetooth, as whoever runs the radio says them: a device that cannot be read until a person makes its
// bond, or whose clock is wrong, is its patient's; bluetoothd that is away and an adapter that hangs are the hub's own.

import { type Observed, SECOND } from './condition.ts';

/** What is so now. */
export type RadioTrouble =
  | { readonly kind: 'no-bluetooth' }
  | { readonly kind: 'adapter-hangs' | 'adapter-gone'; readonly adapter: string }
  | { readonly kind: 'wants-pairing' | 'stale-bond' | 'clock-wrong'; readonly device: string };

const PRIORITY: Readonly<Record<RadioTrouble['kind'], Observed['priority']>> = {
  'no-bluetooth': 'medium',
  'adapter-hangs': 'medium',
  'adapter-gone': 'low',
  'wants-pairing': 'medium',
  'stale-bond': 'medium',
  'clock-wrong': 'low',
};
/** Beyond this, names are made up. */
const TROUBLES_MAX = 1_000;

export class RadioWatch {
  readonly #troubles = new Map<string, RadioTrouble>();

  set(trouble: RadioTrouble, isSo: boolean): void {
    const id = idOf(trouble);
    if (!isSo) this.#troubles.delete(id);
    else if (this.#troubles.size < TROUBLES_MAX) this.#troubles.set(id, trouble);
  }

  /** The hub's own. */
  *ofHub(): Generator<Observed> {
    for (const trouble of this.#troubles.values())
      if (!('device' in trouble))
        yield observed(trouble, 'adapter' in trouble ? { adapter: trouble.adapter } : {});
  }

  /** Of a patient's devices, by id. */
  *of(devices: readonly string[]): Generator<Observed> {
    for (const trouble of this.#troubles.values())
      if ('device' in trouble && devices.includes(trouble.device))
        yield observed(trouble, { device: trouble.device });
  }
}

const idOf = (trouble: RadioTrouble): string =>
  'device' in trouble
    ? `${trouble.kind}:${trouble.device}`
    : 'adapter' in trouble
      ? `${trouble.kind}:${trouble.adapter}`
      : trouble.kind;

const observed = (trouble: RadioTrouble, facts: Observed['facts']): Observed => ({
  id: idOf(trouble),
  priority: PRIORITY[trouble.kind],
  // The radio has waited already, before it said so.
  timing: { raiseAfterMs: 0, clearAfterMs: 5 * SECOND, latching: false },
  evidence: 'violated',
  facts,
});
