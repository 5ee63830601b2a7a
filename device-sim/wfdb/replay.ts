// A recording as the wearables that could have made it. Nothing is invented and nothing is left out silently: what
// has no place in the language of readings is listed as skipped.
//
// Device times: the recording is laid so that it ENDS when the replay starts, at = startAtMs - duration + t. True
// intervals are kept and nothing lies in the future, however fast it is replayed. It is sent from `startAtMs` on at
// its own pace, and the fleet hands over whatever is left at the end in one burst (`rest: 'burst'`).

import { KINDS, type Kind, NO_SAMPLE, type ScalarKind, type TimedMeasurement } from '@heartwood/vitals';
import { type DeviceStream, type MessageDelivery, streamOf } from '../delivery.ts';
import { roundTo, scalar } from '../wearable/sense.ts';
import { isBeat } from './annotation.ts';
import { WfdbError } from './error.ts';
import type { RecordedSignal, WfdbRecord } from './record.ts';
import { NOT_TAKEN } from './signal.ts';

export type RecordedDevice = {
  readonly role: 'ecg' | 'bedside' | 'cuff';
  readonly label: string;
  readonly kinds: readonly Kind[];
  /** The deliveries when the replay starts at `startAtMs` (virtual, ms since 1970). Ends. */
  stream(startAtMs: number): DeviceStream;
};

export type Replay = {
  readonly devices: readonly RecordedDevice[];
  /** Descriptions of signals that are not replayed. */
  readonly skipped: readonly string[];
};

type Part = 'systolic' | 'diastolic' | 'mean';
type Place = { kind: ScalarKind; unit: RegExp } | { panel: 'arterial' | 'cuff'; part: Part };

// PULSE, the rate that an oximeter counts, is not replayed: it would be a second heart rate of the same patient at the
// same minute, and every statistic of the heart rate would count the minute twice.
const NUMERICS: Readonly<Record<string, Place>> = {
  hr: { kind: 'heart-rate', unit: /^(bpm|\/min)$/i },
  spo2: { kind: 'spo2', unit: /^%$/ },
  resp: { kind: 'respiratory-rate', unit: /^(pm|bpm|rpm|\/min)$/i },
  abpsys: { panel: 'arterial', part: 'systolic' },
  abpdias: { panel: 'arterial', part: 'diastolic' },
  abpmean: { panel: 'arterial', part: 'mean' },
  nbpsys: { panel: 'cuff', part: 'systolic' },
  nbpdias: { panel: 'cuff', part: 'diastolic' },
  nbpmean: { panel: 'cuff', part: 'mean' },
};

const placeOf = (signal: RecordedSignal): Place | undefined => {
  const place = NUMERICS[signal.description.toLowerCase().replace(/[^a-z0-9]/g, '')];
  if (!place) return undefined;
  const fits = 'panel' in place ? /^mmhg$/i.test(signal.units) : place.unit.test(signal.units);
  return fits ? place : undefined;
};
// Electrodes are sampled at least some 50 times a second; a slower mV signal is something else.
const isEcg = (record: WfdbRecord, signal: RecordedSignal): boolean =>
  /^(mV|uV)$/.test(signal.units) && record.rateHz >= 50 && placeOf(signal) === undefined;

/** The devices of a record. A device that would have nothing to say is not there. */
export function replayOf(record: WfdbRecord): Replay {
  const leads = record.signals.filter((signal) => isEcg(record, signal));
  const numerics = record.signals.filter((signal) => placeOf(signal) !== undefined);
  const cuffs = numerics.filter((signal) => panelOf(signal) === 'cuff');
  const bedside = numerics.filter((signal) => panelOf(signal) !== 'cuff');
  const devices: RecordedDevice[] = [];
  if (leads.length > 0) devices.push(ecgDevice(record, leads));
  if (bedside.length > 0) devices.push(bedsideDevice(record, bedside));
  if (cuffs.length > 0) devices.push(cuffDevice(record, cuffs));
  const played = new Set([...leads, ...numerics]);
  return {
    devices,
    skipped: record.signals.filter((signal) => !played.has(signal)).map((signal) => signal.description),
  };
}

