// Columns of small differences, and what they differ from: each vital of a device is a stream, and each device has a
// pace at which its messages come. docs/spec/segment.md has the layout.

import type { Kind } from '@heartwood/vitals';
import { encodeRice, RiceReader } from './rice.ts';
import { ByteReader, ByteWriter } from './varint.ts';

/** A column of signed differences: the first in full, for it is the level; the others in bits, up to the last that is not zero. */
export class Column {
  readonly #writer = new ByteWriter();
  #count = 0;
  /** Numbers and bytes up to the last that is not zero. */
  #kept = 0;
  #length = 0;

  add(value: number): void {
    this.#writer.signed(value);
    this.#count += 1;
    if (value === 0) return;
    this.#kept = this.#count;
    this.#length = this.#writer.length;
  }

  write(to: ByteWriter): void {
    if (this.#length === 0) {
      to.unsigned(0);
      return;
    }
    const kept = new ByteReader(this.#writer.take().subarray(0, this.#length));
    const packed = new ByteWriter();
    packed.signed(kept.signed());
    if (this.#kept > 1) {
      const rest = new Float64Array(this.#kept - 1);
      for (let i = 0; i < rest.length; i++) rest[i] = kept.signed();
      packed.bytes(encodeRice(rest));
    }
    to.unsigned(packed.length);
    to.bytes(packed.take());
  }
}

export class ColumnReader {
  /** Every number of it is 0. */
  readonly isZero: boolean;
  #first = 0;
  #begun = false;
  readonly #rest: RiceReader | undefined;

  constructor(from: ByteReader) {
    const length = from.unsigned();
    const end = from.at + length;
    this.isZero = length === 0;
    if (length === 0) return;
    this.#first = from.signed();
    if (from.at < end) this.#rest = new RiceReader(from, end);
    if (from.at !== end) throw new RangeError('a column ends too early');
  }

  next(): number {
    if (this.#begun) return this.#rest === undefined ? 0 : this.#rest.next();
    this.#begun = true;
    return this.#first;
  }

  /** Goes past a column that nobody reads. */
  static skip(from: ByteReader): void {
    from.skip(from.unsigned());
  }
}

/**
 * What is predicted from a device's last message. A wild difference (a clock that jumped by decades) predicts
 * nothing, and would take sums beyond 2^53, where whole numbers end.
 */
export const predictable = (difference: number): number => (Math.abs(difference) < 2 ** 40 ? difference : 0);
export type DevicePace = { at: number; step: number; offset: number; boot: number; seq: number };
const newPace = (): DevicePace => ({ at: 0, step: 0, offset: 0, boot: 0, seq: -1 });

/** One vital of one device: its last value, and the differences. Waveforms have a column of lengths as well. */
export type Stream<C> = {
  last: number;
  lastCount: number;
  readonly values: C;
  readonly counts: C | undefined;
};

/** Beside the vitals: by how much device times were moved. */
export const SHIFT = 'shift' as const;
export type StreamKind = Kind | typeof SHIFT;

const streamKey = (device: number, kind: StreamKind, part: string): string => `${device}.${kind}.${part}`;

export const MESSAGE_COLUMNS: readonly ['template', 'device', 'boot', 'seq', 'at', 'received', 'atOffset'] = [
  'template',
  'device',
  'boot',
  'seq',
  'at',
  'received',
  'atOffset',
];
type MessageColumns<C> = Record<(typeof MESSAGE_COLUMNS)[number], C>;
export const messageColumns = <C>(make: () => C): MessageColumns<C> =>
  Object.fromEntries(MESSAGE_COLUMNS.map((name) => [name, make()])) as MessageColumns<C>;
export function paceOf(paces: Map<number, DevicePace>, device: number): DevicePace {
  let pace = paces.get(device);
  if (pace === undefined) {
    pace = newPace();
    paces.set(device, pace);
  }
  return pace;
}

/** The stream of a vital. Streams are numbered by first use, which reader and writer reach in the same order. */
export function streamOf<C>(
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

export function push(stream: Stream<Column>, value: number): void {
  stream.values.add(value - stream.last);
  stream.last = value;
}

export function pull(stream: Stream<ColumnReader>): number {
  stream.last += stream.values.next();
  return stream.last;
}
