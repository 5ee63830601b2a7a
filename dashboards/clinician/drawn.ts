// How long the page takes from a message to its being drawn: the last leg from the sensor to the eye, told to the hub in
// numbers alone. One at a time is watched; a page that nobody sees draws nothing, and says nothing.

const KEPT_MAX = 32;
/** What takes longer was not drawing: the page was hidden, or the machine slept. */
const MS_MAX = 60_000;

export class Drawn {
  readonly #clock: () => number;
  readonly #frame: (task: () => void) => void;
  #arrivedMs: number | undefined;
  #waits = false;
  #took: number[] = [];

  /** @param clock ms; @param frame runs a task before the browser draws next */
  constructor(clock: () => number, frame: (task: () => void) => void) {
    this.#clock = clock;
    this.#frame = frame;
  }

  /** A message has arrived that is not drawn yet. */
  arrived(): void {
    if (!this.#waits) this.#arrivedMs ??= this.#clock();
  }

  /** Everything that has arrived was given to the page: it is drawn in the next frame. */
  given(): void {
    const arrivedMs = this.#arrivedMs;
    if (arrivedMs === undefined || this.#waits) return;
    this.#waits = true;
    this.#arrivedMs = undefined;
    // The frame after the next one begins when the next one was drawn.
    this.#frame(() =>
      this.#frame(() => {
        this.#waits = false;
        const tookMs = Math.round(this.#clock() - arrivedMs);
        if (tookMs >= 0 && tookMs <= MS_MAX && this.#took.length < KEPT_MAX) this.#took.push(tookMs);
      }),
    );
  }

  /** Those since the last time, ms. */
  take(): readonly number[] {
    const took = this.#took;
    this.#took = [];
    return took;
  }
}
