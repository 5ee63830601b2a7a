// Keys of an entry: a map whose keys are integers that rise, read in that order and no other.

import { type CborReader, EntryError } from './cbor-reader.ts';
import { COUNTER_MAX } from './limit.ts';

/** `value` itself where it is an integer from `low` to `high`; else throws `EntryError`. */
export function checkInt(value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new EntryError('out-of-range', 'a number is outside of its limits');
}

/** Walks a map whose keys are integers that rise; the order of the calls is the order of the keys. */
export class KeyReader {
  readonly #reader: CborReader;
  #left: number;
  #key = -1;
  #open = false;

  constructor(reader: CborReader) {
    this.#reader = reader;
    this.#left = reader.map();
  }

  /** Whether `key` comes next; if so its value is to be read. */
  has(key: number): boolean {
    if (!this.#open) {
      if (this.#left === 0) return false;
      const next = this.#reader.head(0);
      if (next <= this.#key) throw new EntryError('not-deterministic', 'keys do not rise');
      this.#key = next;
      this.#left -= 1;
      this.#open = true;
    }
    if (this.#key !== key) return false;
    this.#open = false;
    return true;
  }

  /** `key` must come next; its value is to be read. */
  enter(key: number): void {
    if (this.has(key)) return;
    const code = this.#open && this.#key < key ? 'unknown-key' : 'missing-key';
    throw new EntryError(code, `key ${key} is due`);
  }

  /** The unsigned integer of a key that must be there. */
  required(key: number, max: number = COUNTER_MAX): number {
    this.enter(key);
    return checkInt(this.#reader.head(0), 0, max);
  }

  /** The unsigned integer of a key that may be there. */
  optional(key: number, max: number): number | undefined {
    return this.has(key) ? checkInt(this.#reader.head(0), 0, max) : undefined;
  }

  /** No further key may come. */
  end(): void {
    if (this.#open || this.#left > 0) throw new EntryError('unknown-key', 'a key has no place in this entry');
  }
}
