// A set of whole numbers kept as ranges. A device's sequence rises by one, so that nearly always there is one
// range; a device that was away and sends its memory later leaves gaps, which are filled as it catches up.

export class SequenceSet {
  /** Pairs [first, last], ascending, neither touching nor overlapping. */
  readonly #bounds: number[];

  constructor(bounds: readonly number[] = []) {
    this.#bounds = [...bounds];
  }

  /** The ranges as a flat list first, last, first, last, … */
  get bounds(): readonly number[] {
    return this.#bounds;
  }

  /** How many ranges there are. */
  get ranges(): number {
    return this.#bounds.length / 2;
  }

  has(value: number): boolean {
    const at = this.#rangeFrom(value);
    return at >= 0 && (this.#bounds[at + 1] as number) >= value;
  }

  /** Adds a number. O(1) at the end, O(ranges) elsewhere. */
  add(value: number): void {
    const at = this.#rangeFrom(value);
    const touchesBelow = at >= 0 && (this.#bounds[at + 1] as number) >= value - 1;
    if (touchesBelow && (this.#bounds[at + 1] as number) >= value) return;
    const above = at + 2;
    const touchesAbove = above < this.#bounds.length && this.#bounds[above] === value + 1;
    if (touchesBelow && touchesAbove) this.#bounds.splice(at + 1, 2);
    else if (touchesBelow) this.#bounds[at + 1] = value;
    else if (touchesAbove) this.#bounds[above] = value;
    else this.#bounds.splice(above, 0, value, value);
  }

  /** Takes the numbers between the first two ranges for added. */
  closeFirstGap(): void {
    if (this.ranges > 1) this.#bounds.splice(1, 2);
  }

  /** Index of the last range that starts at or below `value`, or -2 when there is none. */
  #rangeFrom(value: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    // Most numbers come at the end: look there first.
    if (high > 0 && (this.#bounds[2 * high - 2] as number) <= value) return 2 * high - 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[2 * middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    return 2 * (low - 1);
  }
}
