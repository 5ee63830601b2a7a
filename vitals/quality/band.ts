// A band of frequencies of a stream, one sample at a time: a high pass and a low pass of second order in a row, each
// Butterworth (Q = 1/sqrt 2), by the bilinear formulae of R. Bristow-Johnson, "Cookbook formulae for audio equalizer
// biquad filter coefficients". Ten multiplications a sample.

type Section = { b0: number; b1: number; b2: number; a1: number; a2: number; z1: number; z2: number };

export class Band {
  readonly #low: Section;
  readonly #high: Section | undefined;

  /** @param lowHz lets through what is above; @param highHz what is below, unless it is beyond half the rate */
  constructor(rateHz: number, lowHz: number, highHz: number) {
    this.#low = section(rateHz, lowHz, 'high-pass');
    this.#high = highHz < 0.45 * rateHz ? section(rateHz, highHz, 'low-pass') : undefined;
  }

  pass(value: number): number {
    const above = step(this.#low, value);
    return this.#high === undefined ? above : step(this.#high, above);
  }

  /** As if this value had come for ever: a stream that begins far from zero rings for a second otherwise. */
  settle(value: number): void {
    // A high pass of a constant gives 0, so that the low pass behind it has seen nothing but zeros.
    this.#low.z1 = -this.#low.b0 * value;
    this.#low.z2 = this.#low.b2 * value;
    if (this.#high !== undefined) {
      this.#high.z1 = 0;
      this.#high.z2 = 0;
    }
  }
}

function section(rateHz: number, cornerHz: number, pass: 'low-pass' | 'high-pass'): Section {
  const w = (2 * Math.PI * cornerHz) / rateHz;
  const alpha = Math.sin(w) / Math.SQRT2;
  const cosine = Math.cos(w);
  const a0 = 1 + alpha;
  const b1 = pass === 'low-pass' ? 1 - cosine : -(1 + cosine);
  const b0 = Math.abs(b1) / 2;
  return {
    b0: b0 / a0,
    b1: b1 / a0,
    b2: b0 / a0,
    a1: (-2 * cosine) / a0,
    a2: (1 - alpha) / a0,
    z1: 0,
    z2: 0,
  };
}

/** Transposed direct form II. */
function step(s: Section, value: number): number {
  const out = s.b0 * value + s.z1;
  s.z1 = s.b1 * value - s.a1 * out + s.z2;
  s.z2 = s.b2 * value - s.a2 * out;
  return out;
}
