// Reads a characteristic's octets from first to last, little-endian, never past the end. A field that a flag
// promises and the octets do not hold is told apart from a value that is too short altogether.
//
// Flag bits that the specification reserves are ignored, for real devices set them. A later version of a
// specification gives such a bit a field at the end; so octets left over are refused only where no reserved bit
// is set.

import { type Decoded, refuse, Unreadable } from './refusal.ts';

export class OctetReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #promised = false;
  #unknownFlags = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Octets not yet read. */
  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  #take(count: number): number {
    if (this.left < count) {
      const reason = this.#promised ? 'flag-without-data' : 'too-short';
      refuse(reason, `${count} octets are due after octet ${this.#at}, ${this.left} are there`);
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  s8(): number {
    return this.#view.getInt8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  s16(): number {
    return this.#view.getInt16(this.#take(2), true);
  }
  u24(): number {
    const at = this.#take(3);
    return this.#view.getUint16(at, true) + this.#view.getUint8(at + 2) * 0x1_0000;
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  u40(): number {
    const at = this.#take(5);
    return this.#view.getUint32(at, true) + this.#view.getUint8(at + 4) * 0x1_0000_0000;
  }
  u48(): number {
    const at = this.#take(6);
    return this.#view.getUint32(at, true) + this.#view.getUint16(at + 4, true) * 0x1_0000_0000;
  }

  /** The next `count` octets, a copy: the caller's buffer may be used again. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.slice(at, at + count);
  }

  /** A flags field of 8 bits. `known` are the bits that have a meaning. */
  flags8(known: number): number {
    return this.#flags(this.u8(), known);
  }
  /** A flags field of 16 bits. `known` are the bits that have a meaning. */
  flags16(known: number): number {
    return this.#flags(this.u16(), known);
  }
  #flags(flags: number, known: number): number {
    if ((flags & ~known) !== 0) this.#unknownFlags = true;
    return flags & known;
  }

  /** What `read` reads where a flag says that it is there (`flag` is not 0), else undefined. */
  when<Value>(flag: number, read: () => Value): Value | undefined {
    if (flag === 0) return undefined;
    this.#promised = true;
    const value = read();
    this.#promised = false;
    return value;
  }

  /** Refuses octets that nothing explains. */
  end(): void {
    if (this.left > 0 && !this.#unknownFlags) refuse('too-long', `${this.left} octets are left over`);
  }
}

/** Decodes all of `bytes` with `read`; a refusal inside becomes the outcome. */
export function decodeWith<Value>(bytes: Uint8Array, read: (octets: OctetReader) => Value): Decoded<Value> {
  try {
    const octets = new OctetReader(bytes);
    const value = read(octets);
    octets.end();
    return { kind: 'decoded', value };
  } catch (thrown) {
    if (thrown instanceof Unreadable)
      return { kind: 'refused', reason: thrown.reason, detail: thrown.detail };
    throw thrown;
  }
}

type Undefinable<Value> = { readonly [Field in keyof Value]: Value[Field] | undefined };

/** A structure without its undefined fields: what a characteristic does not say is not in the value. */
export function present<Value extends object>(fields: Undefinable<Required<Value>>): Value {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept as Value;
}
