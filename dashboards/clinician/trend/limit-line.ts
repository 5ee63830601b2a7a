// Limits as a chart and a tile show them: which number raises which alarm.

import type { Kind } from '@heartwood/vitals';
import type { Priority } from '../alarm.ts';
import { type Care, isOff, type Rule } from '../care.ts';

export type ShownLimit = {
  /** The kind, or a pressure. */
  readonly measure: string;
  readonly side: 'above' | 'below';
  /** In the kind's unit; the number itself is still within. */
  readonly limit: number;
  readonly priority: Priority;
  /** Who set it for this patient; undefined for what holds for everybody. */
  readonly by: string | undefined;
};

/** The limits that hold for a patient now, without those that are off; none from a hub that tells none. */
export const limitsOf = (rules: readonly Rule[], { limits }: Care, nowMs: number): readonly ShownLimit[] =>
  rules.flatMap((rule): ShownLimit[] => {
    const own = limits.find(({ condition }) => condition === rule.condition);
    if (own !== undefined && isOff(own, nowMs)) return [];
    const { measure, side, priority } = rule;
    return [{ measure, side, priority, limit: own?.limit ?? rule.limit, by: own?.by }];
  });

const PRESSURE: ReadonlySet<string> = new Set(['systolic', 'diastolic', 'mean']);

/** Those of one kind, the lowest first. */
export function limitsOfKind(limits: readonly ShownLimit[], kind: Kind): readonly ShownLimit[] {
  return limits
    .filter(({ measure }) => measure === kind || (kind === 'blood-pressure' && PRESSURE.has(measure)))
    .toSorted((a, b) => a.limit - b.limit);
}

/**
 * The limits that a number meets first on its way down and up, as a tile prints them: `45–130`, `≥ 91`, `≤ 300`. Of
 * pressures the systolic ones. Undefined where there are none.
 */
export function limitWords(limits: readonly ShownLimit[], kind: Kind): string | undefined {
  const of = limitsOfKind(limits, kind).filter(
    ({ measure }) => kind !== 'blood-pressure' || measure === 'systolic',
  );
  const low = of.findLast(({ side }) => side === 'below')?.limit;
  const high = of.find(({ side }) => side === 'above')?.limit;
  if (low !== undefined && high !== undefined) return `${low}–${high}`;
  if (low !== undefined) return `≥ ${low}`;
  return high === undefined ? undefined : `≤ ${high}`;
}
