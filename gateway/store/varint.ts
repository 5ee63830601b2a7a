// Whole numbers in as few bytes as they need: seven bits a byte, lowest first (LEB128); signed ones zigzagged.
// Numbers up to 2^53 - 1 in size.

const EXACT_DOUBLED = 2 ** 51;

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** Zigzag: -1 → 1, 1 → 2, …. Beyond ±2^51 doubling would lose the last bit, so BigInt does it. */
  signed(value: number): void {
    if (Math.abs(value) < EXACT_DOUBLED) this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
    else this.#large(value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
  }

  #large(value: bigint): void {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  bytes(value: Uint8Array): void {
    if (this.#length + value.length > this.#bytes.length) this.#grow(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.unsigned(bytes.length);
    this.bytes(bytes);
  }

  float(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.bytes(bytes);
  }

  #grow(by: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + by));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}

/** Reads what ByteWriter wrote. Its input is authenticated before: a short read is a broken invariant. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** All the bytes, also those that were read. With `at`, for those who read bits: a view of a part costs more than they do. */
  get whole(): Uint8Array {
    return this.#bytes;
  }

  /** The place of the byte that is read next. */
  get at(): number {
    return this.#at;
  }

  skip(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the bytes end too early');
    this.#at += length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError('the bytes end too early');
    return value;
  }

  unsigned(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let unit = 0x80;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
  }

  signed(): number {
    const start = this.#at;
    const value = this.unsigned();
    if (value < 2 * EXACT_DOUBLED) return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    let exact = 0n;
    for (let i = this.#at - 1; i >= start; i--)
      exact = (exact << 7n) | BigInt((this.#bytes[i] as number) & 0x7f);
    return Number(exact & 1n ? -(exact + 1n) / 2n : exact / 2n);
  }

  bytes(length: number): Uint8Array {
    const start = this.#at;
    this.skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  /** Everything up to the end. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }

  text(): string {
    return Buffer.from(this.bytes(this.unsigned())).toString();
  }

  float(): number {
    return Buffer.from(this.bytes(8)).readDoubleLE();
  }
}
