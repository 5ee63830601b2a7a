// Writes a characteristic's octets from first to last, little-endian: the way back, for the simulator and for what
// the hub itself writes to devices. A number that its field cannot hold is a mistake of the program: RangeError.

export class OctetWriter {
  readonly #octets: number[] = [];

  #put(value: number, count: number, low: number, high: number): this {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new RangeError(`a field of ${count} octets holds whole numbers from ${low} to ${high}`);
    }
    let rest = value < 0 ? value + 256 ** count : value;
    for (let octet = 0; octet < count; octet++) {
      this.#octets.push(rest % 256);
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  /** An unsigned number of `count` octets, at most 6. */
  unsigned(value: number, count: number): this {
    return this.#put(value, count, 0, 256 ** count - 1);
  }
  /** A signed number of `count` octets, at most 6. */
  signed(value: number, count: number): this {
    return this.#put(value, count, -(256 ** count) / 2, 256 ** count / 2 - 1);
  }
  u8(value: number): this {
    return this.unsigned(value, 1);
  }
  u16(value: number): this {
    return this.unsigned(value, 2);
  }
  u32(value: number): this {
    return this.unsigned(value, 4);
  }
  s8(value: number): this {
    return this.signed(value, 1);
  }
  s16(value: number): this {
    return this.signed(value, 2);
  }
  bytes(octets: Iterable<number>): this {
    for (const octet of octets) this.#octets.push(octet);
    return this;
  }

  /** What `write` writes where the field is there. */
  when<Value>(value: Value | undefined, write: (value: Value, octets: this) => void): this {
    if (value !== undefined) write(value, this);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#octets);
  }
}

/** A flags field from its bits: bit n is set where `bits[n]` is true. */
export function flagsOf(...bits: readonly boolean[]): number {
  return bits.reduce((flags, bit, place) => (bit ? flags + 2 ** place : flags), 0);
}