function panelOf(signal: RecordedSignal): 'arterial' | 'cuff' | undefined {
  const place = placeOf(signal);
  return place && 'panel' in place ? place.panel : undefined;
}

/** Lays a moment of the recording (ms from its beginning) on the world's clock, whole ms. */
function layer(record: WfdbRecord, startAtMs: number): (sinceMs: number) => number {
  const beganMs = Math.round(startAtMs - record.durationMs);
  return (sinceMs) => beganMs + Math.round(sinceMs);
}

/**
 * Frames of one second of all leads, the last as short as the recording ends; and, where the beats are annotated,
 * one `rr-interval` for each pair of neighbouring beats at the time of the second, with the heart rate over the last
 * eight intervals once a second.
 */
function ecgDevice(record: WfdbRecord, leads: readonly RecordedSignal[]): RecordedDevice {
  const beats = record.annotations.filter(isBeat).map((annotation) => annotation.sample);
  const resolution = record.annotations.find(
    (a) => a.sample === 0 && a.aux.startsWith('## time resolution:'),
  );
  if (resolution && Number(resolution.aux.split(':')[1]) !== record.rateHz) {
    throw new WfdbError('unsupported', 'The annotations count time in another unit than the samples.');
  }
  const said = beats.length > 1;
  return {
    role: 'ecg',
    label: `ECG recorder (${record.name})`,
    kinds: said ? ['ecg', 'heart-rate', 'rr-interval'] : ['ecg'],
    stream: (startAtMs) =>
      streamOf(function* (): Generator<MessageDelivery> {
        const at = layer(record, startAtMs);
        const msOf = (sample: number): number => (sample * 1000) / record.rateHz;
        let seq = 0;
        let beat = 1;
        for (let second = 0; ; second++) {
          const from = Math.round(second * record.rateHz);
          if (from >= record.length) return;
          const to = Math.min(record.length, Math.round((second + 1) * record.rateHz));
          const sendAtMs = startAtMs + Math.round(msOf(to));
          const frames = leads.map(
            (lead): TimedMeasurement => ({
              at: at(msOf(from)),
              measurement: { kind: 'ecg', wave: frameOf(lead, record.rateHz, from, to) },
            }),
          );
          yield { sendAtMs, message: { seq: seq++, readings: frames } };
          const readings: TimedMeasurement[] = [];
          for (; beat < beats.length && beats[beat]! < to; beat++) {
            const ended = beats[beat]!;
            const rrMs = msOf(ended - beats[beat - 1]!);
            readings.push({ at: at(msOf(ended)), measurement: plausible('rr-interval', rrMs) });
          }
          if (beat > 1 && readings.length > 0) {
            const since = Math.max(0, beat - 9);
            const meanMs = msOf(beats[beat - 1]! - beats[since]!) / (beat - 1 - since);
            readings.unshift({
              at: readings.at(-1)!.at!,
              measurement: plausible('heart-rate', 60_000 / meanMs),
            });
          }
          if (readings.length > 0) yield { sendAtMs, message: { seq: seq++, readings } };
        }
      }),
  };
}

function frameOf(lead: RecordedSignal, rateHz: number, from: number, to: number) {
  const missing = NOT_TAKEN[lead.format];
  return {
    lead: leadName(lead.description),
    rateHz,
    // The language's unit is mV.
    gain: lead.units === 'uV' ? lead.gain * 1000 : lead.gain,
    baseline: lead.baseline,
    samples: lead.samples.slice(from, to).map((sample) => (sample === missing ? NO_SAMPLE : sample)),
  };
}

function leadName(description: string): string {
  const name = description
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, 16)
    .trim();
  return name === '' ? 'unnamed' : name;
}

