// What was told, held against what was true: found and how soon, missed, false, held back and rightly so.

import type { HubEvent } from '@heartwood/vitals';
import type { Told } from './alarm-bedside.ts';
import type { Stretch, Truth } from './alarm-truth.ts';

export type Tally = {
  /** Stretches that had to be told. */
  must: number;
  missed: number;
  /** From the moment at which it is beyond the limit to the alarm, the validation delay included. */
  readonly delaysMs: number[];
  /** Alarms without truth. */
  false: number;
  heldBack: number;
  /** Held back though it was true. */
  wronglyHeld: number;
};
export const newTally = (): Tally => ({
  must: 0,
  missed: 0,
  delaysMs: [],
  false: 0,
  heldBack: 0,
  wronglyHeld: 0,
});

/** A raise so long after a stretch still speaks of it. */
const GRACE_MS = 60_000;

/** Adds one patient's to a tally of one condition. */
export function score(
  tally: Tally,
  truth: Truth,
  told: readonly Told[],
  held: readonly Pick<HubEvent, 'at' | 'detail'>[],
): void {
  const isOf = (condition: string): boolean => truth.conditions.test(condition);
  const raised = told.filter((one) => isOf(one.condition) && RAISES.has(one.change)).map(({ atMs }) => atMs);
  const on = episodes(told.filter(({ condition }) => isOf(condition)));
  for (const { fromMs, toMs } of truth.must) {
    if (toMs - fromMs < truth.raiseAfterMs + truth.slackMs) continue;
    tally.must += 1;
    const sinceMs = truth.beyond.find((one) => one.fromMs <= fromMs && one.toMs > fromMs)?.fromMs ?? fromMs;
    // An alarm that is on since the value was nearly beyond has told it already.
    if (on.some((one) => one.fromMs < sinceMs && one.toMs >= sinceMs)) continue;
    const first = raised.find((atMs) => atMs >= sinceMs && atMs <= toMs + GRACE_MS);
    if (first === undefined) tally.missed += 1;
    else tally.delaysMs.push(first - sinceMs);
  }
  const reachMs = truth.raiseAfterMs + truth.slackMs + GRACE_MS;
  const near = (stretches: readonly Stretch[], atMs: number, backMs: number): boolean =>
    stretches.some(({ fromMs, toMs }) => fromMs <= atMs && toMs >= atMs - backMs);
  tally.false += raised.filter((atMs) => !near(truth.may, atMs, reachMs)).length;
  for (const { at, detail } of held) {
    if (!isOf(String(detail['condition']))) continue;
    tally.heldBack += 1;
    if (near(truth.must, at, 0)) tally.wronglyHeld += 1;
  }
}

const RAISES: ReadonlySet<string> = new Set(['raised', 'resumed']);

/** From raised to over; one that is not over lasts. */
function episodes(told: readonly Told[]): Stretch[] {
  const stretches: Stretch[] = [];
  const open = new Map<string, { fromMs: number; toMs: number }>();
  for (const { condition, change, atMs } of told) {
    if (RAISES.has(change) && !open.has(condition)) {
      const stretch = { fromMs: atMs, toMs: Number.POSITIVE_INFINITY };
      open.set(condition, stretch);
      stretches.push(stretch);
    } else if (change === 'over' || change === 'ended') {
      const stretch = open.get(condition);
      if (stretch !== undefined) stretch.toMs = atMs;
      open.delete(condition);
    }
  }
  return stretches;
}
