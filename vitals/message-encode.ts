// A message as a device sends it, JSON or compact CBOR: what the simulator, the Bluetooth bridge and a firmware's
// author use. `parseMessage(encode(m))` gives m back. Shape and keys in docs/spec/message.md.

import { writeWaveMap } from './canonical-wave.ts';
import { ARRAY, CborWriter, MAP } from './cbor-writer.ts';
import { ABSENT_CODES, KIND_CODES, QUALITY_CODES } from './code.ts';
import { toGrid } from './grid.ts';
import { KINDS, type Quantity } from './kind.ts';
import { type Measurement, type Message, NO_SAMPLE, type TimedMeasurement } from './reading.ts';
import { type Source, writeSource } from './source.ts';

const UTF8 = new TextEncoder();

/** The time that all readings can take from the message: the first one's, where every reading has a time. */
function sharedTime(message: Message): number | undefined {
  return message.readings.every((reading) => reading.at !== undefined) ? message.readings[0]?.at : undefined;
}

/** A message body in JSON, UTF-8. RangeError for a reading with a source: octets travel in CBOR only. */
export function encodeMessageJson(message: Message): Uint8Array {
  if (message.readings.some(({ source }) => source !== undefined))
    throw new RangeError('a source travels in CBOR only');
  const at = sharedTime(message);
  const readings = message.readings.map((reading) => ({
    ...fieldsOf(reading.measurement),
    at: reading.at === at ? undefined : reading.at,
  }));
  return UTF8.encode(JSON.stringify({ seq: message.seq, boot: message.boot, at, readings }));
}

function fieldsOf(measurement: Measurement): object {
  if (!('wave' in measurement)) return measurement;
  const { kind, wave, quality } = measurement;
  const samples = Array.from(wave.samples, (sample) => (sample === NO_SAMPLE ? null : sample));
  return { kind, waveform: { ...wave, samples }, quality };
}

/**
 * A message body in CBOR with integer keys: 44 bytes for 7 vitals. A reading of nothing but a number is the pair
 * [kind, value]; a value is the shortest number that lands on its place on the grid.
 */
export function encodeMessageCbor(message: Message): Uint8Array {
  const writer = new CborWriter(128);
  const at = sharedTime(message);
  writer.head(MAP, 2 + (message.boot === undefined ? 0 : 1) + (at === undefined ? 0 : 1));
  writer.int(0);
  writer.int(message.seq);
  if (message.boot !== undefined) {
    writer.int(1);
    writer.int(message.boot);
  }
  if (at !== undefined) {
    writer.int(2);
    writer.int(at);
  }
  writer.int(3);
  writer.head(ARRAY, message.readings.length);
  for (const reading of message.readings) writeReading(writer, reading, at);
  return writer.finish();
}

function writeReading(
  writer: CborWriter,
  { at, measurement, source }: TimedMeasurement,
  shared: number | undefined,
): void {
  const own = at === shared ? undefined : at;
  if (
    own === undefined &&
    source === undefined &&
    measurement.quality === undefined &&
    isNumbers(measurement)
  ) {
    writePair(writer, measurement);
  } else writeFields(writer, measurement, own, source);
}

function writePair(writer: CborWriter, measurement: Numbers): void {
  writer.head(ARRAY, 2);
  writer.int(KIND_CODES.codeOf.get(measurement.kind)!);
  if (measurement.kind === 'blood-pressure') {
    writer.head(ARRAY, 3);
    for (const part of PARTS) writePart(writer, part, measurement[part]);
  } else writeValue(writer, KINDS[measurement.kind], measurement.value);
}

function writeFields(
  writer: CborWriter,
  measurement: Measurement,
  own: number | undefined,
  source: Source | undefined,
): void {
  const fields =
    countFields(measurement) +
    (measurement.quality === undefined ? 0 : 1) +
    (own === undefined ? 0 : 1) +
    (source === undefined ? 0 : 1);
  writer.head(MAP, 1 + fields);
  writer.int(0);
  writer.int(KIND_CODES.codeOf.get(measurement.kind)!);
  writeMeasured(writer, measurement);
  if (measurement.quality !== undefined) {
    writer.int(7);
    writer.int(QUALITY_CODES.codeOf.get(measurement.quality)!);
  }
  if (own !== undefined) {
    writer.int(9);
    writer.int(own);
  }
  if (source !== undefined) {
    writer.int(10);
    writeSource(writer, source);
  }
}

const PARTS = ['systolic', 'diastolic', 'mean'] as const;
type Numbers = Exclude<Measurement, { readonly absent: unknown } | { readonly wave: unknown }>;

function isNumbers(measurement: Measurement): measurement is Numbers {
  return !('absent' in measurement) && !('wave' in measurement);
}

function countFields(measurement: Measurement): number {
  if (!isNumbers(measurement) || measurement.kind !== 'blood-pressure') return 1;
  return PARTS.filter((part) => measurement[part] !== undefined).length;
}

function writeMeasured(writer: CborWriter, measurement: Measurement): void {
  if (!isNumbers(measurement)) {
    if ('absent' in measurement) {
      writer.int(5);
      writer.int(ABSENT_CODES.codeOf.get(measurement.absent)!);
    } else {
      writer.int(6);
      writeWaveMap(writer, measurement.wave);
    }
  } else if (measurement.kind !== 'blood-pressure') {
    writer.int(1);
    writeValue(writer, KINDS[measurement.kind], measurement.value);
  } else {
    for (const [place, part] of PARTS.entries()) {
      if (measurement[part] === undefined) continue;
      writer.int(2 + place);
      writePart(writer, part, measurement[part]);
    }
  }
}

function writePart(writer: CborWriter, part: (typeof PARTS)[number], value: number | undefined): void {
  if (value === undefined) writer.null();
  else writeValue(writer, KINDS['blood-pressure'].parts[part], value);
}

/** A float32 where it falls on the same step of the grid: 36.6 takes 5 bytes instead of 9. */
function writeValue(writer: CborWriter, quantity: Quantity, value: number): void {
  const rounded = Math.fround(value);
  writer.number(toGrid(quantity, rounded) === toGrid(quantity, value) ? rounded : value);
}
