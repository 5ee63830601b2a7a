// Readings by column. A wearable sends the same kinds in the same order, at a steady pace, with values that
// change little: so each message is one number that names its template, and each vital is a stream of small
// differences, kept in bits. A column whose rest is all zeros ends early. docs/spec/segment.md has the format.
//
// One patient with five vitals at 1 Hz: 50 readings of a 10 s batch take about 100 bytes (store/size.test.ts).

import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  ABSENT_CODES,
  type AbsentReason,
  clockCode,
  clockOf,
  fromGrid,
  KIND_CODES,
  KINDS,
  type Kind,
  type Measurement,
  ORIGIN_CODES,
  QUALITY_CODES,
  type Reading,
  type ScalarKind,
  type Source,
  toGrid,
  type WaveKind,
} from '@heartwood/vitals';
import { encodeRice, RiceReader } from './rice.ts';
import { ByteReader, ByteWriter } from './varint.ts';

/** A reading as the store keeps it: whose it is follows from the row, and its device is a number. */
export type KeptReading = Omit<Reading, 'subject' | 'device'> & { readonly device: number };

const PANEL_PARTS = ['systolic', 'diastolic', 'mean'] as const;

const PLAIN = 0;
const DEFLATED = 1;
const ZSTD = 2;
/** Below this, compressing costs more than it saves; above the second, zstd is the faster one. */
const COMPRESS_FROM_BYTES = 96;
const ZSTD_FROM_BYTES = 4096;

/** A column of signed differences: the first in full, for it is the level; the others in bits, up to the last that is not zero. */
class Column {
  readonly #writer = new ByteWriter();
  #length = 0;

  add(value: number): void {
    this.#writer.signed(value);
    if (value !== 0) this.#length = this.#writer.length;
  }

  write(to: ByteWriter): void {
    if (this.#length === 0) {
      to.unsigned(0);
      return;
    }
    const kept = new ByteReader(this.#writer.take().subarray(0, this.#length));
    const numbers: number[] = [];
    while (!kept.done) numbers.push(kept.signed());
    const packed = new ByteWriter();
    const [first, ...rest] = numbers;
    packed.signed(first as number);
    if (rest.length > 0) packed.bytes(encodeRice(rest));
    to.unsigned(packed.length);
    to.bytes(packed.take());
  }
}

class ColumnReader {
  #first: number | undefined;
  readonly #rest: RiceReader | undefined;

  constructor(from: ByteReader) {
    const column = new ByteReader(from.bytes(from.unsigned()));
    this.#first = column.done ? 0 : column.signed();
    this.#rest = column.done ? undefined : new RiceReader(column);
  }

  next(): number {
    if (this.#first === undefined) return this.#rest?.next() ?? 0;
    const first = this.#first;
    this.#first = undefined;
    return first;
  }
}

/**
 * What is predicted from a device's last message. A wild difference (a clock that jumped by decades) predicts
 * nothing, and would take sums beyond 2^53, where whole numbers end.
 */
const predictable = (difference: number): number => (Math.abs(difference) < 2 ** 40 ? difference : 0);
type DevicePace = { at: number; step: number; offset: number; boot: number; seq: number };
const newPace = (): DevicePace => ({ at: 0, step: 0, offset: 0, boot: 0, seq: -1 });

/** One vital of one device: its last value, and the differences. Waveforms have a column of lengths as well. */
type Stream<C> = { last: number; lastCount: number; readonly values: C; readonly counts: C | undefined };

/** Beside the vitals: by how much device times were moved. */
const SHIFT = 'shift';
type StreamKind = Kind | typeof SHIFT;

const streamKey = (device: number, kind: StreamKind, part: string): string => `${device}.${kind}.${part}`;

const MESSAGE_COLUMNS = ['template', 'device', 'boot', 'seq', 'at', 'received', 'atOffset'] as const;
type MessageColumns<C> = Record<(typeof MESSAGE_COLUMNS)[number], C>;
const messageColumns = <C>(make: () => C): MessageColumns<C> =>
  Object.fromEntries(MESSAGE_COLUMNS.map((name) => [name, make()])) as MessageColumns<C>;

/** Collects readings, in order, and gives the bytes of them all. */
export class SegmentEncoder {
  #count = 0;
  #messages = 0;
  #open: KeptReading[] = [];
  readonly #columns = messageColumns(() => new Column());
  readonly #templates = new Map<string, number>();
  readonly #templateBytes = new ByteWriter();
  readonly #octets = new Octets();
  readonly #octetBytes = new ByteWriter();
  readonly #streams = new Map<string, Stream<Column>>();
  readonly #paces = new Map<number, DevicePace>();
  #lastTemplate = 0;
  #lastDevice = 0;
  #lastReceived = 0;

