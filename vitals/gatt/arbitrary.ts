// Structures of every characteristic for property tests, each beside its way to octets and back; on the parts of
// arbitrary-number.ts, and with the observations of arbitrary-observation.ts.

import fc, { type Arbitrary } from 'fast-check';
import { compact, dateTime, float, maybe, saidTime, sfloat, u8, u16, u24, u32 } from './arbitrary-number.ts';
import { elapsedTime, observations, stored } from './arbitrary-observation.ts';
import {
  type BloodPressure,
  type BodyComposition,
  type CgmRecord,
  type CgmSessionStart,
  type ContinuousOximetry,
  type CuffPressure,
  type CurrentTime,
  type Decoded,
  decodeBattery,
  decodeBloodPressure,
  decodeBodyComposition,
  decodeBodySensorLocation,
  decodeCgm,
  decodeCgmSessionStart,
  decodeContinuousOximetry,
  decodeCuffPressure,
  decodeCurrentTime,
  decodeDateTime,
  decodeDeviceText,
  decodeElapsedTime,
  decodeGlucose,
  decodeGlucoseContext,
  decodeHealthObservations,
  decodeHeartRate,
  decodeLocalTime,
  decodePnpId,
  decodeRecordAnswer,
  decodeRecordRequest,
  decodeRunning,
  decodeSpotOximetry,
  decodeStoredObservations,
  decodeSystemId,
  decodeTemperature,
  decodeWeight,
  encodeBattery,
  encodeBloodPressure,
  encodeBodyComposition,
  encodeBodySensorLocation,
  encodeCgm,
  encodeCgmSessionStart,
  encodeContinuousOximetry,
  encodeCuffPressure,
  encodeCurrentTime,
  encodeDateTime,
  encodeDeviceText,
  encodeElapsedTime,
  encodeGlucose,
  encodeGlucoseContext,
  encodeHealthObservations,
  encodeHeartRate,
  encodeLocalTime,
  encodePnpId,
  encodeRecordAnswer,
  encodeRecordRequest,
  encodeRunning,
  encodeSpotOximetry,
  encodeStoredObservations,
  encodeSystemId,
  encodeTemperature,
  encodeWeight,
  type Glucose,
  type GlucoseContext,
  type HeartRate,
  type LocalTime,
  type Mass,
  type MassUnit,
  type PnpId,
  type RecordAnswer,
  type RecordFilter,
  type RecordMark,
  type RecordRequest,
  type Running,
  type SpotOximetry,
  type SystemId,
  type Temperature,
  type Weight,
} from './index.ts';

/** A characteristic with its structures, erased of their types: what all of them have in common. */
export type Codec = {
  readonly name: string;
  readonly structures: Arbitrary<unknown>;
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Decoded<unknown>;
};

function codec<Value>(
  name: string,
  structures: Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<Value>,
): Codec {
  return { name, structures, encode: encode as (value: unknown) => Uint8Array, decode };
}

const heartRate = compact<HeartRate>({
  beatsPerMinute: fc.oneof(fc.integer({ min: 30, max: 220 }), u16),
  contact: fc.constantFrom('unsupported', 'not-detected', 'detected'),
  energyKj: maybe(u16),
  intervals1024: maybe(fc.array(u16, { minLength: 1, maxLength: 9 })),
});

const circumstances = {
  unit: fc.constantFrom('mm[Hg]' as const, 'kPa' as const),
  time: maybe(saidTime),
  pulse: maybe(sfloat),
  user: maybe(u8),
  status: maybe(
    fc.record({
      bodyMovement: fc.boolean(),
      cuffLoose: fc.boolean(),
      irregularPulse: fc.boolean(),
      pulseRange: fc.constantFrom('within', 'above', 'below', 'reserved'),
      improperPosition: fc.boolean(),
    }),
  ),
};
const bloodPressure = compact<BloodPressure>({
  systolic: sfloat,
  diastolic: sfloat,
  mean: sfloat,
  ...circumstances,
});
const cuffPressure = compact<CuffPressure>({ cuff: sfloat, ...circumstances });

const temperature = compact<Temperature>({
  unit: fc.constantFrom('Cel' as const, '[degF]' as const),
  temperature: float,
  time: maybe(saidTime),
  site: maybe(fc.constantFrom('reserved', 'armpit', 'body', 'ear', 'finger', 'mouth', 'toe', 'tympanum')),
});

const signal = {
  spo2: sfloat,
  pulse: sfloat,
  status: maybe(u16),
  sensor: maybe(u24),
  amplitude: maybe(sfloat),
};
const pair = fc.record({ spo2: sfloat, pulse: sfloat });
const spotOximetry = compact<SpotOximetry>({
  ...signal,
  time: maybe(saidTime),
  clockNotSet: fc.boolean(),
});
const continuousOximetry = compact<ContinuousOximetry>({ ...signal, fast: maybe(pair), slow: maybe(pair) });

