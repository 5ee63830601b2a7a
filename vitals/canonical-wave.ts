// Canonical bytes of a waveform: the map under key 11 of a reading (docs/spec/reading.md). Samples are an RFC 8746
// typed array, so that a strip of 360 samples takes 720 bytes and no more.

import { type CborReader, EntryError } from './cbor-reader.ts';
import { type CborWriter, MAP } from './cbor-writer.ts';
import { checkInt, KeyReader } from './key-reader.ts';
import { GAIN_MAX, GAIN_MIN, INT32_MAX, INT32_MIN, RATE_MAX_HZ, SAMPLES_MAX } from './limit.ts';
import { isLead } from './message-waveform.ts';
import type { Waveform } from './reading.ts';

/** Writes a waveform; throws `EntryError` where it breaks a limit of its type. */
export function writeWave(writer: CborWriter, wave: Waveform): void {
  checkWave(wave);
  writeWaveMap(writer, wave);
}

/** The map itself: CBOR messages carry the same one. */
export function writeWaveMap(writer: CborWriter, wave: Waveform): void {
  writer.head(MAP, 5);
  writer.int(0);
  writer.ascii(wave.lead);
  writer.int(1);
  writer.number(wave.rateHz);
  writer.int(2);
  writer.number(wave.gain);
  writer.int(3);
  writer.int(wave.baseline);
  writer.int(4);
  writer.samples(wave.samples);
}

function checkWave(wave: Waveform): void {
  if (!isLead(wave.lead)) throw new EntryError('out-of-range', 'a lead is named as none can be');
  if (!(wave.rateHz > 0 && wave.rateHz <= RATE_MAX_HZ))
    throw new EntryError('out-of-range', 'a rate is out of range');
  if (!(wave.gain >= GAIN_MIN && wave.gain <= GAIN_MAX))
    throw new EntryError('out-of-range', 'a gain is out of range');
  checkInt(wave.baseline, INT32_MIN, INT32_MAX);
  checkInt(wave.samples.length, 1, SAMPLES_MAX);
}

/** Reads a waveform; throws `EntryError` for any bytes that `writeWave` would not have made. */
export function readWave(reader: CborReader): Waveform {
  const keys = new KeyReader(reader);
  keys.enter(0);
  const lead = reader.text();
  keys.enter(1);
  const rateHz = reader.number();
  keys.enter(2);
  const gain = reader.number();
  keys.enter(3);
  const baseline = reader.int();
  keys.enter(4);
  const samples = reader.samples(SAMPLES_MAX);
  keys.end();
  const wave = { lead, rateHz, gain, baseline, samples };
  checkWave(wave);
  return wave;
}
