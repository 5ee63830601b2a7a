// Canonical bytes of a reading: what is hashed, proved and kept. A deterministic CBOR map with integer keys
// (docs/spec/reading.md). `decodeReading(encodeReading(r))` equals r, and `encodeReading(decodeReading(b))`
// equals b for every b that is accepted: a reading has one form and a form has one reading.
//
// Plausible limits are not checked here: they may be widened one day, and a proof of today must still open.

import { readWave, writeWave } from './canonical-wave.ts';
import { CborReader, EntryError } from './cbor-reader.ts';
import { ARRAY, CborWriter, MAP } from './cbor-writer.ts';
import { ABSENT_CODES, KIND_CODES, ORIGIN_CODES, QUALITY_CODES } from './code.ts';
import { fromGrid, type Grid, STEPS_MAX, toGrid } from './grid.ts';
import { checkInt, KeyReader } from './key-reader.ts';
import { KINDS, type Kind, type ScalarKind, type WaveKind } from './kind.ts';
import { COUNTER_MAX, INDEX_MAX, TIME_MAX_MS } from './limit.ts';
import type { Measurement, PanelMeasurement, Quality, Reading } from './reading.ts';
import { readSource, writeSource } from './source.ts';
import { isDeviceId } from './topic.ts';

/** Key 0 of every entry: what it is. */
export const ENTRY_READING = 1;
export const ENTRY_EVENT = 2;
/** Bytes of a subject, a patient's or the hub's pseudonym. */
export const SUBJECT_BYTES = 16;

const KEY = {
  type: 0,
  subject: 1,
  device: 2,
  boot: 3,
  seq: 4,
  index: 5,
  at: 6,
  received: 7,
  origin: 8,
  kind: 9,
  value: 10,
  wave: 11,
  absent: 12,
  quality: 13,
  source: 14,
} as const;

const writer = new CborWriter(1024);

/**
 * The canonical bytes of a reading: 60 to 80 for a number. Throws `EntryError` where the reading breaks an
 * invariant of its type (a value off the grid, a device that is none), which is a fault of the caller.
 */
export function encodeReading(reading: Reading): Uint8Array {
  write(0, reading, reading.subject, reading.device);
  return writer.finish();
}

/**
 * The same for who hashes them at once: not copied (a fifth of the time), behind so many bytes of the caller's. What is
 * lent holds until the next reading is encoded.
 */
export function lendReading(behind: number, reading: Told, subject: Uint8Array, device: string): Uint8Array {
  write(behind, reading, subject, device);
  return writer.lend();
}

/** A reading without whose and from what it is. */
type Told = Omit<Reading, 'subject' | 'device'>;

function write(behind: number, reading: Told, subject: Uint8Array, device: string): void {
  const { measurement } = reading;
  checkIdentity(subject, device);
  const optional = (reading.boot === undefined ? 0 : 1) + (reading.at === undefined ? 0 : 1);
  writer.start(behind);
  const said = (measurement.quality === undefined ? 0 : 1) + (reading.source === undefined ? 0 : 1);
  writer.head(MAP, 9 + optional + said);
  writer.int(KEY.type);
  writer.int(ENTRY_READING);
  writer.int(KEY.subject);
  writer.bytes(subject);
  writer.int(KEY.device);
  writer.ascii(device);
  if (reading.boot !== undefined) writeUint(KEY.boot, reading.boot, COUNTER_MAX);
  writeUint(KEY.seq, reading.seq, COUNTER_MAX);
  writeUint(KEY.index, reading.index, INDEX_MAX);
  if (reading.at !== undefined) writeUint(KEY.at, reading.at, TIME_MAX_MS);
  writeUint(KEY.received, reading.received, TIME_MAX_MS);
  writeCode(KEY.origin, ORIGIN_CODES.codeOf.get(reading.origin));
  writeCode(KEY.kind, KIND_CODES.codeOf.get(measurement.kind));
  writeMeasurement(measurement);
  if (measurement.quality !== undefined)
    writeCode(KEY.quality, QUALITY_CODES.codeOf.get(measurement.quality));
  if (reading.source !== undefined) {
    writer.int(KEY.source);
    writeSource(writer, reading.source);
  }
}

function checkIdentity(subject: Uint8Array, device: string): void {
  if (subject.length !== SUBJECT_BYTES) throw new EntryError('out-of-range', 'a subject is not 16 bytes');
  if (!isDeviceId(device)) throw new EntryError('out-of-range', 'a device is named as none can be');
}

function writeUint(key: number, value: number, max: number): void {
  writer.int(key);
  writer.int(checkInt(value, 0, max));
}

function writeCode(key: number, code: number | undefined): void {
  if (code === undefined) throw new EntryError('unknown-code', `key ${key} has a word of no code`);
  writer.int(key);
  writer.int(code);
}