const massUnit = fc.constantFrom<MassUnit[]>('kg', '[lb_av]');
const counts = (most: number, perUnit: number): Arbitrary<number> =>
  fc.integer({ min: 0, max: most }).map((count) => count / perUnit);
const failing = <T>(some: Arbitrary<T>): Arbitrary<T | 'unsuccessful'> =>
  fc.oneof({ weight: 6, arbitrary: some }, { weight: 1, arbitrary: fc.constant('unsuccessful' as const) });
function massOf(unit: MassUnit, most = 0xffff): Arbitrary<Mass> {
  return counts(most, unit === 'kg' ? 200 : 100);
}
function heightOf(unit: MassUnit): Arbitrary<number> {
  return counts(0xffff, unit === 'kg' ? 1000 : 10);
}
const weight = massUnit.chain((unit) =>
  compact<Weight>({
    unit: fc.constant(unit),
    weight: failing(massOf(unit, 0xfffe)),
    time: maybe(saidTime),
    user: maybe(u8),
    build: maybe(fc.record({ bmi: counts(0xffff, 10), height: heightOf(unit) })),
  }),
);
const bodyComposition = massUnit.chain((unit) =>
  compact<BodyComposition>({
    unit: fc.constant(unit),
    partial: fc.boolean(),
    fat: failing(counts(0xfffe, 10)),
    time: maybe(saidTime),
    user: maybe(u8),
    metabolismKj: maybe(u16),
    muscle: maybe(counts(0xffff, 10)),
    muscleMass: maybe(massOf(unit)),
    fatFreeMass: maybe(massOf(unit)),
    softLeanMass: maybe(massOf(unit)),
    waterMass: maybe(massOf(unit)),
    impedanceOhm: maybe(counts(0xffff, 10)),
    weight: maybe(failing(massOf(unit, 0xfffe))),
    height: maybe(heightOf(unit)),
  }),
);

const glucose = compact<Glucose>({
  sequence: u16,
  baseTime: saidTime,
  offsetMinutes: maybe(fc.integer({ min: -32768, max: 32767 })),
  sample: maybe(
    fc.record({
      unit: fc.constantFrom('kg/L' as const, 'mol/L' as const),
      concentration: sfloat,
      fluid: fc.constantFrom('reserved', 'capillary-whole-blood', 'interstitial-fluid', 'control-solution'),
      site: fc.constantFrom('reserved', 'finger', 'earlobe', 'control-solution', 'not-available'),
    }),
  ),
  status: maybe(u16),
  contextFollows: fc.boolean(),
});
const glucoseContext = compact<GlucoseContext>({
  sequence: u16,
  extendedFlags: maybe(u8),
  carbohydrate: maybe(
    fc.record({ meal: fc.constantFrom('reserved', 'breakfast', 'brunch'), amount: sfloat }),
  ),
  meal: maybe(fc.constantFrom('before-meal', 'bedtime')),
  tester: maybe(
    fc.record({
      who: fc.constantFrom('self', 'laboratory', 'not-available'),
      health: fc.constantFrom('minor-issues', 'no-issues', 'not-available'),
    }),
  ),
  exercise: maybe(fc.record({ seconds: u16, intensity: u8 })),
  medication: maybe(
    fc.record({
      what: fc.constantFrom('rapid-insulin', 'mixed-insulin'),
      unit: fc.constantFrom('kg' as const, 'L' as const),
      amount: sfloat,
    }),
  ),
  hba1c: maybe(sfloat),
});

const cgmRecord = compact<CgmRecord>({
  glucose: sfloat,
  minutes: u16,
  status: maybe(u8),
  calibration: maybe(u8),
  warning: maybe(u8),
  trend: maybe(sfloat),
  quality: maybe(sfloat),
  checked: fc.boolean(),
});
const localTime = compact<LocalTime>({
  zoneMinutes: maybe(fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15)),
  daylightMinutes: maybe(fc.constantFrom(0, 30, 60, 120)),
});
const sessionStart: Arbitrary<CgmSessionStart> = fc.record({
  time: saidTime,
  zone: localTime,
  checked: fc.boolean(),
});

const running = compact<Running>({
  running: fc.boolean(),
  metresPerSecond: counts(0xffff, 256),
  cadence: u8,
  strideMetres: maybe(counts(0xffff, 100)),
  distanceMetres: maybe(counts(0xffff_ffff, 10)),
});

const currentTime: Arbitrary<CurrentTime> = fc.record({
  time: dateTime,
  weekday: fc.integer({ min: 0, max: 7 }),
  fraction256: u8,
  adjusted: fc.record({
    manual: fc.boolean(),
    reference: fc.boolean(),
    zone: fc.boolean(),
    daylight: fc.boolean(),
  }),
});

