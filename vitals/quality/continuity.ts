// Frames of a waveform laid end to end, by the device's own clock: what is missing between two is known to be missing, and
// what comes twice or out of turn is left out.

export type Joint =
  /** It follows the last one; so many samples are missing before it (0: none). */
  | { readonly kind: 'follows'; readonly missing: number }
  /** Too much is missing, or the clock was set: the stream begins anew. */
  | { readonly kind: 'begins' }
  /** It was there already, or belongs before what is there. */
  | { readonly kind: 'stale' };

/** What is missing is worth keeping count of; longer is another stretch. */
const GAP_MAX_MS = 10_000;

export class Continuity {
  #endMs: number | undefined;

  /** Where a frame belongs. @param atMs of its first sample; undefined where the device has no clock: it follows */
  join(atMs: number | undefined, samples: number, rateHz: number): Joint {
    const lengthMs = (samples * 1000) / rateHz;
    const expected = this.#endMs;
    if (expected === undefined || atMs === undefined) {
      this.#endMs = (atMs ?? expected ?? 0) + lengthMs;
      return expected === undefined ? { kind: 'begins' } : { kind: 'follows', missing: 0 };
    }
    const offMs = atMs - expected;
    if (Math.abs(offMs) > GAP_MAX_MS) {
      this.#endMs = atMs + lengthMs;
      return { kind: 'begins' };
    }
    // A frame that repeats begins a whole frame early; a clock that is rounded or drifts is off by some milliseconds.
    const slackMs = Math.min(lengthMs / 2, 100);
    if (offMs < -slackMs) return { kind: 'stale' };
    // A small step is the clock's own: to follow it keeps it from adding up.
    this.#endMs = atMs + lengthMs;
    return { kind: 'follows', missing: offMs <= slackMs ? 0 : Math.round((offMs * rateHz) / 1000) };
  }
}
