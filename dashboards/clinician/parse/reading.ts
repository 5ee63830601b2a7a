// Readings, and what was measured in each.

import {
  ABSENT_REASONS,
  type AbsentReason,
  KINDS,
  type Kind,
  type Measurement,
  ORIGINS,
  QUALITIES,
  type Quality,
} from '@heartwood/vitals';
import type { FeedReading, Recent } from '../feed.ts';
import { Fields, HEX, Malformed } from './fields.ts';
import type { Packed } from './packed.ts';

const SAMPLES_MAX = 20_000;
const READING_ID = /^\d{1,15}\.\d{1,6}\.\d{1,9}$/;

export function parseRecent(json: unknown): Recent {
  const o = new Fields(json, 'recent');
  const recent: Partial<Record<Kind, readonly FeedReading[]>> = {};
  for (const kind of o.names()) {
    // A kind younger than this page is left out: it has no label or unit here.
    if (!isKind(kind)) continue;
    const readings = parseReadings(o, kind);
    if (readings.some((r) => r.measurement.kind !== kind))
      throw new Malformed(`recent.${kind} holds another kind`);
    recent[kind] = readings;
  }
  return recent;
}

/** @param packed where waveforms without samples take them from; without it they have their own */
export function parseReadings(o: Fields, name: string, packed?: Packed): readonly FeedReading[] {
  return o.list(name, (one) => parseReading(one, packed)).filter((reading) => reading !== undefined);
}

/** Undefined for a kind younger than this page. */
function parseReading(json: unknown, packed: Packed | undefined): FeedReading | undefined {
  const o = new Fields(json, 'reading');
  const kind = o.text('kind', 64);
  if (!isKind(kind)) {
    // Its samples are nobody's, and stand before the next one's.
    if (packed !== undefined && o.has('wave')) parseSamples(new Fields(o.get('wave'), 'wave'), packed);
    return undefined;
  }
  return {
    id: o.match('id', READING_ID),
    patient: o.match('patient', HEX),
    device: o.text('device', 64),
    seq: o.count('seq'),
    at: o.has('at') ? o.time('at') : undefined,
    received: o.time('received'),
    ...(o.has('present') && o.get('present') === true && { present: true as const }),
    origin: o.oneOf('origin', ORIGINS),
    measurement: parseMeasurement(kind, o, packed),
  };
}

function parseMeasurement(kind: Kind, o: Fields, packed: Packed | undefined): Measurement {
  const said: { quality?: Quality } = o.has('quality') ? { quality: o.oneOf('quality', QUALITIES) } : {};
  if (o.has('absent')) {
    // Never both: a number beside "absent" could be shown for one that was not measured.
    if (['value', 'systolic', 'diastolic', 'mean', 'wave'].some((name) => o.has(name)))
      throw new Malformed('reading.absent stands beside a value');
    return { ...said, kind, absent: o.oneOf<AbsentReason>('absent', ABSENT_REASONS) };
  }
  if (kind === 'blood-pressure') {
    const parts: { systolic?: number; diastolic?: number; mean?: number } = {};
    for (const part of ['systolic', 'diastolic', 'mean'] as const)
      if (o.has(part)) parts[part] = o.number(part);
    if (Object.keys(parts).length === 0) throw new Malformed('reading has no pressure');
    return { ...said, kind, ...parts };
  }
  if (kind === 'ecg' || kind === 'ppg') {
    const wave = new Fields(o.get('wave'), 'wave');
    const rateHz = wave.number('rateHz');
    const gain = wave.number('gain');
    if (rateHz <= 0 || rateHz > 100_000) throw new Malformed('wave.rateHz is out of range');
    if (gain === 0) throw new Malformed('wave.gain is zero');
    return {
      ...said,
      kind,
      wave: {
        lead: wave.text('lead', 16),
        rateHz,
        gain,
        baseline: wave.number('baseline'),
        samples: parseSamples(wave, packed),
      },
    };
  }
  return { ...said, kind, value: o.number('value') };
}

function parseSamples(wave: Fields, packed: Packed | undefined): Int32Array {
  if (packed !== undefined && wave.has('packed')) {
    const count = wave.count('packed');
    if (count > SAMPLES_MAX) throw new Malformed('wave.packed is too many');
    return packed.take(count);
  }
  const json = wave.get('samples');
  if (!Array.isArray(json) || json.length > SAMPLES_MAX) throw new Malformed('wave.samples is not a list');
  const samples = new Int32Array(json.length);
  for (let i = 0; i < json.length; i++) {
    const sample: unknown = json[i];
    if (typeof sample !== 'number' || (sample | 0) !== sample)
      throw new Malformed('wave.samples holds what is no 32-bit integer');
    samples[i] = sample;
  }
  return samples;
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}
