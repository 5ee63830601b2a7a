// What people have set and seen of a patient, as a page gets it (docs/spec/feed.md): a patient's own limits with their
// authors, what was charted, and by whose order scale 2 holds.

import type { Consciousness } from '@heartwood/vitals';
import type { Care } from './care-store.ts';
import { DEFAULT_LIMITS, type Limit, type OwnLimit, unitOf } from './limits.ts';

/** Times: hub's clock, ms since 1970. */
type Signed = { readonly by: string; readonly at: number };

export type FeedLimit = Signed & {
  readonly condition: string;
  /** What holds, or will hold again when `off` is over. */
  readonly limit: number;
  readonly delaySeconds: number;
  /** Absent while it is on; `null`: for good. */
  readonly offUntil?: number | null;
  readonly why: string;
};

export type FeedCare = {
  /** Those that are not the defaults. */
  readonly limits: readonly FeedLimit[];
  readonly oxygen?: Signed & { readonly litres: number };
  readonly consciousness?: Signed & { readonly value: Consciousness };
  readonly scale2?: Signed & { readonly why: string };
  /** How many notes there are, where there are any: a page that shows them asks anew when it is another number. */
  readonly notes?: number;
};

export type PatientCare = { readonly patient: string; readonly care: FeedCare };

/** A rule as a page gets it: what holds for everybody, and what it may be. */
export type FeedRule = {
  readonly condition: string;
  readonly measure: string;
  readonly unit: string;
  readonly side: Limit['side'];
  readonly priority: Limit['priority'];
  readonly limit: number;
  readonly delaySeconds: number;
  readonly range: Limit['range'];
};
/** The same with what is one patient's own. */
export type PatientRule = FeedRule & { readonly own: FeedLimit | null };

export function toFeedCare({ limits, charted }: Care, notes: number = 0): FeedCare {
  const { oxygen, consciousness, scale2 } = charted;
  return {
    limits: DEFAULT_LIMITS.flatMap((rule) => {
      const own = limits[rule.id];
      return own === undefined ? [] : [toFeedLimit(rule, own)];
    }),
    ...(oxygen && { oxygen: { litres: oxygen.litres ?? 0, by: oxygen.by, at: oxygen.atMs } }),
    ...(consciousness && {
      consciousness: { value: consciousness.value, by: consciousness.by, at: consciousness.atMs },
    }),
    ...(scale2 && { scale2: { by: scale2.by, at: scale2.atMs, why: scale2.why ?? '' } }),
    ...(notes > 0 && { notes }),
  };
}

/** Every rule, in the order in which they are listed. */
export const FEED_RULES: readonly FeedRule[] = DEFAULT_LIMITS.map((rule) => ({
  condition: rule.id,
  measure: rule.measure,
  unit: unitOf(rule.measure),
  side: rule.side,
  priority: rule.priority,
  limit: rule.limit,
  delaySeconds: rule.timing.raiseAfterMs / 1000,
  range: rule.range,
}));

export function toPatientRules(care: Care): readonly PatientRule[] {
  const { limits } = toFeedCare(care);
  return FEED_RULES.map((rule) => ({
    ...rule,
    own: limits.find(({ condition }) => condition === rule.condition) ?? null,
  }));
}

function toFeedLimit(rule: Limit, { limit, offUntilMs, raiseAfterMs, by, atMs, why }: OwnLimit): FeedLimit {
  return {
    condition: rule.id,
    limit: limit === 'off' ? rule.limit : limit,
    delaySeconds: (raiseAfterMs ?? rule.timing.raiseAfterMs) / 1000,
    ...(limit === 'off' ? { offUntil: null } : offUntilMs !== undefined && { offUntil: offUntilMs }),
    by,
    at: atMs,
    why: why ?? '',
  };
}