  /** How many readings were added. */
  get count(): number {
    return this.#count;
  }

  add(reading: KeptReading): void {
    const first = this.#open[0];
    if (first !== undefined && !sameMessage(first, reading)) this.#closeMessage();
    this.#open.push(reading);
    this.#count += 1;
  }

  /** The bytes of all readings that were added. `plain`: not compressed, for rows that live as long as a batch is open. */
  finish(how: 'compressed' | 'plain' = 'compressed'): Uint8Array {
    this.#closeMessage();
    const out = new ByteWriter();
    out.unsigned(this.#messages);
    out.unsigned(this.#templates.size);
    out.bytes(this.#templateBytes.take());
    for (const name of MESSAGE_COLUMNS) this.#columns[name].write(out);
    const octets = this.#octetBytes.take();
    if (octets.length > 0) {
      out.unsigned(octets.length);
      out.bytes(octets);
    }
    for (const stream of this.#streams.values()) {
      stream.values.write(out);
      stream.counts?.write(out);
    }
    return how === 'plain' ? Buffer.concat([Buffer.of(PLAIN), out.take()]) : compress(out.take());
  }

  #closeMessage(): void {
    const first = this.#open[0];
    if (first === undefined) return;
    const columns = this.#columns;
    const template = this.#template();
    columns.template.add(template - this.#lastTemplate);
    columns.device.add(first.device - this.#lastDevice);
    this.#lastTemplate = template;
    this.#lastDevice = first.device;
    const pace = paceOf(this.#paces, first.device);
    if (first.boot !== undefined) {
      columns.boot.add(first.boot - pace.boot);
      pace.boot = first.boot;
    }
    columns.seq.add(first.seq - pace.seq - 1);
    pace.seq = first.seq;
    const base = baseTime(this.#open);
    if (base === undefined) columns.received.add(first.received - this.#lastReceived);
    else {
      columns.at.add(base - pace.at - pace.step);
      pace.step = predictable(base - pace.at);
      pace.at = base;
      columns.received.add(first.received - base - pace.offset);
      pace.offset = predictable(first.received - base);
    }
    this.#lastReceived = first.received;
    for (const reading of this.#open) {
      if (reading.at !== undefined) columns.atOffset.add(reading.at - (base as number));
      this.#values(reading.device, reading.measurement);
      if (reading.source !== undefined) this.#source(reading.device, reading.source);
    }
    this.#messages += 1;
    this.#open = [];
  }

  #template(): number {
    const bytes = formatTemplate(this.#open);
    const key = Buffer.from(bytes).toString('latin1');
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    this.#templates.set(key, this.#templates.size);
    this.#templateBytes.bytes(bytes);
    return this.#templates.size - 1;
  }

  #values(device: number, measurement: Measurement): void {
    if ('absent' in measurement) return;
    const { kind } = measurement;
    if ('wave' in measurement) {
      const { lead, samples } = measurement.wave;
      const stream = this.#stream(device, kind, `wave ${lead}`);
      stream.counts?.add(samples.length - stream.lastCount);
      stream.lastCount = samples.length;
      for (const sample of samples) push(stream, sample);
    } else if ('value' in measurement) {
      push(this.#stream(device, kind, ''), toGrid(KINDS[measurement.kind], measurement.value));
    } else {
      for (const part of PANEL_PARTS) {
        const value = measurement[part];
        const quantity = KINDS['blood-pressure'].parts[part];
        if (value !== undefined) push(this.#stream(device, kind, part), toGrid(quantity, value));
      }
    }
  }

  #source(device: number, source: Source): void {
    this.#octetBytes.bytes(this.#octets.differ(device, source.characteristic, source.octets));
    if (source.shiftMs !== 0) push(this.#stream(device, SHIFT, ''), source.shiftMs);
  }

  #stream(device: number, kind: StreamKind, part: string): Stream<Column> {
    return streamOf(this.#streams, device, kind, part, () => new Column());
  }
}

/** The inverse: decodeSegment(encoder.finish()) gives the readings that were added, in order. */
export function decodeSegment(bytes: Uint8Array): KeptReading[] {
  const from = new ByteReader(decompress(bytes));
  const messages = from.unsigned();
  const templates = Array.from({ length: from.unsigned() }, () => parseTemplate(from));
  const columns = messageColumns(() => new ColumnReader(from));
  const sourced = templates.some((parts) => parts.some((part) => part.source !== undefined));
  const octetBytes = new ByteReader(sourced ? from.bytes(from.unsigned()) : new Uint8Array());
  const octets = new Octets();
  const streams = new Map<string, Stream<ColumnReader>>();
  const paces = new Map<number, DevicePace>();
  const readings: KeptReading[] = [];
  let template = 0;
  let device = 0;
  let lastReceived = 0;
  const sourceOf = ({ length, shifted, ...said }: SourcePart, device: number): Source => ({
    characteristic: said.characteristic,
    version: said.version,
    octets: octets.restore(device, said.characteristic, octetBytes.bytes(length)),
    clock: said.clock,
    stored: said.stored,
    shiftMs: shifted ? pull(streamOf(streams, device, SHIFT, '', () => new ColumnReader(from))) : 0,
  });

  for (let n = 0; n < messages; n++) {
    template += columns.template.next();
    device += columns.device.next();
    const parts = templates[template] as readonly TemplatePart[];
    const head = parts[0] as TemplatePart;
    const pace = paceOf(paces, device);
    if (head.hasBoot) pace.boot += columns.boot.next();
    pace.seq += columns.seq.next() + 1;
    let received: number;
    if (parts.some((part) => part.hasAt)) {
      const step = pace.step + columns.at.next();
      pace.at += step;
      pace.step = predictable(step);
      const offset = pace.offset + columns.received.next();
      pace.offset = predictable(offset);
      received = pace.at + offset;
    } else received = lastReceived + columns.received.next();
    lastReceived = received;
    for (const part of parts) {
      readings.push({
        device,
        ...(head.hasBoot && { boot: pace.boot }),
        seq: pace.seq,
        index: part.index,
        ...(part.hasAt && { at: pace.at + columns.atOffset.next() }),
        received,
        origin: part.origin,
        measurement: readMeasurement(part, (name) =>
          streamOf(streams, device, part.kind, name, () => new ColumnReader(from)),
        ),
        ...(part.source !== undefined && { source: sourceOf(part.source, device) }),
      });
    }
  }
  return readings;
}

const sameMessage = (a: KeptReading, b: KeptReading): boolean =>
  a.device === b.device &&
  a.seq === b.seq &&
  a.boot === b.boot &&
  a.received === b.received &&
  a.origin === b.origin &&
  a.index < b.index;

/** The time against which the times of a message's readings are kept: the first there is. */
const baseTime = (readings: readonly KeptReading[]): number | undefined =>
  readings.find((reading) => reading.at !== undefined)?.at;

function paceOf(paces: Map<number, DevicePace>, device: number): DevicePace {
  let pace = paces.get(device);
  if (pace === undefined) {
    pace = newPace();
    paces.set(device, pace);
  }
  return pace;
}

/** The stream of a vital. Streams are numbered by first use, which reader and writer reach in the same order. */
function streamOf<C>(
  streams: Map<string, Stream<C>>,
  device: number,
  kind: StreamKind,
  part: string,
  make: () => C,
): Stream<C> {
  const key = streamKey(device, kind, part);
  let stream = streams.get(key);
  if (stream === undefined) {
    stream = { last: 0, lastCount: 0, values: make(), counts: part.startsWith('wave') ? make() : undefined };
    streams.set(key, stream);
  }
  return stream;
}

function push(stream: Stream<Column>, value: number): void {
  stream.values.add(value - stream.last);
  stream.last = value;
}

function pull(stream: Stream<ColumnReader>): number {
  stream.last += stream.values.next();
  return stream.last;
}

/**
 * Octets of sources, each kept as its difference from the last ones of the same device and characteristic, place by
 * place: what does not change becomes zeros, which compress.
 */
class Octets {
  readonly #last = new Map<number, Uint8Array>();

  differ(device: number, characteristic: number, octets: Uint8Array): Uint8Array {
    const last = this.#turn(device, characteristic, octets);
    return octets.map((octet, at) => octet - (last?.[at] ?? 0));
  }

  restore(device: number, characteristic: number, kept: Uint8Array): Uint8Array {
    const octets = new Uint8Array(kept.length);
    const last = this.#turn(device, characteristic, octets);
    for (const [at, octet] of kept.entries()) octets[at] = octet + (last?.[at] ?? 0);
    return octets;
  }

  /** The last ones, in whose place `octets` come. */
  #turn(device: number, characteristic: number, octets: Uint8Array): Uint8Array | undefined {
    const key = device * 0x1_0000 + characteristic;
    const last = this.#last.get(key);
    this.#last.set(key, octets);
    return last;
  }
}

/** What two messages of one template share: everything but numbers and times. */
type TemplatePart = {
  readonly kind: Kind;
  readonly index: number;
  readonly hasBoot: boolean;
  readonly hasAt: boolean;
  readonly origin: Reading['origin'];
  readonly quality: Measurement['quality'];
  readonly absent: AbsentReason | undefined;
  readonly panel: readonly (typeof PANEL_PARTS)[number][];
  readonly wave: { lead: string; rateHz: number; gain: number; baseline: number } | undefined;
  readonly source: SourcePart | undefined;
};

/** Of a source: everything but its octets and the size of its shift. */
type SourcePart = Omit<Source, 'octets' | 'shiftMs'> & { readonly length: number; readonly shifted: boolean };

const HAS_BOOT = 1;
const HAS_AT = 2;
/** The index does not follow on the one before: it is given. */
const INDEX_GIVEN = 4;
const ABSENT = 8;
/** Two bits, the code of the quality; 0: nothing said. */
const QUALITY_SHIFT = 4;
const QUALITY_MASK = 3;
const HAS_SOURCE = 64;
/** Beside the code of a source's clock. */
const STORED = 16;
const SHIFTED = 32;

function formatTemplate(readings: readonly KeptReading[]): Uint8Array {
  const out = new ByteWriter();
  out.unsigned(readings.length);
  out.byte(ORIGIN_CODES.codeOf.get((readings[0] as KeptReading).origin) as number);
  let next = 0;
  for (const { measurement, index, boot, at, source } of readings) {
    out.byte(KINDS[measurement.kind].code);
    const quality =
      measurement.quality === undefined ? 0 : (QUALITY_CODES.codeOf.get(measurement.quality) as number);
    out.byte(
      (boot === undefined ? 0 : HAS_BOOT) |
        (at === undefined ? 0 : HAS_AT) |
        (index === next ? 0 : INDEX_GIVEN) |
        ('absent' in measurement ? ABSENT : 0) |
        (quality << QUALITY_SHIFT) |
        (source === undefined ? 0 : HAS_SOURCE),
    );
    if (index !== next) out.unsigned(index);
    next = index + 1;
    if (source !== undefined) formatSource(out, source);
    if ('absent' in measurement) {
      out.byte(ABSENT_CODES.codeOf.get(measurement.absent) as number);
      continue;
    }
    if ('wave' in measurement) {
      const { lead, rateHz, gain, baseline } = measurement.wave;
      out.text(lead);
      out.float(rateHz);
      out.float(gain);
      out.signed(baseline);
    } else if (!('value' in measurement)) {
      out.byte(
        PANEL_PARTS.reduce((mask, part, bit) => mask | (measurement[part] === undefined ? 0 : 1 << bit), 0),
      );
    }
  }
  return out.take();
}

function formatSource(out: ByteWriter, source: Source): void {
  out.unsigned(source.characteristic);
  out.byte(source.version);
  out.byte(clockCode(source.clock) | (source.stored ? STORED : 0) | (source.shiftMs === 0 ? 0 : SHIFTED));
  out.unsigned(source.octets.length);
}

function parseSource(from: ByteReader): SourcePart {
  const characteristic = from.unsigned();
  const version = from.byte();
  const said = from.byte();
  return {
    characteristic,
    version,
    clock: clockOf(said & (STORED - 1)),
    stored: (said & STORED) !== 0,
    shifted: (said & SHIFTED) !== 0,
    length: from.unsigned(),
  };
}

function parseTemplate(from: ByteReader): readonly TemplatePart[] {
  const count = from.unsigned();
  const origin = ORIGIN_CODES.wordOf.get(from.byte()) as Reading['origin'];
  let next = 0;
  return Array.from({ length: count }, () => {
    const kind = KIND_CODES.wordOf.get(from.byte()) as Kind;
    const flags = from.byte();
    const index = (flags & INDEX_GIVEN) === 0 ? next : from.unsigned();
    next = index + 1;
    const source = (flags & HAS_SOURCE) === 0 ? undefined : parseSource(from);
    const quality = QUALITY_CODES.wordOf.get((flags >> QUALITY_SHIFT) & QUALITY_MASK);
    const absent = (flags & ABSENT) === 0 ? undefined : ABSENT_CODES.wordOf.get(from.byte());
    const there = absent === undefined;
    const { shape } = KINDS[kind];
    const wave =
      there && shape === 'wave'
        ? { lead: from.text(), rateHz: from.float(), gain: from.float(), baseline: from.signed() }
        : undefined;
    const mask = there && shape === 'panel' ? from.byte() : 0;
    const panel = PANEL_PARTS.filter((_, bit) => mask & (1 << bit));
    return {
      kind,
      index,
      hasBoot: (flags & HAS_BOOT) !== 0,
      hasAt: (flags & HAS_AT) !== 0,
      origin,
      quality,
      absent,
      panel,
      wave,
      source,
    };
  });
}

function readMeasurement(part: TemplatePart, stream: (name: string) => Stream<ColumnReader>): Measurement {
  const said = part.quality === undefined ? {} : { quality: part.quality };
  if (part.absent !== undefined) return { kind: part.kind, absent: part.absent, ...said };
  if (part.wave !== undefined) {
    const values = stream(`wave ${part.wave.lead}`);
    values.lastCount += values.counts?.next() ?? 0;
    const samples = new Int32Array(values.lastCount);
    for (let i = 0; i < samples.length; i++) samples[i] = pull(values);
    return { kind: part.kind as WaveKind, wave: { ...part.wave, samples }, ...said };
  }
  if (part.kind === 'blood-pressure') {
    const { parts } = KINDS['blood-pressure'];
    const pressures = Object.fromEntries(
      part.panel.map((name) => [name, fromGrid(parts[name], pull(stream(name)))]),
    );
    return { kind: 'blood-pressure', ...pressures, ...said };
  }
  const kind = part.kind as ScalarKind;
  return { kind, value: fromGrid(KINDS[kind], pull(stream(''))), ...said };
}

function compress(plain: Uint8Array): Uint8Array {
  if (plain.length >= COMPRESS_FROM_BYTES) {
    const large = plain.length >= ZSTD_FROM_BYTES;
    const packed = large ? zstdCompressSync(plain) : deflateRawSync(plain);
    if (packed.length < plain.length) return Buffer.concat([Buffer.of(large ? ZSTD : DEFLATED), packed]);
  }
  return Buffer.concat([Buffer.of(PLAIN), plain]);
}

function decompress(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(1);
  if (bytes[0] === ZSTD) return zstdDecompressSync(body);
  return bytes[0] === DEFLATED ? inflateRawSync(body) : body;
}
