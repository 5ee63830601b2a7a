// The hearts of all patients, as their waveforms show them: what came in is judged, and what is seen of every condition is
// checked by it before the engine hears of it. What is held back is told together with what happened, in one commit.

import type { KeptReading } from '../store/segment-codec.ts';
import type { Observed } from './condition.ts';
import { type Checked, CrossCheck, type HeldBack, type RateLimits } from './cross-check.ts';
import { DEFAULT_LIMITS, limitNow, type OwnLimits } from './limits.ts';
import { Signals } from './signals.ts';

type Heart = { readonly signals: Signals; readonly check: CrossCheck };

export class HeartWatch {
  readonly #hearts = new Map<number, Heart>();
  /** By slot: what the last look found, until it is on disk. */
  readonly #checked = new Map<number, Checked>();

  /** Takes in a reading of the present. */
  take(slot: number, kept: KeptReading): void {
    this.#heart(slot).signals.take(kept);
  }

  /** What is seen of a patient, with the conditions of the waveforms, and without what is not to be believed. */
  check(slot: number, seen: Iterable<Observed>, own: OwnLimits, nowMs: number): readonly Observed[] {
    const { signals, check } = this.#heart(slot);
    const checked = check.check(seen, signals.look(nowMs), rateLimits(own, nowMs), nowMs);
    this.#checked.set(slot, checked);
    return checked.observed;
  }

  /** What the last look held back, and nobody was told yet. */
  *heldBack(): Generator<readonly [slot: number, held: HeldBack]> {
    for (const [slot, { heldBack }] of this.#checked) for (const held of heldBack) yield [slot, held];
  }

  /** It is on disk. */
  keep(): void {
    for (const { keep } of this.#checked.values()) keep();
    this.#checked.clear();
  }

  #heart(slot: number): Heart {
    let heart = this.#hearts.get(slot);
    if (heart === undefined) {
      heart = { signals: new Signals(), check: new CrossCheck() };
      this.#hearts.set(slot, heart);
    }
    return heart;
  }
}

/** The limits of the heart rate, for what an ECG counts too. */
function rateLimits(own: OwnLimits, nowMs: number): RateLimits {
  const of = (id: string): number | undefined => {
    const rule = DEFAULT_LIMITS.find((one) => one.id === id);
    return rule && limitNow(rule, own, nowMs)?.limit;
  };
  return { high: of('heart-rate-very-high'), low: of('heart-rate-very-low') };
}
