// Generic health observations to measurements: numbers of kinds that the house knows, in units that convert, and
// blood pressure in its three parts. The rest stays in the structure.

import { KINDS } from '../kind.ts';
import type { Measurement, TimedMeasurement } from '../reading.ts';
import { conversionFrom } from '../unit.ts';
import { type PressureUnit, panelOf } from './blood-pressure.ts';
import { elapsedMoment } from './elapsed-time.ts';
import {
  type Component,
  type HealthObservation,
  type HealthObservations,
  OBSERVATION_STATUS_BITS,
  type ObservationHeader,
  type SimpleValue,
} from './health-observation.ts';
import { kindOfMdc, unitOfMdc } from './mdc.ts';
import { type DeviceClock, scalarOfFloat, timed, type Verdict } from './measured.ts';
import type { MedicalFloat } from './medical-float.ts';

const S = OBSERVATION_STATUS_BITS;
const BLOOD_PRESSURE = KINDS['blood-pressure'];

function verdictOf(status: number | undefined): Verdict {
  if (status === undefined) return {};
  if ((status & (S.calibrating | S.testing | S.demonstration)) !== 0) return { absent: 'device-error' };
  if ((status & S.invalid) !== 0) return { absent: 'artefact' };
  if ((status & S.unavailable) !== 0) return { absent: 'unknown' };
  return { quality: (status & (S.questionable | S.earlyEstimate)) !== 0 ? 'uncertain' : 'ok' };
}

/** A number of a kind we know. In a unit that does not convert it is no number we can keep: device-error. */
function measureNumeric(type: number | undefined, value: SimpleValue, verdict: Verdict): Measurement[] {
  const kind = kindOfMdc(type);
  if (kind === undefined || value.class !== 'numeric') return [];
  const unit = unitOfMdc(value.unit);
  if (unit === undefined || conversionFrom(kind, unit) === undefined)
    return [{ kind, absent: 'device-error' }];
  return [scalarOfFloat(kind, value.number, unit, verdict)];
}

function measurePanel(components: readonly Component[], verdict: Verdict): Measurement[] {
  const parts: { -readonly [Part in keyof typeof BLOOD_PRESSURE.parts]?: MedicalFloat } = {};
  const units = new Set<string | undefined>();
  for (const part of ['systolic', 'diastolic', 'mean'] as const) {
    const component = components.find(({ type }) => type === BLOOD_PRESSURE.parts[part].mdc);
    if (component?.value.class !== 'numeric') continue;
    parts[part] = component.value.number;
    units.add(unitOfMdc(component.value.unit));
  }
  const [unit] = units;
  if (units.size !== 1 || unit === undefined || conversionFrom('blood-pressure', unit) === undefined) {
    return [{ kind: 'blood-pressure', absent: 'device-error' }];
  }
  return [panelOf(parts, unit as PressureUnit, verdict)];
}

function measureOne(observation: HealthObservation, clock: DeviceClock): readonly TimedMeasurement[] {
  const { value, type, time } = observation;
  const verdict = verdictOf(observation.status);
  const at = time === undefined ? undefined : elapsedMoment(time, clock);
  if (value.class !== 'compound') {
    return measureNumeric(type, value, verdict).map((measurement) => timed(measurement, at));
  }
  const { components } = value;
  const panel = type === BLOOD_PRESSURE.mdc ? measurePanel(components, verdict) : [];
  const scalars = components.flatMap((part) => measureNumeric(part.type, part.value, verdict));
  return [...panel, ...scalars].map((measurement) => timed(measurement, at));
}

/** What a member of a bundle does not say itself, the bundle says for it. */
function inheriting(header: ObservationHeader, member: HealthObservation): HealthObservation {
  return { ...header, ...member };
}

/** 2B8B, 2BDD: the measurements of one observation or of all in a bundle. */
export function measureHealthObservations(
  said: HealthObservations,
  clock: DeviceClock,
): readonly TimedMeasurement[] {
  if (said.kind === 'single') return measureOne(said.observation, clock);
  return said.observations.flatMap((member) => measureOne(inheriting(said.header, member), clock));
}
