// Octets of sources by column.

/**
 * Octets of sources, each kept as its difference from the last ones of the same device and characteristic, place by
 * place: what does not change becomes zeros, which compress.
 */
export class Octets {
  readonly #last = new Map<number, Uint8Array>();

  differ(device: number, characteristic: number, octets: Uint8Array): Uint8Array {
    const last = this.#turn(device, characteristic, octets);
    return octets.map((octet, at) => octet - (last?.[at] ?? 0));
  }

  restore(device: number, characteristic: number, kept: Uint8Array): Uint8Array {
    const octets = new Uint8Array(kept.length);
    const last = this.#turn(device, characteristic, octets);
    for (const [at, octet] of kept.entries()) octets[at] = octet + (last?.[at] ?? 0);
    return octets;
  }

  /** The last ones, in whose place `octets` come. */
  #turn(device: number, characteristic: number, octets: Uint8Array): Uint8Array | undefined {
    const key = device * 0x1_0000 + characteristic;
    const last = this.#last.get(key);
    this.#last.set(key, octets);
    return last;
  }
}
