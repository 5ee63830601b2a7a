// The grid: every number is kept as a whole count of steps of 10^-decimals of its unit, so that 36.6 stays 36.6,
// two implementations agree on every byte, and equality means equality. `toGrid(q, fromGrid(q, n)) === n` for
// every n of 32 bits. Rule in docs/spec/units.md.

import type { Quantity } from './kind.ts';

const SCALES: readonly number[] = [1, 10, 100, 1000];

/** What the grid needs of a quantity. */
export type Grid = Pick<Quantity, 'decimals'>;

/** Steps are kept within a signed 32-bit integer: room for every kind, and a division that always inverts. */
export const STEPS_MAX = 0x7fff_ffff;

/**
 * A decimal that lies exactly half way (36.605) may have its double a hair below. Within this part of a step,
 * hundreds of times the error of the arithmetic in the plausible range, it counts as half and rounds away from 0.
 */
const TIE_STEPS = 1e-9;

/** How many steps make one unit: 10^decimals. */
export function stepsPerUnit(grid: Grid): number {
  return SCALES[grid.decimals]!;
}

/** The nearest step to `value` (in the quantity's unit), half away from zero. Never -0. `value` must be finite. */
export function toGrid(grid: Grid, value: number): number {
  const scaled = value * stepsPerUnit(grid);
  const steps = Math.floor(Math.abs(scaled) + 0.5 + TIE_STEPS);
  return scaled < 0 && steps !== 0 ? -steps : steps;
}

/** The value of `steps` steps, as the double nearest to its decimal notation. */
export function fromGrid(grid: Grid, steps: number): number {
  return steps / stepsPerUnit(grid);
}

/** `value` put on the grid; undefined where a living body cannot have it (limits of the kind, inclusive). */
export function plausibleOnGrid(quantity: Quantity, value: number): number | undefined {
  const kept = fromGrid(quantity, toGrid(quantity, value));
  return kept >= quantity.plausible[0] && kept <= quantity.plausible[1] ? kept : undefined;
}
