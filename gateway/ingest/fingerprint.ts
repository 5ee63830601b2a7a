// A fingerprint of what a message says, to tell a redelivery from a sequence number used twice. 32 bits by
// FNV-1a over whole numbers: no protection against an attacker, who needs none (a device can only deceive about
// itself), and about 0.1 µs a reading. It depends on what is stored alone, so that it can be made again from
// disk after a restart.

import { KINDS, type Measurement, toGrid } from '@heartwood/vitals';

const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

export class Fingerprint {
  #hash = BASIS;

  add(at: number | undefined, measurement: Measurement): void {
    this.#mix(KINDS[measurement.kind].code);
    this.#mixTime(at);
    if (measurement.quality !== undefined) this.#mixText(measurement.quality);
    if ('absent' in measurement) this.#mixText(measurement.absent);
    else if ('wave' in measurement) {
      const { lead, rateHz, gain, baseline, samples } = measurement.wave;
      this.#mixText(`${rateHz} ${gain} ${baseline} ${lead}`);
      this.#mix(samples.length);
      for (const sample of samples) this.#mix(sample);
    } else if ('value' in measurement) {
      this.#mix(toGrid(KINDS[measurement.kind], measurement.value));
    } else {
      const { parts } = KINDS['blood-pressure'];
      for (const part of ['systolic', 'diastolic', 'mean'] as const) {
        const value = measurement[part];
        this.#mix(value === undefined ? -1 : toGrid(parts[part], value));
      }
    }
  }

  get value(): number {
    return this.#hash >>> 0;
  }

  #mixTime(at: number | undefined): void {
    const time = at ?? -1;
    this.#mix(time % 0x1_0000_0000);
    this.#mix(Math.floor(time / 0x1_0000_0000));
  }

  #mixText(text: string): void {
    this.#mix(text.length);
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), PRIME);
    this.#hash ^= this.#hash >>> 15;
  }
}
