// Small differences in few bits (Rice coding): a number is zigzagged, its part above 2^k is written in unary, the
// k bits below as they are. A vital that changes by one or two takes 2 to 3 bits, where the shortest varint takes
// 8. Each column has the k that makes it shortest, and its common divisor is taken out first. docs/spec/segment.md has the layout, bit by bit.

import { type ByteReader, ByteWriter } from './varint.ts';

/** A quotient of so many ones is none: sign and size follow in full. */
const ESCAPE_ONES = 32;
/** Holds 2^53, the widest difference of two counters. */
const FULL_BITS = 54;
/** Beyond this, zigzagging would lose the last bit. */
const ZIGZAG_MAX = 2 ** 51;
const PARAMETER_MAX = 40;

/** Marks, beside k, that a common divisor follows: a heart rate in whole beats on a grid of tenths has 10. */
const DIVIDED = 0x40;

/** k, the divisor if there is one, then the bits. Read back, the numbers are followed by zeros for ever. */
export function encodeRice(numbers: ArrayLike<number>): Uint8Array {
  const divisor = divisorOf(numbers);
  const zigzags = zigzagged(numbers, divisor);
  const k = shortest(zigzags);
  const out = new ByteWriter();
  out.byte(divisor > 1 ? k | DIVIDED : k);
  if (divisor > 1) out.unsigned(divisor);
  const bits = new BitWriter(bitsOf(zigzags, k));
  if (zigzags instanceof Uint32Array && k < 32) {
    for (let i = 0; i < zigzags.length; i++) {
      const z = zigzags[i] as number;
      const high = z >>> k;
      if (high < ESCAPE_ONES) {
        bits.unary(high);
        bits.bits(k === 0 ? 0 : (z << (32 - k)) >>> (32 - k), k);
      } else bits.full((numbers[i] as number) / divisor);
    }
  } else {
    for (let i = 0; i < zigzags.length; i++) {
      const z = zigzags[i] as number;
      const high = Math.floor(z / 2 ** k);
      if (high < ESCAPE_ONES) {
        bits.unary(high);
        bits.bits(z % 2 ** k, k);
      } else bits.full((numbers[i] as number) / divisor);
    }
  }
  out.bytes(bits.take());
  return out.take();
}

/** The greatest that divides them all; 1 where there is none, and most columns tell after a few. */
function divisorOf(numbers: ArrayLike<number>): number {
  let divisor = 0;
  for (let i = 0; i < numbers.length && divisor !== 1; i++)
    divisor = commonDivisor(divisor, Math.abs(numbers[i] as number));
  return Math.max(1, divisor);
}

function commonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}

/** Infinity where only the escape can hold the number. */
const zigzag = (value: number): number =>
  Math.abs(value) >= ZIGZAG_MAX ? Number.POSITIVE_INFINITY : value < 0 ? -2 * value - 1 : 2 * value;

function shortest(zigzags: Zigzags): number {
  const length = zigzags.length < TALLIED_FROM ? (k: number) => bitsOf(zigzags, k) : tallied(zigzags);
  let best = 0;
  let bestBits = length(0);
  for (let k = 1; k <= PARAMETER_MAX; k++) {
    const bits = length(k);
    // The length has one valley: once it rises it goes on rising, but for columns of escapes.
    if (bits < bestBits) [best, bestBits] = [k, bits];
    else if (bits > 2 * bestBits) break;
  }
  return best;
}

/** Columns of so many numbers are looked through once, and not once for each k. */
const TALLIED_FROM = 8192;
const TALLIED_BELOW = 4096;

/** The same as `bitsOf`, from how often each small number comes. */
function tallied(zigzags: Zigzags): (k: number) => number {
  const times = new Uint32Array(TALLIED_BELOW);
  const others: number[] = [];
  for (let i = 0; i < zigzags.length; i++) {
    const z = zigzags[i] as number;
    if (z < TALLIED_BELOW) times[z]! += 1;
    else others.push(z);
  }
  const large = Float64Array.from(others);
  return (k) => {
    let bits = bitsOf(large, k);
    for (let z = 0; z < TALLIED_BELOW; z++) {
      const quotient = k < 32 ? z >>> k : 0;
      const one = quotient < ESCAPE_ONES ? quotient + 1 + k : ESCAPE_ONES + 1 + FULL_BITS;
      bits += one * (times[z] as number);
    }
    return bits;
  };
}

/** Whole numbers of 32 bits where all are so small, as a waveform's are: counted with shifts, several times as fast. */
type Zigzags = Uint32Array | Float64Array;

function zigzagged(numbers: ArrayLike<number>, divisor: number): Zigzags {
  const narrow = new Uint32Array(numbers.length);
  for (let i = 0; i < narrow.length; i++) {
    const value = numbers[i] as number;
    if (divisor === 1 && value === (value | 0)) {
      narrow[i] = (value << 1) ^ (value >> 31);
      continue;
    }
    const z = zigzag(value / divisor);
    if (z >= 2 ** 32) return Float64Array.from(numbers, (value) => zigzag(value / divisor));
    narrow[i] = z;
  }
  return narrow;
}

