// A measurement's shape: one number, a blood pressure, a waveform, or word of why there is none. Exactly one of
// them, of the shape that its kind has, in a unit that converts, and such as a living body can produce.

import { plausibleOnGrid } from './grid.ts';
import { KINDS, type Kind, type PanelSpec, type Quantity, type ScalarKind, type WaveKind } from './kind.ts';
import { type Place, pathOf, type ReadingTree } from './message-tree.ts';
import { readWaveform } from './message-waveform.ts';
import {
  ABSENT_REASONS,
  type AbsentReason,
  type Measurement,
  type PanelMeasurement,
  QUALITIES,
  type Quality,
} from './reading.ts';
import { refuse } from './refusal.ts';
import { acceptedUnits, type Conversion, conversionFrom } from './unit.ts';

const SHAPES = {
  scalar: 'this kind has a value',
  panel: 'this kind has systolic, diastolic and mean, any of them',
  wave: 'this kind has a waveform',
} as const;

/** Reads what was measured from the fields of a reading of `kind`. Throws `Refused`. */
export function readMeasurement(fields: ReadingTree, kind: Kind, place: Place): Measurement {
  const spec = KINDS[kind];
  const quality = fields.quality === undefined ? undefined : readQuality(fields.quality, place);
  const convert = fields.unit === undefined ? undefined : readUnit(fields.unit, kind, place);
  const scalar = fields.value !== undefined;
  const panel = fields.systolic !== undefined || fields.diastolic !== undefined || fields.mean !== undefined;
  const wave = fields.waveform !== undefined;
  if (fields.absent !== undefined) {
    if (scalar || panel || wave)
      refuse('conflicting-fields', `${pathOf(place)} is absent and has a value too`);
    const absent = readAbsent(fields.absent, place);
    return quality === undefined ? { kind, absent } : { kind, absent, quality };
  }
  if (
    scalar !== (spec.shape === 'scalar') ||
    panel !== (spec.shape === 'panel') ||
    wave !== (spec.shape === 'wave')
  ) {
    const reason = scalar || panel || wave ? 'conflicting-fields' : 'missing-field';
    refuse(reason, `${pathOf(place)}: ${SHAPES[spec.shape]}, or absent with a reason, and nothing else`);
  }
  if (spec.shape === 'scalar') {
    const value = readQuantity(fields.value, spec, convert, place, 'value');
    const scalarKind = kind as ScalarKind;
    return quality === undefined ? { kind: scalarKind, value } : { kind: scalarKind, value, quality };
  }
  if (spec.shape === 'panel') return readPanel(fields, spec, convert, quality, place);
  const waveform = readWaveform(fields.waveform, place);
  const waveKind = kind as WaveKind;
  return quality === undefined
    ? { kind: waveKind, wave: waveform }
    : { kind: waveKind, wave: waveform, quality };
}

function readPanel(
  fields: ReadingTree,
  spec: PanelSpec,
  convert: Conversion | undefined,
  quality: Quality | undefined,
  place: Place,
): PanelMeasurement {
  const panel: { -readonly [Field in keyof PanelMeasurement]: PanelMeasurement[Field] } = {
    kind: 'blood-pressure',
  };
  const { systolic, diastolic, mean } = spec.parts;
  if (fields.systolic !== undefined) {
    panel.systolic = readQuantity(fields.systolic, systolic, convert, place, 'systolic');
  }
  if (fields.diastolic !== undefined) {
    panel.diastolic = readQuantity(fields.diastolic, diastolic, convert, place, 'diastolic');
  }
  if (fields.mean !== undefined) panel.mean = readQuantity(fields.mean, mean, convert, place, 'mean');
  if (panel.systolic !== undefined && panel.diastolic !== undefined && panel.systolic < panel.diastolic) {
    refuse('implausible', `${pathOf(place)}: systolic is below diastolic`);
  }
  if (quality !== undefined) panel.quality = quality;
  return panel;
}

function readQuantity(
  said: unknown,
  quantity: Quantity,
  convert: Conversion | undefined,
  place: Place,
  field: string,
): number {
  if (typeof said !== 'number') {
    const hint = said === null ? ': a number that is not there is sent as absent with a reason' : '';
    refuse('wrong-type', `${pathOf(place, field)} must be a number${hint}`);
  }
  if (!Number.isFinite(said)) refuse('not-a-number', `${pathOf(place, field)} must be a finite number`);
  const value = plausibleOnGrid(quantity, convert === undefined ? said : convert(said));
  if (value !== undefined) return value;
  const [low, high] = quantity.plausible;
  return refuse('implausible', `${pathOf(place, field)} must lie from ${low} to ${high} ${quantity.unit}`);
}

function readUnit(said: unknown, kind: Kind, place: Place): Conversion {
  const convert = conversionFrom(kind, said as string);
  return (
    convert ??
    refuse('unknown-unit', `${pathOf(place, 'unit')} must be one of ${acceptedUnits(kind).join(' ')}`)
  );
}

function readQuality(said: unknown, place: Place): Quality {
  if (QUALITIES.includes(said as Quality)) return said as Quality;
  return refuse('unknown-word', `${pathOf(place, 'quality')} must be one of ${QUALITIES.join(', ')}`);
}

function readAbsent(said: unknown, place: Place): AbsentReason {
  if (ABSENT_REASONS.includes(said as AbsentReason)) return said as AbsentReason;
  return refuse('unknown-word', `${pathOf(place, 'absent')} must be one of ${ABSENT_REASONS.join(', ')}`);
}
