// The words of the page: short names, units as they are printed, numbers on their grid, reasons in plain words.

import {
  type AbsentReason,
  FRESHNESS,
  type Kind,
  kindSpec,
  type Measurement,
  type Origin,
} from '@heartwood/vitals';
import { locale } from './text/language.ts';
import { text, words } from './text/text.ts';
import type { Vital } from './vital.ts';

/** UCUM codes as a chart prints them. */
const PRINTED: Readonly<Record<string, string>> = {
  '/min': '/min',
  Cel: '°C',
  'mm[Hg]': 'mmHg',
  '1': '',
};

export const ABSENT_WORDS: Readonly<Record<AbsentReason, string>> = words(({ absent }) => absent);

/** From this pace on nobody would call a number live, fresh as it is: a cuff's two hours, a day's weight. */
const SLOW_MS = 300_000;

/** The word for a state of a number of this kind. */
export function stateWord(kind: Kind, state: Vital['state']): string {
  const { states } = text();
  return state === 'live' && FRESHNESS[kind].liveMs >= SLOW_MS ? states.current : states[state];
}

/** What a mark beside a name says; a wearable on a body needs none. */
export const ORIGIN_MARKS: Readonly<Record<Origin, string | undefined>> = words(({ origins }) => ({
  wearable: undefined,
  ...origins,
}));

export function labelOf(kind: Kind): string {
  return text().kinds[kind];
}

/** The printed unit; empty for a kind without one. */
export function unitOf(kind: Kind): string {
  const spec = kindSpec(kind);
  const ucum = spec.shape === 'panel' ? spec.parts.systolic.unit : spec.unit;
  return ucum === '{steps}' ? text().units.steps : (PRINTED[ucum] ?? ucum);
}

/** Digits after the point that are shown even where they are zero, so that the figures of a row line up. */
const DECIMALS_MIN: Readonly<Partial<Record<Kind, number>>> = { 'body-temperature': 1, weight: 1 };

/** The value with its own digits: the number that is shown is the number that is proven, never a rounder one. */
function figures(kind: Kind, value: number): string {
  const decimals = String(value).split('.')[1]?.length ?? 0;
  return printer(Math.min(20, Math.max(decimals, DECIMALS_MIN[kind] ?? 0))).format(value);
}

/** A printer of numbers with so many digits after the point: making one costs more than a hundred numbers. */
const printers = new Map<string, Intl.NumberFormat>();
function printer(decimals: number): Intl.NumberFormat {
  const [where, name] = [locale(), `${locale()} ${decimals}`];
  const known = printers.get(name);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat(where, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping: false,
  });
  printers.set(name, made);
  return made;
}

/**
 * The number as shown large: `72`, `36.8`, `121/79`, `(93)` for a mean alone. A missing pressure is an en dash; a waveform gives the
 * count of its samples. `–` for an absent measurement.
 */
export function formatValue(measurement: Measurement): string {
  if ('absent' in measurement) return '–';
  if ('value' in measurement) return figures(measurement.kind, measurement.value);
  if ('wave' in measurement) return text().samples(measurement.wave.samples.length);
  const { kind, systolic, diastolic, mean } = measurement;
  if (systolic === undefined && diastolic === undefined && mean !== undefined)
    return `(${figures(kind, mean)})`;
  const part = (value: number | undefined): string => (value === undefined ? '–' : figures(kind, value));
  return `${part(systolic)}/${part(diastolic)}`;
}

/** The value with its unit, as read in a row: `36.8 °C`; the reason for an absent one. */
export function formatMeasurement(measurement: Measurement): string {
  if ('absent' in measurement) return ABSENT_WORDS[measurement.absent];
  const unit = 'wave' in measurement ? text().lead(measurement.wave.lead) : unitOf(measurement.kind);
  return `${formatValue(measurement)} ${unit}`.trim();
}
