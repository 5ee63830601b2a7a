// What every slot of a batch holds. An empty slot of a patient, a slot of nobody and a segment's root look alike
// to a stranger: 32 bytes each. All of them can be made again from the database and the keys, so none but the
// roots is stored.

import { SLOTS_MAX, SLOTS_MIN } from '@heartwood/anchor';
import { HeartwoodError } from '../error.ts';
import type { Vault } from '../vault.ts';

/** The number of slots in which `highest` fits: 16, doubled as often as the home needs. */
export function slotsFor(highest: number): number {
  let slots = SLOTS_MIN;
  while (slots <= highest) slots *= 2;
  return slots;
}

/**
 * The value of each slot of a batch, in order.
 * @param startMs when the interval began: it decides who was known, and under which keys
 * @param roots segment roots by slot; every other slot is empty
 */
export function slotValues(
  vault: Vault,
  sequence: number,
  startMs: number,
  slots: number,
  roots: ReadonlyMap<number, Uint8Array>,
): Uint8Array[] {
  if (slots > SLOTS_MAX)
    throw new HeartwoodError('data-damaged', `Batch ${sequence} says it has ${slots} slots.`);
  const known = new Set(vault.keyring.slotsKnownAt(startMs));
  return Array.from({ length: slots }, (_, slot) => {
    const root = roots.get(slot);
    if (root !== undefined) return root;
    if (!known.has(slot)) return vault.keyring.filler(sequence, slot);
    return vault.keyring.absence(vault.keyring.epochAt(slot, startMs), sequence, slot);
  });
}
