// Every kind of reading that Heartwood knows, in one table: what it is called, how it is measured, and what
// a body can produce. A number outside `plausible` is no vital sign but a fault of the sensor or the message.
//
// Units are UCUM. LOINC codes are those of the FHIR R4 vital-signs profiles where one exists; MDC codes are
// ISO/IEEE 11073-10101 reference numbers. `code` is the kind's number in canonical bytes and in CBOR messages:
// it is never reused. `decimals` fixes the grid on which a value is kept: value = integer / 10^decimals, for ever.
//
// Limits are wide on purpose: an infant's tachycardia, a survivor of deep hypothermia, an apnoea and a lifted
// barbell are all true readings, and to refuse a true reading is worse than to show a strange one. A heart rate or
// a saturation of 0 is no reading: no one is alive with it, and sensors say it when they are off. Where each limit
// comes from is told in docs/spec/reading.md.

/** What is fixed about one measured number. */
export type Quantity = {
  readonly unit: string;
  /** '' where LOINC has no code that we could confirm: a wrong code is worse than none. */
  readonly loinc: string;
  /** 0 where there is no code that we could confirm. */
  readonly mdc: number;
  /** Inclusive limits, in `unit`. */
  readonly plausible: readonly [low: number, high: number];
  /** Digits kept after the decimal point. */
  readonly decimals: number;
};

type KindBase = { readonly code: number; readonly label: string };
export type ScalarSpec = KindBase & Quantity & { readonly shape: 'scalar' };
export type PanelSpec = KindBase & {
  readonly shape: 'panel';
  readonly loinc: string;
  readonly mdc: number;
  readonly parts: { readonly systolic: Quantity; readonly diastolic: Quantity; readonly mean: Quantity };
};
export type WaveSpec = KindBase & {
  readonly shape: 'wave';
  readonly unit: string;
  readonly loinc: string;
  readonly mdc: number;
};
export type KindSpec = ScalarSpec | PanelSpec | WaveSpec;

const pressure = (loinc: string, mdc: number): Quantity => ({
  unit: 'mm[Hg]',
  loinc,
  mdc,
  plausible: [10, 500],
  decimals: 1,
});

export type ScalarKind =
  | 'heart-rate'
  | 'spo2'
  | 'respiratory-rate'
  | 'body-temperature'
  | 'glucose'
  | 'weight'
  | 'steps'
  | 'rr-interval'
  | 'battery'
  | 'perfusion-index';
export type WaveKind = 'ecg' | 'ppg';
export type Kind = ScalarKind | 'blood-pressure' | WaveKind;

type Kinds = Readonly<Record<ScalarKind, ScalarSpec>> & { readonly 'blood-pressure': PanelSpec } & Readonly<
    Record<WaveKind, WaveSpec>
  >;

export const KINDS: Kinds = {
  'heart-rate': {
    code: 1,
    label: 'Heart rate',
    shape: 'scalar',
    unit: '/min',
    loinc: '8867-4',
    mdc: 147842,
    plausible: [5, 600],
    decimals: 1,
  },
  spo2: {
    code: 2,
    label: 'Oxygen saturation',
    shape: 'scalar',
    unit: '%',
    loinc: '2708-6',
    mdc: 150456,
    plausible: [10, 100],
    decimals: 1,
  },
  'respiratory-rate': {
    code: 3,
    label: 'Respiratory rate',
    shape: 'scalar',
    unit: '/min',
    loinc: '9279-1',
    mdc: 151562,
    plausible: [0, 150],
    decimals: 1,
  },
  'body-temperature': {
    code: 4,
    label: 'Body temperature',
    shape: 'scalar',
    unit: 'Cel',
    loinc: '8310-5',
    mdc: 150364,
    plausible: [9, 48],
    decimals: 2,
  },
  'blood-pressure': {
    code: 5,
    label: 'Blood pressure',
    shape: 'panel',
    loinc: '85354-9',
    mdc: 150020,
    parts: {
      systolic: pressure('8480-6', 150021),
      diastolic: pressure('8462-4', 150022),
      mean: pressure('8478-0', 150023),
    },
  },
  glucose: {
    code: 6,
    label: 'Glucose',
    shape: 'scalar',
    unit: 'mg/dL',
    loinc: '2339-0',
    mdc: 160184,
    plausible: [5, 3000],
    decimals: 1,
  },
  weight: {
    code: 7,
    label: 'Body weight',
    shape: 'scalar',
    unit: 'kg',
    loinc: '29463-7',
    mdc: 188736,
    plausible: [0.2, 650],
    decimals: 3,
  },
  steps: {
    code: 8,
    label: 'Steps',
    shape: 'scalar',
    unit: '{steps}',
    loinc: '55423-8',
    mdc: 0,
    plausible: [0, 100_000_000],
    decimals: 0,
  },
  'rr-interval': {
    code: 9,
    label: 'RR interval',
    shape: 'scalar',
    unit: 'ms',
    loinc: '8637-1',
    mdc: 147240,
    plausible: [100, 60_000],
    decimals: 1,
  },
  battery: {
    code: 10,
    label: 'Battery',
    shape: 'scalar',
    unit: '%',
    loinc: '',
    mdc: 67996,
    plausible: [0, 100],
    decimals: 0,
  },
  'perfusion-index': {
    code: 11,
    label: 'Perfusion index',
    shape: 'scalar',
    unit: '%',
    loinc: '61006-3',
    mdc: 150448,
    plausible: [0, 40],
    decimals: 2,
  },
  ecg: { code: 12, label: 'ECG', shape: 'wave', unit: 'mV', loinc: '11524-6', mdc: 131328 },
  ppg: { code: 13, label: 'Pleth', shape: 'wave', unit: '1', loinc: '', mdc: 150452 },
};

/** All kinds in the order of their codes. */
export const KIND_NAMES: readonly Kind[] = Object.keys(KINDS) as Kind[];

export function kindSpec(kind: Kind): KindSpec {
  return KINDS[kind];
}
