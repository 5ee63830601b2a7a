// Turns of the heart's rhythm: a time at which the ventricles stand still, race, or are slow. The classes are those of the
// PhysioNet/Computing in Cardiology Challenge 2015 (G. D. Clifford and others, "Reducing false arrhythmia alarms in the ICU"):
// asystole (no beat for 4 s), extreme tachycardia, extreme bradycardia, ventricular fibrillation.

import type { Body } from './body.ts';
import type { ScenarioName } from './scenario.ts';

export type Rhythm =
  | 'sinus'
  /** No beat; the atria go on (Stokes and Adams). */
  | 'standstill'
  /** A focus that races. */
  | 'tachycardia'
  /** What beats when nothing is conducted. */
  | 'bradycardia'
  /** No beat, and waves. */
  | 'ventricular-fibrillation';

/** End exclusive, ms since 1970. */
export type RhythmTurn = { readonly rhythm: Rhythm; readonly fromMs: number; readonly untilMs: number };

/** Beats a minute, where the rhythm says it and not the body. */
export const RATES: Readonly<Partial<Record<Rhythm, number>>> = { tachycardia: 175, bradycardia: 29 };
const ATRIAL_MS = 840;
const MINUTE = 60_000;

/** At tempo 1: the first turn begins after so long, and one begins every so often. */
const TURNS: Readonly<Partial<Record<ScenarioName, { rhythm: Rhythm; everyMs: number; lengthMs: number }>>> =
  {
    standstill: { rhythm: 'standstill', everyMs: 20 * MINUTE, lengthMs: 20_000 },
    tachycardia: { rhythm: 'tachycardia', everyMs: 30 * MINUTE, lengthMs: 3 * MINUTE },
    bradycardia: { rhythm: 'bradycardia', everyMs: 30 * MINUTE, lengthMs: 2 * MINUTE },
  };
const FIRST_MS = 2 * MINUTE;

/**
 * Returns the rhythm of a moment. A turn's length is the heart's and is the same at any `tempo`; how often one comes is the
 * scenario's.
 */
export function rhythmFinder(
  of: readonly RhythmTurn[] | ScenarioName,
  startAtMs: number,
  tempo: number,
): (tMs: number) => RhythmTurn {
  if (typeof of !== 'string') {
    return (tMs) => {
      const held = of.find(({ fromMs, untilMs }) => tMs >= fromMs && tMs < untilMs);
      if (held !== undefined) return held;
      const next = of.find(({ fromMs }) => fromMs > tMs);
      return { rhythm: 'sinus', fromMs: tMs, untilMs: next?.fromMs ?? Number.POSITIVE_INFINITY };
    };
  }
  const turns = TURNS[of];
  const sinus: RhythmTurn = {
    rhythm: 'sinus',
    fromMs: Number.NEGATIVE_INFINITY,
    untilMs: Number.POSITIVE_INFINITY,
  };
  if (turns === undefined) return () => sinus;
  const { rhythm, lengthMs } = turns;
  const everyMs = Math.max(2 * lengthMs, turns.everyMs / tempo);
  return (tMs) => {
    const into = tMs - startAtMs - FIRST_MS;
    const fromMs = startAtMs + FIRST_MS + Math.floor(into / everyMs) * everyMs;
    if (into < 0) return { rhythm: 'sinus', fromMs: startAtMs, untilMs: startAtMs + FIRST_MS };
    if (tMs < fromMs + lengthMs) return { rhythm, fromMs, untilMs: fromMs + lengthMs };
    return { rhythm: 'sinus', fromMs: fromMs + lengthMs, untilMs: fromMs + everyMs };
  };
}

/** When the atria alone fire: in each turn at its own pace. */
export function* atrialBeatsIn(body: Body, fromMs: number, toMs: number): Generator<number> {
  for (let tMs = fromMs; tMs < toMs; ) {
    const turn = body.rhythmAt(tMs);
    const endMs = Math.min(turn.untilMs, toMs);
    if (turn.rhythm === 'standstill') {
      const first = Math.ceil((tMs - turn.fromMs) / ATRIAL_MS);
      for (let n = first; turn.fromMs + n * ATRIAL_MS < endMs; n += 1) yield turn.fromMs + n * ATRIAL_MS;
    }
    if (!(endMs > tMs)) return;
    tMs = endMs;
  }
}
