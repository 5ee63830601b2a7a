// From what a characteristic says to what the house keeps: a number on its kind's grid, or word of why there is
// none. A decoder never hands on a number that a living body cannot have, nor a zero for a missing one.

import { plausibleOnGrid } from '../grid.ts';
import { KINDS, type ScalarKind } from '../kind.ts';
import type { AbsentReason, Measurement, Quality, TimedMeasurement } from '../reading.ts';
import { conversionFrom } from '../unit.ts';
import { floatValue, type MedicalFloat } from './medical-float.ts';

/** What a device's status says of its own numbers. */
export type Verdict = {
  readonly quality?: Quality;
  /** No number counts, whatever is sent: why. */
  readonly absent?: AbsentReason;
  /** Why a number is missing, where it is. */
  readonly blank?: AbsentReason;
};

/** What the hub knows of a device's clock. Times of devices are wall-clock times without a zone. */
export type DeviceClock = {
  /** Minutes by which the device's wall clock is ahead of UTC; without it a wall-clock time is left out. */
  readonly offsetMinutes?: number;
  /** When the glucose sensor's session began (2AAA), ms since 1970; without it its readings have no time. */
  readonly sessionStartMs?: number;
};

/** Why a float holds no number. NaN says only that there is none. */
export function blankReason(float: MedicalFloat, blank: AbsentReason | undefined): AbsentReason {
  if (float.kind === 'reserved') return 'device-error';
  return float.kind === 'nan' ? (blank ?? 'unknown') : (blank ?? 'out-of-range');
}

/** A measurement with its time, where it has one. */
export function timed(measurement: Measurement, at: number | undefined): TimedMeasurement {
  return at === undefined ? { measurement } : { at, measurement };
}

/** The measurement of a plain number in UCUM unit `unit`, which must convert to the kind's own. */
export function scalarOf(kind: ScalarKind, value: number, unit: string, verdict: Verdict = {}): Measurement {
  if (verdict.absent !== undefined) return { kind, absent: verdict.absent };
  const kept = plausibleOnGrid(KINDS[kind], conversionFrom(kind, unit)!(value));
  if (kept === undefined) return { kind, absent: 'out-of-range' };
  return verdict.quality === undefined
    ? { kind, value: kept }
    : { kind, value: kept, quality: verdict.quality };
}

/** The measurement of a medical float in UCUM unit `unit`, which must convert to the kind's own. */
export function scalarOfFloat(
  kind: ScalarKind,
  float: MedicalFloat,
  unit: string,
  verdict: Verdict = {},
): Measurement {
  const value = floatValue(float);
  if (value !== undefined) return scalarOf(kind, value, unit, verdict);
  return { kind, absent: verdict.absent ?? blankReason(float, verdict.blank) };
}