function writeMeasurement(measurement: Measurement): void {
  if ('absent' in measurement) {
    writeCode(KEY.absent, ABSENT_CODES.codeOf.get(measurement.absent));
  } else if ('wave' in measurement) {
    writer.int(KEY.wave);
    writeWave(writer, measurement.wave);
  } else if (measurement.kind === 'blood-pressure') {
    writer.int(KEY.value);
    writer.head(ARRAY, 3);
    const { systolic, diastolic, mean } = measurement;
    if (systolic === undefined && diastolic === undefined && mean === undefined) throw noPressure();
    const { parts } = KINDS['blood-pressure'];
    writePart(parts.systolic, systolic);
    writePart(parts.diastolic, diastolic);
    writePart(parts.mean, mean);
  } else {
    writer.int(KEY.value);
    writer.int(stepsOf(KINDS[measurement.kind], measurement.value));
  }
}

function writePart(grid: Grid, value: number | undefined): void {
  if (value === undefined) writer.null();
  else writer.int(stepsOf(grid, value));
}

function stepsOf(grid: Grid, value: number): number {
  const steps = toGrid(grid, value);
  if (fromGrid(grid, steps) !== value)
    throw new EntryError('out-of-range', 'a value is not on the grid of its kind');
  return checkInt(steps, -STEPS_MAX, STEPS_MAX);
}

/** The reading of canonical bytes; `EntryError` for any bytes that `encodeReading` would not have made. */
export function decodeReading(bytes: Uint8Array): Reading {
  const reader = new CborReader(bytes);
  const keys = new KeyReader(reader);
  if (keys.required(KEY.type) !== ENTRY_READING)
    throw new EntryError('unknown-code', 'the entry is not a reading');
  keys.enter(KEY.subject);
  const subject = reader.bytes();
  keys.enter(KEY.device);
  const device = reader.text();
  const boot = keys.optional(KEY.boot, COUNTER_MAX);
  const seq = keys.required(KEY.seq, COUNTER_MAX);
  const index = keys.required(KEY.index, INDEX_MAX);
  const at = keys.optional(KEY.at, TIME_MAX_MS);
  const received = keys.required(KEY.received, TIME_MAX_MS);
  const origin = wordOf(ORIGIN_CODES.wordOf, keys.required(KEY.origin));
  const kind = wordOf(KIND_CODES.wordOf, keys.required(KEY.kind));
  const measurement = readMeasurement(reader, keys, kind);
  const source = keys.has(KEY.source) ? readSource(reader) : undefined;
  keys.end();
  reader.end();
  const reading: Reading = {
    subject,
    device,
    ...(boot === undefined ? {} : { boot }),
    seq,
    index,
    ...(at === undefined ? {} : { at }),
    received,
    origin,
    measurement,
    ...(source === undefined ? {} : { source }),
  };
  checkIdentity(subject, device);
  return reading;
}

function readMeasurement(reader: CborReader, keys: KeyReader, kind: Kind): Measurement {
  if (keys.has(KEY.absent)) {
    const absent = wordOf(ABSENT_CODES.wordOf, reader.int());
    return { kind, absent, ...readQuality(keys) };
  }
  const spec = KINDS[kind];
  if (spec.shape === 'wave') {
    keys.enter(KEY.wave);
    const wave = readWave(reader);
    return { kind: kind as WaveKind, wave, ...readQuality(keys) };
  }
  keys.enter(KEY.value);
  if (spec.shape === 'scalar') {
    const value = readSteps(reader, spec);
    return { kind: kind as ScalarKind, value, ...readQuality(keys) };
  }
  const panel = readPanel(reader);
  return { ...panel, ...readQuality(keys) };
}

function readPanel(reader: CborReader): PanelMeasurement {
  if (reader.array() !== 3) throw new EntryError('wrong-type', 'a blood pressure must have three places');
  const { parts } = KINDS['blood-pressure'];
  const systolic = reader.null() ? undefined : readSteps(reader, parts.systolic);
  const diastolic = reader.null() ? undefined : readSteps(reader, parts.diastolic);
  const mean = reader.null() ? undefined : readSteps(reader, parts.mean);
  if (systolic === undefined && diastolic === undefined && mean === undefined) throw noPressure();
  return {
    kind: 'blood-pressure',
    ...(systolic === undefined ? {} : { systolic }),
    ...(diastolic === undefined ? {} : { diastolic }),
    ...(mean === undefined ? {} : { mean }),
  };
}

function noPressure(): EntryError {
  return new EntryError('missing-key', 'a blood pressure has none of its three pressures');
}

function readSteps(reader: CborReader, grid: Grid): number {
  return fromGrid(grid, checkInt(reader.int(), -STEPS_MAX, STEPS_MAX));
}

function readQuality(keys: KeyReader): { readonly quality?: Quality } {
  const code = keys.optional(KEY.quality, INDEX_MAX);
  return code === undefined ? {} : { quality: wordOf(QUALITY_CODES.wordOf, code) };
}

function wordOf<Word extends string>(words: ReadonlyMap<number, Word>, code: number): Word {
  const word = words.get(code);
  if (word === undefined) throw new EntryError('unknown-code', 'a code stands for no word of its list');
  return word;
}
