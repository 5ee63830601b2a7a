// What a person has seen at the bedside: the inputs of NEWS2 that nothing worn can tell (oxygen, consciousness), and
// those that were measured by hand. Read once, here; past this a chart is typed and within what a body can have.

import {
  type Consciousness,
  KINDS,
  type Measurement,
  plausibleOnGrid,
  type ScalarKind,
} from '@heartwood/vitals';
import { HeartwoodError } from '../error.ts';
import { MINUTE } from './condition.ts';

export type Charting = {
  /** A minute; 0: air. */
  readonly oxygenLitres?: number | undefined;
  readonly consciousness?: Consciousness | undefined;
  /** Measured by hand. */
  readonly vitals: readonly Measurement[];
  /** When it was seen, ms since 1970, where that was not now. How far back it may lie: `seenAt`. */
  readonly atMs?: number | undefined;
};

/** So far back somebody may chart what they saw: a shift, and the one before it. */
const BACK_MAX_MS = 24 * 60 * MINUTE;

/** When it was seen. @param nowMs the hub's clock @throws HeartwoodError unacceptable */
export function seenAt({ atMs }: Charting, nowMs: number): number {
  if (atMs === undefined) return nowMs;
  if (atMs > nowMs)
    throw new HeartwoodError('unacceptable', 'Nobody has seen that yet: it is in the future.');
  if (nowMs - atMs > BACK_MAX_MS)
    throw new HeartwoodError('unacceptable', 'What is charted was seen within the last 24 hours.');
  return atMs;
}

const ACVPU: readonly Consciousness[] = ['alert', 'confusion', 'voice', 'pain', 'unresponsive'];
/** High-flow devices give 60 and somewhat more. */
const LITRES_MAX = 80;
const SCALARS: readonly (readonly [field: string, kind: ScalarKind])[] = [
  ['respiratoryRate', 'respiratory-rate'],
  ['spo2', 'spo2'],
  ['pulse', 'heart-rate'],
  ['temperature', 'body-temperature'],
];
const PRESSURES = ['systolic', 'diastolic'] as const;
const SEEN: readonly string[] = [
  'oxygenLitres',
  'consciousness',
  ...PRESSURES,
  ...SCALARS.map(([field]) => field),
];
const FIELDS: ReadonlySet<string> = new Set([...SEEN, 'at']);

/** @returns what was seen, or a sentence that says what is wrong with it */
export function readCharting(body: unknown): Charting | string {
  const given = (body ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(given).find((field) => !FIELDS.has(field));
  if (typeof body !== 'object' || unknown !== undefined || !SEEN.some((field) => field in given))
    return `Chart at least one of ${SEEN.join(', ')}: {"oxygenLitres": 0, "consciousness": "alert", "respiratoryRate": 16}; with "at" (ms since 1970) where it was not now`;
  const { oxygenLitres, consciousness, at } = given;
  if (at !== undefined && !(Number.isSafeInteger(at) && (at as number) >= 0))
    return 'When it was seen is a time in ms since 1970, such as 1795262400000.';
  if (oxygenLitres !== undefined && !isLitres(oxygenLitres))
    return `Oxygen is a number of litres a minute, 0 (air) to ${LITRES_MAX}.`;
  if (consciousness !== undefined && !ACVPU.includes(consciousness as Consciousness))
    return `Consciousness is one of ${ACVPU.join(', ')}.`;
  const vitals: Measurement[] = [];
  for (const [field, kind] of SCALARS) {
    if (given[field] === undefined) continue;
    const { plausible, unit, label } = KINDS[kind];
    const value = typeof given[field] === 'number' ? plausibleOnGrid(KINDS[kind], given[field]) : undefined;
    if (value === undefined) return `${label} is a number from ${plausible[0]} to ${plausible[1]} ${unit}.`;
    vitals.push({ kind, value });
  }
  const pressure: { systolic?: number; diastolic?: number } = {};
  for (const part of PRESSURES) {
    if (given[part] === undefined) continue;
    const quantity = KINDS['blood-pressure'].parts[part];
    const value = typeof given[part] === 'number' ? plausibleOnGrid(quantity, given[part]) : undefined;
    if (value === undefined) return `A pressure is a number from ${quantity.plausible.join(' to ')} mmHg.`;
    pressure[part] = value;
  }
  const { systolic, diastolic } = pressure;
  if (systolic !== undefined && diastolic !== undefined && diastolic >= systolic)
    return 'The diastolic pressure is below the systolic one.';
  if (systolic !== undefined || diastolic !== undefined) vitals.push({ kind: 'blood-pressure', ...pressure });
  return {
    ...(oxygenLitres !== undefined && { oxygenLitres: oxygenLitres as number }),
    ...(consciousness !== undefined && { consciousness: consciousness as Consciousness }),
    ...(at !== undefined && { atMs: at as number }),
    vitals,
  };
}

const isLitres = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= LITRES_MAX && Number.isFinite(value);
