// CBOR in, strict: takes exactly what CborWriter writes and nothing else that means the same, so that a proof's
// bytes have one reading and a reading has one form. The bytes are an auditor's or an attacker's file.

import { ARRAY, BYTES, MAP, NINT, TAG, TEXT, UINT } from './cbor-writer.ts';

/** Why bytes are no canonical entry, or a value cannot be one. */
export type EntryErrorCode =
  | 'truncated'
  | 'trailing-bytes'
  | 'not-deterministic'
  | 'wrong-type'
  | 'missing-key'
  | 'unknown-key'
  | 'unknown-code'
  | 'conflicting-keys'
  | 'out-of-range';

/** Thrown by the encoders and decoders of entries. The message names the place, never a value. */
export class EntryError extends Error {
  readonly code: EntryErrorCode;
  constructor(code: EntryErrorCode, message: string) {
    super(message);
    this.name = 'EntryError';
    this.code = code;
  }
}

const MAJOR_NAMES = [
  'unsigned integer',
  'negative integer',
  'byte string',
  'text',
  'array',
  'map',
  'tag',
  'simple',
];
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads one deterministic CBOR item from front to back; every method throws `EntryError`. */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The major type that comes next. */
  peek(): number {
    this.#need(1);
    return this.#bytes[this.#at]! >>> 5;
  }

  /** The argument of a head that must be of type `major` and as short as it can be. */
  head(major: number): number {
    if (this.peek() !== major) throw new EntryError('wrong-type', `expected a CBOR ${MAJOR_NAMES[major]}`);
    const info = this.#bytes[this.#at++]! & 31;
    if (info < 24) return info;
    if (info > 27) throw new EntryError('not-deterministic', 'a length is indefinite or reserved');
    const size = 1 << (info - 24);
    this.#need(size);
    const argument = this.#uint(size);
    this.#at += size;
    if (argument > Number.MAX_SAFE_INTEGER) throw new EntryError('out-of-range', 'an integer exceeds 2^53-1');
    const shorter = size === 1 ? 24 : 2 ** (4 * size);
    if (argument < shorter) throw new EntryError('not-deterministic', 'a number is longer than need be');
    return argument;
  }

  int(): number {
    if (this.peek() === UINT) return this.head(UINT);
    const value = -1 - this.head(NINT);
    if (value < Number.MIN_SAFE_INTEGER)
      throw new EntryError('out-of-range', 'an integer is below -(2^53-1)');
    return value;
  }

  /** An integer, or a float where the number is no safe integer, in its shortest form. */
  number(): number {
    return this.peek() === 7 ? this.#float() : this.int();
  }

  /** Whether null comes next; takes it if so. */
  null(): boolean {
    if (this.#bytes[this.#at] !== 0xf6) return false;
    this.#at += 1;
    return true;
  }

  /** A byte string, copied. */
  bytes(): Uint8Array {
    return this.#take(this.head(BYTES)).slice();
  }

  text(): string {
    try {
      return UTF8.decode(this.#take(this.head(TEXT)));
    } catch (error) {
      if (error instanceof EntryError) throw error;
      throw new EntryError('wrong-type', 'a text is not well-formed UTF-8');
    }
  }

  array(): number {
    return this.head(ARRAY);
  }

  map(): number {
    return this.head(MAP);
  }

  /** Samples as `CborWriter.samples` writes them; `countMax` bounds what is made. */
  samples(countMax: number): Int32Array {
    const tag = this.head(TAG);
    if (tag !== 77 && tag !== 78) throw new EntryError('wrong-type', 'samples are not of tag 77 or 78');
    const width = tag === 77 ? 2 : 4;
    const length = this.head(BYTES);
    if (length % width !== 0) throw new EntryError('wrong-type', 'samples end within one');
    const count = length / width;
    if (count === 0 || count > countMax)
      throw new EntryError('out-of-range', `samples must be 1 to ${countMax}`);
    this.#need(length);
    const samples = new Int32Array(count);
    let wide = false;
    for (let index = 0; index < count; index += 1) {
      const at = this.#at + index * width;
      const sample = width === 2 ? this.#view.getInt16(at, true) : this.#view.getInt32(at, true);
      wide ||= sample < -0x8000 || sample > 0x7fff;
      samples[index] = sample;
    }
    if (width === 4 && !wide) throw new EntryError('not-deterministic', 'samples are wider than need be');
    this.#at += length;
    return samples;
  }

  /** Nothing may follow. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new EntryError('trailing-bytes', 'bytes follow the entry');
  }

  #float(): number {
    const info = this.#bytes[this.#at]! & 31;
    if (info < 25 || info > 27) throw new EntryError('wrong-type', 'expected a number');
    this.#at += 1;
    const size = 1 << (info - 24);
    this.#need(size);
    const value =
      size === 2
        ? halfToNumber(this.#view.getUint16(this.#at))
        : size === 4
          ? this.#view.getFloat32(this.#at)
          : this.#view.getFloat64(this.#at);
    this.#at += size;
    if (!Number.isFinite(value)) throw new EntryError('out-of-range', 'a number is not finite');
    if (Number.isSafeInteger(value))
      throw new EntryError('not-deterministic', 'an integer is written as a float');
    if (size > 2 && isHalf(value))
      throw new EntryError('not-deterministic', 'a float is longer than need be');
    if (size > 4 && Math.fround(value) === value) {
      throw new EntryError('not-deterministic', 'a float is longer than need be');
    }
    return value;
  }

  #uint(size: number): number {
    if (size === 1) return this.#view.getUint8(this.#at);
    if (size === 2) return this.#view.getUint16(this.#at);
    if (size === 4) return this.#view.getUint32(this.#at);
    return this.#view.getUint32(this.#at) * 0x1_0000_0000 + this.#view.getUint32(this.#at + 4);
  }

  #take(length: number): Uint8Array {
    this.#need(length);
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  #need(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new EntryError('truncated', 'the entry ends too early');
  }
}

/** IEEE 754 binary16 (RFC 8949 appendix D). */
function halfToNumber(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : Number.NaN
        : (fraction + 1024) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** Whether a half holds `value`: at most 11 significant bits, none below 2^-24, and not above 65504. */
function isHalf(value: number): boolean {
  const size = Math.abs(value);
  if (size > 65_504) return false;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  return Number.isInteger(size * 2 ** (10 - exponent));
}
