// The samples that came beside a message's JSON: taken in the order of its waveforms, each once, none left over.

import { unpackSamples } from '@heartwood/vitals';
import { Malformed } from './fields.ts';

export class Packed {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Int32Array {
    const unpacked = unpackSamples(this.#bytes, this.#at, count);
    if (unpacked === undefined) throw new Malformed('the samples are fewer than the waveforms say');
    this.#at = unpacked.end;
    return unpacked.samples;
  }

  /** @throws Malformed where some belong to no waveform */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Malformed('there are more samples than the waveforms say');
  }
}
