// One weighing is one weight. A scale that tells it as Weight (2A9D) often tells it as part of a body composition
// (2A9C) too, with the same time, or in the same breath: whichever comes second is the same weight again.

import type { TimedMeasurement } from '@heartwood/vitals';
import { UUID } from './profile.ts';

const WEIGHT = 0x2a9d;
/** Weighings that are remembered: what a scale may tell again. */
const WEIGHINGS_MAX = 256;
/** Without a time, the same weight within this is the same weighing. */
const BREATH_MS = 60_000;

export class Weighings {
  /** By the time that the scale said, or by the weight: which characteristic told it, and when. */
  readonly #told = new Map<string, { readonly characteristic: number; readonly atMs: number }>();

  /** Whether this weight was told already, by the other characteristic. */
  isSecond(characteristic: number, { at, measurement }: TimedMeasurement, nowMs: number): boolean {
    if (characteristic !== WEIGHT && characteristic !== UUID.bodyComposition) return false;
    const key = at === undefined ? JSON.stringify(measurement) : String(at);
    const told = this.#told.get(key);
    if (told !== undefined && told.characteristic !== characteristic)
      if (at !== undefined || nowMs - told.atMs < BREATH_MS) return true;
    this.#told.delete(key);
    this.#told.set(key, { characteristic, atMs: nowMs });
    const [oldest] = this.#told.keys();
    if (this.#told.size > WEIGHINGS_MAX && oldest !== undefined) this.#told.delete(oldest);
    return false;
  }
}
