// Numbers and bytes as OpenTimestamps writes them: LEB128 (seven bits a byte, the lowest first), in its shortest form.

/** Larger than any length or height there is. */
const VARINT_MAX = 2 ** 31;

/** A whole number from 0 up to 2^31, as 1 to 5 bytes. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** Reads bytes in order; `refused` makes the error for what is not there. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #refused: (why: string) => Error;
  #at = 0;

  constructor(bytes: Uint8Array, refused: (why: string) => Error) {
    this.#bytes = bytes;
    this.#refused = refused;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#refused('it is cut off');
    const taken = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Inverse of `varint`: a longer spelling of a number is refused. */
  varint(max: number = VARINT_MAX): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * weight;
      if (value > max || weight > VARINT_MAX) throw this.#refused(`a number in it is larger than ${max}`);
      if (byte < 0x80) {
        if (byte === 0 && weight > 1) throw this.#refused('a number in it is spelled longer than need be');
        return value;
      }
    }
  }

  /** What is left, without taking it. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}