function bitsOf(zigzags: Zigzags, k: number): number {
  let bits = 0;
  if (zigzags instanceof Uint32Array && k < 32) {
    for (let i = 0; i < zigzags.length; i++) {
      const quotient = (zigzags[i] as number) >>> k;
      bits += quotient < ESCAPE_ONES ? quotient + 1 + k : ESCAPE_ONES + 1 + FULL_BITS;
    }
    return bits;
  }
  const unit = 2 ** k;
  for (const z of zigzags) {
    const quotient = Math.floor(z / unit);
    bits += quotient < ESCAPE_ONES ? quotient + 1 + k : ESCAPE_ONES + 1 + FULL_BITS;
  }
  return bits;
}

/** So many bits, beside the seven that may wait for their byte, still fit a whole number of 32. */
const PUT_BITS = 24;

/** Most significant bit first. What is left of the last byte is ones: a number that never ends is no number. */
class BitWriter {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** The bits that have no whole byte yet, 0 to 7 of them. */
  #waiting = 0;
  #count = 0;

  constructor(bits: number) {
    this.#bytes = new Uint8Array(Math.ceil(bits / 8));
  }

  /** So many ones, 31 at most, and a zero. */
  unary(ones: number): void {
    if (ones < PUT_BITS) this.#put(2 ** (ones + 1) - 2, ones + 1);
    else {
      this.#put(2 ** PUT_BITS - 1, PUT_BITS);
      this.unary(ones - PUT_BITS);
    }
  }

  bits(value: number, count: number): void {
    if (count <= PUT_BITS) this.#put(value, count);
    else {
      this.bits(Math.floor(value / 2 ** PUT_BITS), count - PUT_BITS);
      this.#put(value % 2 ** PUT_BITS, PUT_BITS);
    }
  }

  /** A number that no quotient holds. */
  full(value: number): void {
    this.bits(2 ** ESCAPE_ONES - 1, ESCAPE_ONES);
    this.bits(value < 0 ? 1 : 0, 1);
    this.bits(Math.abs(value), FULL_BITS);
  }

  /** The lowest `count` bits, PUT_BITS at most, of a number that has no others. */
  #put(value: number, count: number): void {
    let waiting = (this.#waiting << count) | value;
    let left = this.#count + count;
    while (left >= 8) {
      left -= 8;
      this.#bytes[this.#at++] = waiting >>> left;
    }
    waiting &= (1 << left) - 1;
    this.#waiting = waiting;
    this.#count = left;
  }

  take(): Uint8Array {
    if (this.#count > 0) this.#put(2 ** (8 - this.#count) - 1, 8 - this.#count);
    return this.#bytes;
  }
}

/** So many bits are in one look at four bytes, wherever in the first of them it begins. */
const LOOK_BITS = 25;

/** The inverse: `next` gives the numbers one by one, and zeros after the last. */
export class RiceReader {
  readonly #bytes: Uint8Array;
  readonly #k: number;
  readonly #divisor: number;
  /** In bits. */
  readonly #end: number;
  #at: number;

  /** @param end the byte after the last; `from` goes on there */
  constructor(from: ByteReader, end: number = from.whole.length) {
    const head = from.byte();
    this.#k = head & ~DIVIDED;
    this.#divisor = (head & DIVIDED) === 0 ? 1 : from.unsigned();
    this.#bytes = from.whole;
    this.#at = 8 * from.at;
    this.#end = 8 * end;
    from.skip(end - from.at);
  }

  next(): number {
    const at = this.#at;
    if (at >= this.#end) return 0;
    const bytes = this.#bytes;
    const byte = at >>> 3;
    const k = this.#k;
    // A byte that is not there is undefined, and shifts as 0.
    const look =
      (((bytes[byte] as number) << 24) |
        ((bytes[byte + 1] as number) << 16) |
        ((bytes[byte + 2] as number) << 8) |
        (bytes[byte + 3] as number)) <<
      (at & 7);
    const quotient = Math.clz32(~look);
    const length = quotient + 1 + k;
    if (length > LOOK_BITS || at + length > this.#end) return this.#bitByBit();
    this.#at = at + length;
    const low = k === 0 ? 0 : (look << (quotient + 1)) >>> (32 - k);
    const z = (quotient << k) | low;
    return this.#divisor * ((z >>> 1) ^ -(z & 1));
  }

  /** Any number, however long, and the end. */
  #bitByBit(): number {
    let quotient = 0;
    while (quotient < ESCAPE_ONES) {
      if (this.#at >= this.#end) return 0;
      if (this.#bit() === 0) break;
      quotient += 1;
    }
    if (quotient === ESCAPE_ONES) {
      const negative = this.#bit() === 1;
      const size = this.#bits(FULL_BITS);
      return this.#divisor * (negative ? -size : size);
    }
    const z = quotient * 2 ** this.#k + this.#bits(this.#k);
    return this.#divisor * (z % 2 === 1 ? -(z + 1) / 2 : z / 2);
  }

  #bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = 2 * value + this.#bit();
    return value;
  }

  #bit(): number {
    if (this.#at >= this.#end) throw new RangeError('the bits end too early');
    const byte = this.#bytes[this.#at >>> 3] as number;
    return (byte >>> (7 - (this.#at++ & 7))) & 1;
  }
}
