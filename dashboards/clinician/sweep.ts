// The paper of a waveform strip: samples in, one low and one high per pixel column out, written from left to
// right and over the oldest again, as a bedside monitor does. Pure: the canvas only draws what stands here.
//
// Min-max per column, never plain decimation: the peak of an R wave is 10 ms wide and would be missed otherwise.
// What was not measured is a gap, and where nothing comes the sweep goes on over blank paper: a trace that stands
// still would pass for a patient.

/** A stretch of samples in physical units; NaN where nothing was measured. */
export type Stretch = { readonly id: string; readonly startMs: number; readonly samples: Float64Array };

/** How long the trace waits for a late frame before it runs on blank, ms. */
const WAIT_MAX_MS = 1_500;
/** A backlog longer than this (the tab was hidden) is cut to `BACKLOG_KEPT_MS`, ms. */
const BACKLOG_MAX_MS = 4_000;
const BACKLOG_KEPT_MS = 1_000;

export class Sweep {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly #rateHz: number;
  readonly #samplesPerColumn: number;
  #queue: Float64Array = new Float64Array(0);
  #seen: string | undefined;
  #endMs: number | undefined;
  #waitedMs = 0;
  #column = 0;
  #inColumn = 0;
  #due = 0;

  /** Paper of `columns` pixel columns that passes in `columns / columnsPerSecond` seconds. */
  constructor(columns: number, columnsPerSecond: number, rateHz: number) {
    this.low = new Float32Array(columns).fill(Number.NaN);
    this.high = new Float32Array(columns).fill(Number.NaN);
    this.#rateHz = rateHz;
    this.#samplesPerColumn = rateHz / columnsPerSecond;
  }

  /** The column that is being written. */
  get column(): number {
    return this.#column;
  }

  /** Queues the stretches that follow the last one queued, with a gap where time is missing between two. */
  push(stretches: readonly Stretch[]): void {
    const next = stretches.findIndex((each) => each.id === this.#seen) + 1;
    for (const stretch of stretches.slice(next)) {
      const missingMs = this.#endMs === undefined ? 0 : stretch.startMs - this.#endMs;
      const durationMs = (stretch.samples.length / this.#rateHz) * 1000;
      // Below half a frame it is jitter of the clock that stamped it.
      const gap = missingMs > durationMs / 2 ? Math.min(missingMs, BACKLOG_MAX_MS) : 0;
      const blank = new Float64Array(Math.round((gap / 1000) * this.#rateHz)).fill(Number.NaN);
      this.#queue = join(this.#queue, blank, stretch.samples);
      this.#seen = stretch.id;
      this.#endMs = stretch.startMs + durationMs;
    }
    const kept = Math.round((BACKLOG_KEPT_MS / 1000) * this.#rateHz);
    if (this.#queue.length > (BACKLOG_MAX_MS / 1000) * this.#rateHz)
      this.#queue = join(new Float64Array([Number.NaN]), this.#queue.slice(-kept));
  }

  /** Writes what is due after `elapsedMs`; `Infinity` writes all that is queued. */
  advance(elapsedMs: number): void {
    if (elapsedMs === Number.POSITIVE_INFINITY) {
      this.#write(this.#queue);
      this.#queue = new Float64Array(0);
      return;
    }
    this.#due += (elapsedMs / 1000) * this.#rateHz;
    const count = Math.floor(this.#due);
    this.#due -= count;
    if (this.#queue.length > 0) this.#waitedMs = 0;
    this.#write(this.#queue.subarray(0, count));
    const short = count - this.#queue.length;
    this.#queue = this.#queue.slice(count);
    if (short <= 0) return;
    this.#waitedMs += (short / this.#rateHz) * 1000;
    if (this.#waitedMs > WAIT_MAX_MS) this.#write(new Float64Array(short).fill(Number.NaN));
  }

  #write(samples: Float64Array): void {
    for (const sample of samples) {
      const low = this.low[this.#column];
      const high = this.high[this.#column];
      // `!(a <= b)` is true for the NaN of a fresh column, too.
      if (!Number.isNaN(sample)) {
        if (low === undefined || !(low <= sample)) this.low[this.#column] = sample;
        if (high === undefined || !(high >= sample)) this.high[this.#column] = sample;
      }
      this.#inColumn++;
      while (this.#inColumn >= this.#samplesPerColumn) {
        this.#inColumn -= this.#samplesPerColumn;
        this.#column = (this.#column + 1) % this.low.length;
        // A slow sample covers whole columns: it is held, never interpolated.
        const held = this.#inColumn >= this.#samplesPerColumn ? sample : Number.NaN;
        this.low[this.#column] = held;
        this.high[this.#column] = held;
      }
    }
  }
}

function join(...parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
