// How often a device says something while it is connected. Pure: it is told the time.

/** From so many values on, a device's rhythm is known. */
const STEADY_VALUES = 5;

export class Rhythm {
  #values = 0;
  /** The longest time between two values. */
  #gapMs = 0;
  #saidMs: number | undefined;
  #lastMs = 0;

  /** All is set up: from now on silence counts, for a device has time to say its first word. */
  begin(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** @param counts false while records are uploaded: they say nothing of the rhythm */
  said(nowMs: number, counts: boolean): void {
    if (counts) {
      if (this.#saidMs !== undefined) this.#gapMs = Math.max(this.#gapMs, nowMs - this.#saidMs);
      this.#values += 1;
    }
    this.#saidMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** When it last said something; undefined: nothing yet in this connection. */
  get saidMs(): number | undefined {
    return this.#saidMs;
  }

  /** The same, or when all was set up. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Whether it speaks so often that a silence of `silentMs` is a sign of trouble. */
  isSteady(silentMs: number): boolean {
    return this.#values >= STEADY_VALUES && this.#gapMs * 3 < silentMs;
  }
}
