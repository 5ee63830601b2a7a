// Readings by column. A wearable sends the same kinds in the same order, at a steady pace, with values that
// change little: so each message is one number that names its template, and each vital is a stream of small
// differences, kept in bits. A column whose rest is all zeros ends early. docs/spec/segment.md has the format.
//
// One patient with five vitals at 1 Hz: 50 readings of a 10 s batch take about 100 bytes (store/size.test.ts).

import {
  fromGrid,
  KINDS,
  type Measurement,
  type ScalarKind,
  type Source,
  toGrid,
  type WaveKind,
} from '@heartwood/vitals';
import {
  Column,
  ColumnReader,
  type DevicePace,
  MESSAGE_COLUMNS,
  messageColumns,
  paceOf,
  predictable,
  pull,
  push,
  SHIFT,
  type Stream,
  type StreamKind,
  streamOf,
} from './segment-column.ts';
import { compress, decompress, uncompressed } from './segment-compress.ts';
import { Octets } from './segment-octets.ts';
import {
  formatTemplate,
  type KeptReading,
  PANEL_PARTS,
  parseTemplate,
  type SourcePart,
  type TemplatePart,
} from './segment-template.ts';
import { ByteReader, ByteWriter } from './varint.ts';

export type { KeptReading } from './segment-template.ts';

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
    return how === 'plain' ? uncompressed(out.take()) : compress(out.take());
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
