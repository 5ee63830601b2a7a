// Acknowledgements leave in the order the messages came (MQTT-4.6.0-2, MQTT-4.6.0-3), whatever the order in
// which the disk answers. One queue per connection; adding and settling are O(1) amortised.

/** One message waiting for its acknowledgement. */
export type Held = { release: () => void; settled: boolean };

export class InOrder {
  #queue: Held[] = [];
  #head = 0;

  /** How many messages wait. */
  get length(): number {
    return this.#queue.length - this.#head;
  }

  /** Takes a place in the order. `release` runs once, when this and everything before it is settled. */
  hold(release: () => void): Held {
    const held = { release, settled: false };
    this.#queue.push(held);
    return held;
  }

  /** Marks one message as done and releases whatever is now free at the head. */
  settle(held: Held): void {
    held.settled = true;
    for (let next = this.#queue[this.#head]; next?.settled; next = this.#queue[this.#head]) {
      this.#head += 1;
      next.release();
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Forgets everything that waits: the connection is gone and nothing may be acknowledged on it. */
  drop(): void {
    this.#queue = [];
    this.#head = 0;
  }
}
