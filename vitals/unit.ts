// Units: each kind has one fixed UCUM unit; a message may name another that converts without doubt. Everything
// else is refused, for a number in a guessed unit is worse than none. Table and factors in docs/spec/units.md.

import type { Kind } from './kind.ts';

/** From the named unit to the kind's own. Rounding happens afterwards, once, on the grid. */
export type Conversion = (value: number) => number;

const same: Conversion = (value) => value;
const perMinute: ReadonlyMap<string, Conversion> = new Map([
  ['/min', same],
  ['1/min', same],
  ['{beats}/min', same],
  ['{beat}/min', same],
  ['{breaths}/min', same],
]);

/** Molar mass of glucose, C6H12O6: 6 x 12.011 + 12 x 1.008 + 6 x 15.999 g/mol (IUPAC abridged atomic weights). */
const GLUCOSE_G_PER_MOL = 180.156;

const CONVERSIONS: Readonly<Record<Kind, ReadonlyMap<string, Conversion>>> = {
  'heart-rate': perMinute,
  'respiratory-rate': perMinute,
  // A ratio said as `1` cannot be mistaken: a percentage mislabelled so would leave the plausible range.
  spo2: new Map([
    ['%', same],
    ['1', (value) => value * 100],
  ]),
  'body-temperature': new Map<string, Conversion>([
    ['Cel', same],
    ['[degF]', fahrenheit],
    ['degF', fahrenheit],
    ['K', (value) => value - 273.15],
  ]),
  // UCUM defines m[Hg] as 133.3220 kPa.
  'blood-pressure': new Map<string, Conversion>([
    ['mm[Hg]', same],
    ['kPa', (value) => (value * 1000) / 133.322],
  ]),
  glucose: new Map<string, Conversion>([
    ['mg/dL', same],
    ['mmol/L', (value) => (value * GLUCOSE_G_PER_MOL) / 10],
  ]),
  // UCUM (NIST) avoirdupois pound: 0.45359237 kg exactly.
  weight: new Map<string, Conversion>([
    ['kg', same],
    ['g', (value) => value / 1000],
    ['[lb_av]', (value) => value * 0.45359237],
  ]),
  steps: new Map([
    ['{steps}', same],
    ['1', same],
  ]),
  'rr-interval': new Map<string, Conversion>([
    ['ms', same],
    ['s', (value) => value * 1000],
  ]),
  // No ratios here: 1 could be a full battery or an empty one, 0.3 a good perfusion or a bad one.
  battery: new Map([['%', same]]),
  'perfusion-index': new Map([['%', same]]),
  ecg: new Map([['mV', same]]),
  ppg: new Map([['1', same]]),
};

function fahrenheit(value: number): number {
  return ((value - 32) * 5) / 9;
}

/** How a number in UCUM unit `unit` becomes the kind's own unit; undefined where that unit is not accepted. */
export function conversionFrom(kind: Kind, unit: string): Conversion | undefined {
  return CONVERSIONS[kind].get(unit);
}

/** The UCUM units accepted for a kind, its own first. */
export function acceptedUnits(kind: Kind): readonly string[] {
  return [...CONVERSIONS[kind].keys()];
}
