// What people set and see of a patient: limits with their authors, what was charted, the scale of saturation.

import type { Consciousness } from '@heartwood/vitals';
import type { Priority } from './alarm.ts';

/** Times: hub's clock, ms since 1970. */
type Signed = { readonly by: string; readonly at: number };

/** A limit that holds for everybody who has none of their own. */
export type Rule = {
  readonly condition: string;
  /** A kind, or a pressure. */
  readonly measure: string;
  readonly unit: string;
  readonly side: 'above' | 'below';
  readonly priority: Priority;
  readonly limit: number;
  readonly delaySeconds: number;
  /** What a patient's own may be. */
  readonly range: readonly [lowest: number, highest: number];
};

export type OwnLimit = Signed & {
  readonly condition: string;
  /** What holds, or will hold again. */
  readonly limit: number;
  readonly delaySeconds: number;
  /** Undefined while it is on; null: off for good. */
  readonly offUntil: number | null | undefined;
  readonly why: string;
};

export type Care = {
  readonly limits: readonly OwnLimit[];
  readonly oxygen: (Signed & { readonly litres: number }) | undefined;
  readonly consciousness: (Signed & { readonly value: Consciousness }) | undefined;
  readonly scale2: (Signed & { readonly why: string }) | undefined;
  /** How many notes there are on the patient. */
  readonly notes: number;
};

export const NO_CARE: Care = {
  limits: [],
  oxygen: undefined,
  consciousness: undefined,
  scale2: undefined,
  notes: 0,
};

/** Whether a limit is put off at this moment. */
export const isOff = ({ offUntil }: OwnLimit, nowMs: number): boolean =>
  offUntil === null || (offUntil !== undefined && nowMs < offUntil);
