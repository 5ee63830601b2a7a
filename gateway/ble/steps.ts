// The steps of a glucose sensor: it measures every so many minutes, and one that it did not tell is missed. From then on
// nothing is gone on from, so that the next upload begins before the gap.

export class Steps {
  #lastMs: number | undefined;
  #stepMs = Infinity;
  #missed = false;

  /** A record of an upload: whatever was missed is asked for. */
  begin(atMs: number): void {
    this.#missed = false;
    this.#note(atMs);
  }

  /** Whether a record that came by itself follows the one before, and none was missed since the last upload. */
  isNext(atMs: number): boolean {
    const before = this.#lastMs;
    const stepMs = this.#stepMs;
    this.#note(atMs);
    if (before !== undefined && atMs - before > 1.5 * stepMs) this.#missed = true;
    return !this.#missed;
  }

  #note(atMs: number): void {
    const stepMs = atMs - (this.#lastMs ?? atMs);
    if (stepMs > 0) this.#stepMs = Math.min(this.#stepMs, stepMs);
    this.#lastMs = atMs;
  }
}
