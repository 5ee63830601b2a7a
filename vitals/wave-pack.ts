// Samples of a waveform in few bytes: each as its difference from the one before, zigzagged, seven bits a byte, lowest
// first. A quiet ECG takes one byte a sample where JSON takes five. The inverse: unpackSamples(packSamples(s), 0,
// s.length).samples equals s, for any 32-bit integers. It runs in a browser, on bytes that nobody has vouched for.

const BYTES_MAX = 5;

/** The samples, each 1 to 5 bytes: `zigzag(sample[i] − sample[i − 1])`, before the first 0; 32-bit differences wrap. */
export function packSamples(samples: Int32Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(samples.length * BYTES_MAX);
  let at = 0;
  let before = 0;
  for (const sample of samples) {
    const step = (sample - before) | 0;
    before = sample;
    let rest = ((step << 1) ^ (step >> 31)) >>> 0;
    while (rest >= 0x80) {
      out[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    out[at++] = rest;
  }
  return out.slice(0, at);
}

/**
 * Reads `count` samples from `bytes` at `start`; `end` is where the next begins. Undefined where the bytes end before, or
 * a number is longer than 32 bits.
 */
export function unpackSamples(
  bytes: Uint8Array,
  start: number,
  count: number,
): { readonly samples: Int32Array; readonly end: number } | undefined {
  // At least a byte each: a count that the bytes cannot hold allocates nothing.
  if (count > bytes.length - start) return undefined;
  const samples = new Int32Array(count);
  let at = start;
  let before = 0;
  for (let i = 0; i < count; i++) {
    let zigzag = 0;
    for (let place = 0; ; place++) {
      const byte = bytes[at++];
      if (byte === undefined || place === BYTES_MAX || (place === BYTES_MAX - 1 && byte > 0x0f))
        return undefined;
      zigzag |= (byte & 0x7f) << (7 * place);
      if (byte < 0x80) break;
    }
    before = (before + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
    samples[i] = before;
  }
  return { samples, end: at };
}
