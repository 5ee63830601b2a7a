// Limits on what is measured: the default ones for an adult at home, and a patient's own, each set by somebody with a
// name. Defaults are wide where a false alarm is likely and nobody is the worse for waiting: most alarms of homes and
// wards need nobody, and whoever is called in vain comes later the next time.
//
// Validation delays after those of patient monitors (heart rate 6 s, saturation low 10 s, respiration 14 s); values that
// come one at a time (a cuff, a thermometer, a glucose meter) need none.

import { KINDS } from '@heartwood/vitals';
import { type Observed, type Priority, SECOND } from './condition.ts';
import type { AlarmTiming, Evidence } from './episode.ts';
import { kindOf, type Measure, type Picture } from './picture.ts';

export type Limit = {
  /** e.g. `heart-rate-high`: names the condition. */
  readonly id: string;
  readonly measure: Measure;
  readonly side: 'above' | 'below';
  /** In the kind's unit; the value itself is still within. */
  readonly limit: number;
  /** The alarm ends only so far behind the limit. */
  readonly hysteresis: number;
  readonly priority: Priority;
  readonly timing: AlarmTiming;
};

/** A limit of one patient in the place of a default: another value, or none at all. Who set it and when is kept. */
export type OwnLimit = { readonly limit: number | 'off'; readonly by: string; readonly atMs: number };
export type OwnLimits = Readonly<Record<string, OwnLimit>>;

const continuous = (raiseAfter: number, latching: boolean): AlarmTiming => ({
  raiseAfterMs: raiseAfter * SECOND,
  clearAfterMs: 10 * SECOND,
  latching,
});
const spot: AlarmTiming = { raiseAfterMs: 0, clearAfterMs: 0, latching: true };

type Row = readonly [
  id: string,
  measure: Measure,
  side: Limit['side'],
  limit: number,
  hysteresis: number,
  priority: Priority,
  timing: AlarmTiming,
];

// The bands of 3 points of NEWS2 are high where they are sudden; those below are medium.
const ROWS: readonly Row[] = [
  ['heart-rate-very-high', 'heart-rate', 'above', 150, 5, 'high', continuous(6, true)],
  ['heart-rate-high', 'heart-rate', 'above', 130, 5, 'medium', continuous(30, false)],
  ['heart-rate-low', 'heart-rate', 'below', 45, 3, 'medium', continuous(30, false)],
  ['heart-rate-very-low', 'heart-rate', 'below', 35, 3, 'high', continuous(6, true)],
  ['spo2-low', 'spo2', 'below', 91, 2, 'medium', continuous(30, false)],
  ['spo2-very-low', 'spo2', 'below', 85, 2, 'high', continuous(10, true)],
  ['respiratory-rate-high', 'respiratory-rate', 'above', 25, 2, 'medium', continuous(30, false)],
  ['respiratory-rate-very-high', 'respiratory-rate', 'above', 35, 2, 'high', continuous(14, true)],
  ['respiratory-rate-very-low', 'respiratory-rate', 'below', 7, 1, 'high', continuous(14, true)],
  ['body-temperature-high', 'body-temperature', 'above', 39, 0.3, 'medium', spot],
  ['body-temperature-low', 'body-temperature', 'below', 35.1, 0.3, 'medium', spot],
  ['systolic-very-high', 'systolic', 'above', 219, 10, 'high', spot],
  ['systolic-high', 'systolic', 'above', 179, 5, 'medium', spot],
  ['systolic-low', 'systolic', 'below', 91, 3, 'medium', spot],
  ['glucose-very-low', 'glucose', 'below', 54, 5, 'high', spot],
  ['glucose-low', 'glucose', 'below', 70, 5, 'medium', spot],
  ['glucose-high', 'glucose', 'above', 300, 20, 'medium', spot],
];

/** For an adult at home, to be set for each patient by whoever knows them. */
export const DEFAULT_LIMITS: readonly Limit[] = ROWS.map(
  ([id, measure, side, limit, hysteresis, priority, timing]) => ({
    id,
    measure,
    side,
    limit,
    hysteresis,
    priority,
    timing,
  }),
);

/** What is seen of each limit that holds for a patient. */
export function* observeLimits(picture: Picture, own: OwnLimits, nowMs: number): Generator<Observed> {
  for (const rule of DEFAULT_LIMITS) {
    const set = own[rule.id];
    const limit = set?.limit ?? rule.limit;
    if (limit === 'off') continue;
    const value = picture.fresh(rule.measure, nowMs);
    yield {
      id: rule.id,
      priority: rule.priority,
      timing: rule.timing,
      evidence: value === undefined ? 'unknown' : beside(value, limit, rule),
      facts: {
        measure: rule.measure,
        limit,
        unit: unitOf(rule.measure),
        ...(value !== undefined && { value }),
        ...(set && { by: set.by }),
      },
    };
  }
}

/** Where a value stands to a limit. */
function beside(
  value: number,
  limit: number,
  { side, hysteresis }: Pick<Limit, 'side' | 'hysteresis'>,
): Evidence {
  const beyond = side === 'above' ? value - limit : limit - value;
  if (beyond > 0) return 'violated';
  return beyond <= -hysteresis ? 'clear' : 'between';
}

function unitOf(measure: Measure): string {
  const spec = KINDS[kindOf(measure)];
  return spec.shape === 'panel' ? spec.parts.systolic.unit : spec.unit;
}
