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
  /** What a patient's own limit may be, both included: beyond it the alarm would never come, or never end. */
  readonly range: readonly [lowest: number, highest: number];
};

/** A limit of one patient in the place of a default. Who set it, when and why is kept. */
export type OwnLimit = {
  /** `off`: for good, which a high one never is. */
  readonly limit: number | 'off';
  /** Off until then, hub's clock; `limit` holds from then on. */
  readonly offUntilMs?: number | undefined;
  /** In the place of the default's validation delay. */
  readonly raiseAfterMs?: number | undefined;
  readonly by: string;
  readonly atMs: number;
  readonly why?: string | undefined;
};
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
  range: Limit['range'],
];

// The bands of 3 points of NEWS2 are high where they are sudden; those below are medium.
const ROWS: readonly Row[] = [
  ['heart-rate-very-high', 'heart-rate', 'above', 150, 5, 'high', continuous(6, true), [110, 250]],
  ['heart-rate-high', 'heart-rate', 'above', 130, 5, 'medium', continuous(30, false), [80, 230]],
  ['heart-rate-low', 'heart-rate', 'below', 45, 3, 'medium', continuous(30, false), [30, 120]],
  ['heart-rate-very-low', 'heart-rate', 'below', 35, 3, 'high', continuous(6, true), [20, 100]],
  ['spo2-low', 'spo2', 'below', 91, 2, 'medium', continuous(30, false), [70, 98]],
  ['spo2-very-low', 'spo2', 'below', 85, 2, 'high', continuous(10, true), [60, 95]],
  ['respiratory-rate-high', 'respiratory-rate', 'above', 25, 2, 'medium', continuous(30, false), [15, 80]],
  ['respiratory-rate-very-high', 'respiratory-rate', 'above', 35, 2, 'high', continuous(14, true), [20, 90]],
  ['respiratory-rate-very-low', 'respiratory-rate', 'below', 7, 1, 'high', continuous(14, true), [3, 30]],
  ['body-temperature-high', 'body-temperature', 'above', 39, 0.3, 'medium', spot, [37, 41.5]],
  ['body-temperature-low', 'body-temperature', 'below', 35.1, 0.3, 'medium', spot, [32, 36.5]],
  ['systolic-very-high', 'systolic', 'above', 219, 10, 'high', spot, [140, 260]],
  ['systolic-high', 'systolic', 'above', 179, 5, 'medium', spot, [110, 240]],
  ['systolic-low', 'systolic', 'below', 91, 3, 'medium', spot, [50, 130]],
  ['glucose-very-low', 'glucose', 'below', 54, 5, 'high', spot, [40, 90]],
  ['glucose-low', 'glucose', 'below', 70, 5, 'medium', spot, [50, 120]],
  ['glucose-high', 'glucose', 'above', 300, 20, 'medium', spot, [120, 600]],
];

/** For an adult at home, to be set for each patient by whoever knows them. */
export const DEFAULT_LIMITS: readonly Limit[] = ROWS.map(
  ([id, measure, side, limit, hysteresis, priority, timing, range]) => ({
    id,
    measure,
    side,
    limit,
    hysteresis,
    priority,
    timing,
    range,
  }),
);

/** What holds for a patient now: the default, their own, or nothing while it is off. */
export function limitNow(
  rule: Limit,
  own: OwnLimits,
  nowMs: number,
): { readonly limit: number; readonly timing: AlarmTiming; readonly by?: string } | undefined {
  const set = own[rule.id];
  if (set === undefined) return { limit: rule.limit, timing: rule.timing };
  if (set.limit === 'off' || nowMs < (set.offUntilMs ?? Number.NEGATIVE_INFINITY)) return undefined;
  const { raiseAfterMs = rule.timing.raiseAfterMs } = set;
  return { limit: set.limit, timing: { ...rule.timing, raiseAfterMs }, by: set.by };
}

/**
 * What is seen of each limit that holds for a patient. A number that its device calls poor raises nothing and calms nobody:
 * one that is beyond is held back, and the measuring is what is told of (technical.ts), unless another device has a good
 * number of the same time, which is then the one that counts (picture.ts).
 */
export function* observeLimits(picture: Picture, own: OwnLimits, nowMs: number): Generator<Observed> {
  for (const rule of DEFAULT_LIMITS) {
    const holds = limitNow(rule, own, nowMs);
    if (holds === undefined) continue;
    const { limit, timing, by } = holds;
    const { value, poor = false } = picture.present(rule.measure, nowMs) ?? {};
    const stands = value === undefined ? 'unknown' : beside(value, limit, rule);
    yield {
      id: rule.id,
      priority: rule.priority,
      timing,
      evidence: poor ? 'unknown' : stands,
      ...(poor && stands === 'violated' && { because: 'poor-value' }),
      facts: {
        measure: rule.measure,
        limit,
        unit: unitOf(rule.measure),
        ...(value !== undefined && { value }),
        ...(by !== undefined && { by }),
      },
    };
  }
}

/** Where a value stands to a limit. */
export function beside(
  value: number,
  limit: number,
  { side, hysteresis }: Pick<Limit, 'side' | 'hysteresis'>,
): Evidence {
  const beyond = side === 'above' ? value - limit : limit - value;
  if (beyond > 0) return 'violated';
  return beyond <= -hysteresis ? 'clear' : 'between';
}

export function unitOf(measure: Measure): string {
  const spec = KINDS[kindOf(measure)];
  return spec.shape === 'panel' ? spec.parts.systolic.unit : spec.unit;
}