const systemId: Arbitrary<SystemId> = fc.record({
  manufacturer: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  organization: u24,
});
const pnpId: Arbitrary<PnpId> = fc.record({
  source: fc.constantFrom('reserved', 'bluetooth', 'usb'),
  vendor: u16,
  product: u16,
  version: u16,
});
const deviceText = fc
  .string({ maxLength: 24, unit: fc.constantFrom(...'abcXYZ 019-_.äß漢🫀') })
  .map((text) => text.trimEnd());

const procedure = fc.constantFrom('report' as const, 'delete', 'count', 'combined-report');
function filterOf(mark: Arbitrary<RecordMark>): Arbitrary<RecordFilter> {
  return fc.oneof(
    fc.record({ which: fc.constantFrom('all' as const, 'first' as const, 'last' as const) }),
    fc.record({ which: fc.constantFrom('up-to' as const, 'from' as const), mark }),
    fc.record({ which: fc.constant('range' as const), low: mark, high: mark }),
  );
}
function requestOf(number: Arbitrary<number>): Arbitrary<RecordRequest> {
  const byNumber = fc.record({ by: fc.constant('number' as const), number });
  const byTime = fc.record({ by: fc.constant('time' as const), time: dateTime });
  return fc.oneof(
    fc.constant({ procedure: 'abort' as const }),
    fc.record({ procedure, filter: fc.oneof(filterOf(byNumber), filterOf(byTime)) }),
  );
}
function answerOf(records: Arbitrary<number>): Arbitrary<RecordAnswer> {
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('count' as const, 'combined-report' as const), records }),
    fc.record({
      kind: fc.constant('response' as const),
      to: fc.oneof(procedure, fc.constantFrom('abort' as const, 'other' as const)),
      response: fc.constantFrom('success', 'no-records', 'not-completed', 'busy'),
    }),
  );
}

/** Every characteristic that is decoded, and both directions of the control point. */
export const CODECS: readonly Codec[] = [
  codec('Date Time', dateTime, encodeDateTime, decodeDateTime),
  codec('Local Time', localTime, encodeLocalTime, decodeLocalTime),
  codec('Current Time', currentTime, encodeCurrentTime, decodeCurrentTime),
  codec('Battery', fc.integer({ min: 0, max: 100 }), encodeBattery, decodeBattery),
  codec('Heart Rate', heartRate, encodeHeartRate, decodeHeartRate),
  codec(
    'Body Sensor Location',
    fc.constantFrom('other', 'chest', 'wrist', 'finger', 'hand', 'ear-lobe', 'foot'),
    encodeBodySensorLocation,
    decodeBodySensorLocation,
  ),
  codec('Blood Pressure', bloodPressure, encodeBloodPressure, decodeBloodPressure),
  codec('Cuff Pressure', cuffPressure, encodeCuffPressure, decodeCuffPressure),
  codec('Temperature', temperature, encodeTemperature, decodeTemperature),
  codec('PLX Spot-check', spotOximetry, encodeSpotOximetry, decodeSpotOximetry),
  codec('PLX Continuous', continuousOximetry, encodeContinuousOximetry, decodeContinuousOximetry),
  codec('Weight', weight, encodeWeight, decodeWeight),
  codec('Body Composition', bodyComposition, encodeBodyComposition, decodeBodyComposition),
  codec('Glucose', glucose, encodeGlucose, decodeGlucose),
  codec('Glucose Context', glucoseContext, encodeGlucoseContext, decodeGlucoseContext),
  codec('CGM', fc.array(cgmRecord, { minLength: 1, maxLength: 4 }), encodeCgm, decodeCgm),
  codec('CGM Session Start', sessionStart, encodeCgmSessionStart, decodeCgmSessionStart),
  codec('Running', running, encodeRunning, decodeRunning),
  codec('Device text', deviceText, encodeDeviceText, decodeDeviceText),
  codec('System ID', systemId, encodeSystemId, decodeSystemId),
  codec('PnP ID', pnpId, encodePnpId, decodePnpId),
  codec('RACP request', requestOf(u16), encodeRecordRequest, decodeRecordRequest),
  codec(
    'RACP request, 32 bits',
    requestOf(u32),
    (value) => encodeRecordRequest(value, 32),
    decodeRecordRequest,
  ),
  codec('RACP answer', answerOf(u16), encodeRecordAnswer, decodeRecordAnswer),
  codec('RACP answer, 32 bits', answerOf(u32), (value) => encodeRecordAnswer(value, 32), decodeRecordAnswer),
  codec('Elapsed Time', elapsedTime, encodeElapsedTime, decodeElapsedTime),
  codec('Health observation', observations, encodeHealthObservations, decodeHealthObservations),
  codec('Stored observation', stored, encodeStoredObservations, decodeStoredObservations),
];