/** HR, SpO2, respiration and arterial pressure: one message a sample. What is 0 or not taken is `sensor-off`. */
function bedsideDevice(record: WfdbRecord, signals: readonly RecordedSignal[]): RecordedDevice {
  const scalars = signals.flatMap((signal) => {
    const place = placeOf(signal)!;
    return 'kind' in place ? [{ kind: place.kind, signal }] : [];
  });
  const arterial = signals.filter((signal) => panelOf(signal) === 'arterial');
  const kinds: Kind[] = scalars.map(({ kind }) => kind);
  if (arterial.length > 0) kinds.push('blood-pressure');
  return {
    role: 'bedside',
    label: `Bedside monitor (${record.name})`,
    kinds,
    stream: (startAtMs) =>
      numericStream(record, startAtMs, (i) => {
        const measurements = scalars.map(({ kind, signal }) => {
          const value = physical(signal, i);
          return value === undefined ? ({ kind, absent: 'sensor-off' } as const) : plausible(kind, value);
        });
        if (arterial.length === 0) return measurements;
        return [...measurements, panel(arterial, i) ?? { kind: 'blood-pressure', absent: 'sensor-off' }];
      }),
  };
}

/**
 * Cuff pressures. A sample is a new measurement where values are there that were not there, or were others, in the
 * sample before: monitors that hold the last measurement between two cuffs would else count it every minute.
 * (In record s00001-2896-10-10-00-31n the format's "not taken" stands between measurements: 152 are there.)
 */
function cuffDevice(record: WfdbRecord, signals: readonly RecordedSignal[]): RecordedDevice {
  return {
    role: 'cuff',
    label: `Blood pressure cuff (${record.name})`,
    kinds: ['blood-pressure'],
    stream: (startAtMs) =>
      numericStream(record, startAtMs, (i) => {
        const isNew = i === 0 || signals.some((signal) => signal.samples[i] !== signal.samples[i - 1]);
        const measured = isNew ? panel(signals, i) : undefined;
        return measured ? [measured] : [];
      }),
  };
}

function numericStream(
  record: WfdbRecord,
  startAtMs: number,
  measure: (i: number) => readonly TimedMeasurement['measurement'][],
): DeviceStream {
  return streamOf(function* (): Generator<MessageDelivery> {
    const at = layer(record, startAtMs);
    let seq = 0;
    for (let i = 0; i < record.length; i++) {
      const sinceMs = (i * 1000) / record.rateHz;
      const readings = measure(i).map((measurement) => ({ at: at(sinceMs), measurement }));
      if (readings.length === 0) continue;
      yield { sendAtMs: startAtMs + Math.round(sinceMs), message: { seq: seq++, readings } };
    }
  });
}

/** The physical value; undefined where the sensor was off: the format's "not taken", or a 0 that no living body has. */
function physical(signal: RecordedSignal, i: number): number | undefined {
  const sample = signal.samples[i]!;
  if (sample === NOT_TAKEN[signal.format]) return undefined;
  const value = (sample - signal.baseline) / signal.gain;
  return value === 0 ? undefined : value;
}

function plausible(kind: ScalarKind, value: number): TimedMeasurement['measurement'] {
  const [low, high] = KINDS[kind].plausible;
  return value < low || value > high ? { kind, absent: 'out-of-range' } : scalar(kind, value);
}

function panel(signals: readonly RecordedSignal[], i: number): TimedMeasurement['measurement'] | undefined {
  const parts: { systolic?: number; diastolic?: number; mean?: number } = {};
  let seen = false;
  for (const signal of signals) {
    const place = placeOf(signal)!;
    const value = physical(signal, i);
    if (!('panel' in place) || value === undefined) continue;
    seen = true;
    const { plausible: limits, decimals } = KINDS['blood-pressure'].parts[place.part];
    if (value >= limits[0] && value <= limits[1]) parts[place.part] = roundTo(value, decimals);
  }
  if (!seen) return undefined;
  if (Object.keys(parts).length === 0) return { kind: 'blood-pressure', absent: 'out-of-range' };
  return { kind: 'blood-pressure', ...parts };
}
