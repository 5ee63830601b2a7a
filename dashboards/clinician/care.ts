// What people set and see of a patient: limits with their authors, what was charted, the scale of saturation; and the
// ways to tell the hub of a change. The hub decides who may.

import { type Consciousness, KINDS, type Kind } from '@heartwood/vitals';
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
};

export const NO_CARE: Care = { limits: [], oxygen: undefined, consciousness: undefined, scale2: undefined };

/** ACVPU, as the chart of NEWS2 names them. */
export const CONSCIOUSNESS_WORDS: Readonly<Record<Consciousness, string>> = {
  alert: 'Alert',
  confusion: 'New confusion',
  voice: 'Responds to voice',
  pain: 'Responds to pain',
  unresponsive: 'Unresponsive',
};

/** `air`, `2 l/min`. */
export const oxygenWords = (litres: number): string => (litres === 0 ? 'Air' : `Oxygen, ${litres} l/min`);

/** Whether a limit is put off at this moment. */
export const isOff = ({ offUntil }: OwnLimit, nowMs: number): boolean =>
  offUntil === null || (offUntil !== undefined && nowMs < offUntil);

const PART_WORDS: Readonly<Record<string, string>> = {
  systolic: 'Systolic pressure',
  diastolic: 'Diastolic pressure',
  mean: 'Mean pressure',
};
const UNIT_WORDS: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: '°C' };

/** What a rule is called: `Heart rate above`. */
export const ruleWords = ({ measure, side }: Rule): string =>
  `${PART_WORDS[measure] ?? (Object.hasOwn(KINDS, measure) ? KINDS[measure as Kind].label : measure)} ${side}`;
export const ruleUnit = ({ unit }: Rule): string => UNIT_WORDS[unit] ?? unit;

/** What somebody asks for one limit of one patient. */
export type LimitChange = { readonly why: string } & (
  | { readonly limit: number; readonly delaySeconds: number }
  | { readonly off: true; readonly minutes?: number }
  | { readonly default: true }
);

export const setLimit = (patient: string, condition: string, change: LimitChange): Promise<Told> =>
  tell('PUT', `/api/patients/${patient}/limits/${condition}`, change);

export const orderScale = (patient: string, scale: 1 | 2, why: string): Promise<Told> =>
  tell('PUT', `/api/patients/${patient}/spo2-scale`, { scale, why });

export type Chart = {
  readonly oxygenLitres?: number;
  readonly consciousness?: Consciousness;
  readonly respiratoryRate?: number;
  readonly spo2?: number;
  readonly systolic?: number;
  readonly diastolic?: number;
  readonly pulse?: number;
  readonly temperature?: number;
};

export const sendChart = (patient: string, chart: Chart): Promise<Told> =>
  tell('POST', `/api/patients/${patient}/chart`, chart);

/** Undefined: it is on disk. Else the hub's own sentence. */
type Told = string | undefined;

async function tell(method: string, path: string, body: unknown): Promise<Told> {
  const answer = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (answer?.ok) return undefined;
  const said: unknown = await answer?.json().catch(() => undefined);
  const error = typeof said === 'object' && said !== null && 'error' in said ? said.error : undefined;
  return typeof error === 'string' ? error : 'The hub does not answer: nothing was changed.';
}
