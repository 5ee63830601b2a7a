// The newest numbers of a stream that has no end, each by its number from the stream's beginning.

export class Ring {
  readonly #values: Float64Array;
  readonly #mask: number;
  #count = 0;

  /** @param least how many numbers must be remembered; more are */
  constructor(least: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, least)));
    this.#values = new Float64Array(size);
    this.#mask = size - 1;
  }

  /** How many came in all: the newest has the number `count - 1`. */
  get count(): number {
    return this.#count;
  }

  /** The oldest that is still remembered. */
  get oldest(): number {
    return Math.max(0, this.#count - this.#values.length);
  }

  push(value: number): void {
    this.#values[this.#count & this.#mask] = value;
    this.#count += 1;
  }

  /** 0 before the beginning; what is no longer remembered is another number's. */
  at(index: number): number {
    return index < 0 ? 0 : (this.#values[index & this.#mask] as number);
  }

  set(index: number, value: number): void {
    this.#values[index & this.#mask] = value;
  }

  /** From (inclusive) to (exclusive), as far as they are remembered. */
  slice(from: number, to: number): Float64Array {
    const begin = Math.max(from, this.oldest);
    const end = Math.min(to, this.#count);
    const part = new Float64Array(Math.max(0, end - begin));
    for (let i = 0; i < part.length; i += 1) part[i] = this.at(begin + i);
    return part;
  }
}
