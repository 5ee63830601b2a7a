// A patient's care in words, and the ways to tell the hub of a change. The hub decides who may. Comes with the parts of
// the page that need it.

import { type Consciousness, KINDS, type Kind } from '@heartwood/vitals';
import type { Rule } from './care.ts';
import { careText } from './text/care.ts';
import { labelOf } from './wording.ts';

export const oxygenWords = (litres: number): string =>
  litres === 0 ? careText().air : careText().oxygen(litres);

const UNIT_WORDS: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: '°C' };
export const ruleUnit = ({ unit }: Rule): string => UNIT_WORDS[unit] ?? unit;

/** What a rule is called: `Heart rate above`. */
export function ruleWords({ measure, side }: Rule): string {
  const { pressures, sides } = careText();
  const what = Object.hasOwn(pressures, measure)
    ? pressures[measure as keyof typeof pressures]
    : Object.hasOwn(KINDS, measure)
      ? labelOf(measure as Kind)
      : measure;
  return sides[side](what);
}

/** `after 30 s`, `at once`. */
export const delayWords = (seconds: number): string =>
  seconds === 0 ? careText().editor.atOnce : careText().editor.after(seconds);

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
  /** When it was seen, hub's clock, ms since 1970; now, unless given. */
  readonly at?: number;
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
  return typeof error === 'string' ? error : careText().noAnswer;
}
