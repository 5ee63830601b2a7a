// Committed readings of one moment on their way to the pages: made once, on the hub's thread, and parsed by nobody on the
// way. JSON for everything but the samples of waveforms, which travel beside it as bytes (docs/spec/feed.md).

import { packSamples, unpackSamples } from '@heartwood/vitals';
import type { CommittedReading } from './feed-reading.ts';

export type PackedReadings = {
  /** Objects joined by commas. A waveform has `packed`, the count of its samples, in place of `samples`. */
  readonly text: string;
  /** The samples of those waveforms, one behind the other. */
  readonly samples: Uint8Array<ArrayBuffer>;
};

const NONE = new Uint8Array();

/** By patient (pseudonym, hex), in stored order. */
export function packReadings(readings: readonly CommittedReading[]): ReadonlyMap<string, PackedReadings> {
  const byPatient = Map.groupBy(readings, ({ patient }) => patient);
  return new Map([...byPatient].map(([patient, theirs]) => [patient, joinPacked(theirs.map(pack))]));
}

function pack(reading: CommittedReading): PackedReadings {
  const { measurement } = reading.kept;
  const head = reading.head();
  if (!('wave' in measurement)) return { text: JSON.stringify(head), samples: NONE };
  const { samples } = measurement.wave;
  return {
    text: JSON.stringify({ ...head, wave: { ...head.wave, packed: samples.length } }),
    samples: packSamples(samples),
  };
}

/** One behind the other. */
export function joinPacked(all: readonly PackedReadings[]): PackedReadings {
  const text = all.map((one) => one.text).join(',');
  const length = all.reduce((sum, { samples }) => sum + samples.length, 0);
  if (length === 0) return { text, samples: NONE };
  const samples = new Uint8Array(length);
  let at = 0;
  for (const one of all) {
    samples.set(one.samples, at);
    at += one.samples.length;
  }
  return { text, samples };
}

type Shown = { wave?: { packed?: number; samples?: number[] } };

/** The same as JSON alone, for a page of version 1. */
export function unpackText({ text, samples }: PackedReadings): string {
  if (samples.length === 0) return text;
  let at = 0;
  const readings = JSON.parse(`[${text}]`) as Shown[];
  for (const { wave } of readings) {
    if (wave?.packed === undefined) continue;
    const unpacked = unpackSamples(samples, at, wave.packed);
    if (unpacked === undefined) throw new Error('the samples are not those of the readings');
    at = unpacked.end;
    wave.samples = [...unpacked.samples];
    delete wave.packed;
  }
  return readings.map((reading) => JSON.stringify(reading)).join(',');
}
