// Blood Pressure Measurement, 2A35 (indicated), and Intermediate Cuff Pressure, 2A36 (notified), which has the same
// layout with the cuff's pressure first and nothing in the two fields after it.
//
// A cuff's pressure while it inflates is no blood pressure: 2A36 is decoded and never measured.

import { plausibleOnGrid } from '../grid.ts';
import { KINDS } from '../kind.ts';
import type { AbsentReason, Measurement, PanelMeasurement, TimedMeasurement } from '../reading.ts';
import { conversionFrom } from '../unit.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import { blankReason, type DeviceClock, scalarOfFloat, timed, type Verdict } from './measured.ts';
import { floatValue, type MedicalFloat, readSfloat, writeSfloat } from './medical-float.ts';
import { decodeWith, type OctetReader, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

export type PressureUnit = 'mm[Hg]' | 'kPa';
type Circumstances = {
  readonly unit: PressureUnit;
  readonly time?: SaidTime;
  /** Beats a minute. */
  readonly pulse?: MedicalFloat;
  /** Which of the device's users; 255 unknown. */
  readonly user?: number;
  readonly status?: CuffStatus;
};
export type BloodPressure = Circumstances & {
  readonly systolic: MedicalFloat;
  readonly diastolic: MedicalFloat;
  readonly mean: MedicalFloat;
};
export type CuffPressure = Circumstances & { readonly cuff: MedicalFloat };

/** What went wrong or was odd, in the words of the specification's bits 0 to 5. */
export type CuffStatus = {
  readonly bodyMovement: boolean;
  readonly cuffLoose: boolean;
  readonly irregularPulse: boolean;
  readonly pulseRange: 'within' | 'above' | 'below' | 'reserved';
  readonly improperPosition: boolean;
};
const PULSE_RANGES = ['within', 'above', 'below', 'reserved'] as const;

function readStatus(octets: OctetReader): CuffStatus {
  const bits = octets.u16();
  return {
    bodyMovement: (bits & 1) !== 0,
    cuffLoose: (bits & 2) !== 0,
    irregularPulse: (bits & 4) !== 0,
    pulseRange: PULSE_RANGES[(bits >> 3) & 3]!,
    improperPosition: (bits & 32) !== 0,
  };
}

function writeStatus(status: CuffStatus, octets: OctetWriter): void {
  const range = PULSE_RANGES.indexOf(status.pulseRange);
  const { bodyMovement, cuffLoose, irregularPulse, improperPosition } = status;
  octets.u16(
    flagsOf(bodyMovement, cuffLoose, irregularPulse, (range & 1) !== 0, (range & 2) !== 0, improperPosition),
  );
}

type Pressures = readonly [MedicalFloat, MedicalFloat, MedicalFloat];

function decodeLayout<Value>(
  bytes: Uint8Array,
  finish: (pressures: Pressures, rest: Circumstances) => Value,
): Decoded<Value> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x1f);
    const pressures = [readSfloat(octets), readSfloat(octets), readSfloat(octets)] as const;
    return finish(
      pressures,
      present<Circumstances>({
        unit: (flags & 1) === 0 ? 'mm[Hg]' : 'kPa',
        time: octets.when(flags & 2, () => readSaidTime(octets)),
        pulse: octets.when(flags & 4, () => readSfloat(octets)),
        user: octets.when(flags & 8, () => octets.u8()),
        status: octets.when(flags & 16, () => readStatus(octets)),
      }),
    );
  });
}

function encodeLayout(pressures: Pressures, rest: Circumstances): Uint8Array {
  const { unit, time, pulse, user, status } = rest;
  const octets = new OctetWriter().u8(
    flagsOf(
      unit === 'kPa',
      time !== undefined,
      pulse !== undefined,
      user !== undefined,
      status !== undefined,
    ),
  );
  for (const pressure of pressures) writeSfloat(pressure, octets);
  return octets
    .when(time, writeSaidTime)
    .when(pulse, writeSfloat)
    .when(user, (number, into) => into.u8(number))
    .when(status, writeStatus)
    .done();
}

/** 2A35. */
export function decodeBloodPressure(bytes: Uint8Array): Decoded<BloodPressure> {
  return decodeLayout(bytes, ([systolic, diastolic, mean], rest) => ({ systolic, diastolic, mean, ...rest }));
}

/** 2A35. */
export function encodeBloodPressure(value: BloodPressure): Uint8Array {
  return encodeLayout([value.systolic, value.diastolic, value.mean], value);
}

/** 2A36. */
export function decodeCuffPressure(bytes: Uint8Array): Decoded<CuffPressure> {
  return decodeLayout(bytes, ([cuff], rest) => ({ cuff, ...rest }));
}

/** 2A36, NaN in the two unused fields. */
export function encodeCuffPressure(value: CuffPressure): Uint8Array {
  return encodeLayout([value.cuff, { kind: 'nan' }, { kind: 'nan' }], value);
}

function verdictOf(status: CuffStatus | undefined): Verdict {
  if (status === undefined) return {};
  if (status.cuffLoose) return { quality: 'poor', blank: 'sensor-off' };
  if (status.bodyMovement) return { quality: 'poor', blank: 'artefact' };
  return { quality: status.irregularPulse || status.improperPosition ? 'uncertain' : 'ok' };
}

type Part = 'systolic' | 'diastolic' | 'mean';

/**
 * A panel of the parts that have a number. A systolic or diastolic pressure that no body can have makes the whole
 * panel absent, for half of a nonsensical measurement is no better; a mean of that sort is left out alone, because
 * devices that measure no mean send 0.
 */
export function panelOf(
  parts: Readonly<Partial<Record<Part, MedicalFloat>>>,
  unit: PressureUnit,
  verdict: Verdict,
): Measurement {
  const absent = (reason: AbsentReason): Measurement => ({ kind: 'blood-pressure', absent: reason });
  if (verdict.absent !== undefined) return absent(verdict.absent);
  const panel: { -readonly [Field in keyof PanelMeasurement]: PanelMeasurement[Field] } = {
    kind: 'blood-pressure',
  };
  let missing: AbsentReason | undefined;
  for (const part of ['systolic', 'diastolic', 'mean'] as const) {
    const float = parts[part];
    if (float === undefined) continue;
    const value = floatValue(float);
    if (value === undefined) {
      missing ??= blankReason(float, verdict.blank);
      continue;
    }
    const converted = conversionFrom('blood-pressure', unit)!(value);
    const kept = plausibleOnGrid(KINDS['blood-pressure'].parts[part], converted);
    if (kept !== undefined) panel[part] = kept;
    else if (part !== 'mean') return absent('out-of-range');
  }
  const { systolic, diastolic, mean } = panel;
  if (systolic !== undefined && diastolic !== undefined && systolic < diastolic) return absent('artefact');
  if ((systolic ?? diastolic ?? mean) === undefined) return absent(missing ?? verdict.blank ?? 'unknown');
  if (verdict.quality !== undefined) panel.quality = verdict.quality;
  return panel;
}

/** The blood pressure, and the pulse where the cuff counted one. */
export function measureBloodPressure(value: BloodPressure, clock: DeviceClock): readonly TimedMeasurement[] {
  const at = momentOf(value.time, clock.offsetMinutes);
  const verdict = verdictOf(value.status);
  const measured = [timed(panelOf(value, value.unit, verdict), at)];
  if (value.pulse !== undefined) {
    measured.push(timed(scalarOfFloat('heart-rate', value.pulse, '/min', verdict), at));
  }
  return measured;
}
