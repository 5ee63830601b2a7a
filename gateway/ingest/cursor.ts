// What a device has already delivered. A message is named by device, boot and sequence; a second one of that
// name is a redelivery when its content is the same, and a fault of the device when it is not. A redelivery is
// acknowledged and dropped; a fault goes to the quarantine, because a reading must never vanish silently.
//
// Which sequences are stored is kept for ever (as ranges). Fingerprints are kept for the last messages only:
// brokers and devices send again what was not acknowledged, and that is always recent.

import { SequenceSet } from './sequence-set.ts';

/** A device that restarts its sequence more often than this, without an end, forgets the oldest runs. */
const BOOTS_MAX = 256;
/** A device may leave this many gaps open in one run. */
const RANGES_MAX = 8192;
/** MQTT allows 65,535 messages in flight; real devices have up to a few dozen. */
const RECENT_MAX = 512;

export type Seen =
  /** Not delivered before. */
  | 'new'
  /** The same message again. */
  | 'duplicate'
  /** The same name with another content, or too long ago to tell. */
  | 'reused'
  /** The device has left so many gaps that this one can no longer be told from a repetition. */
  | 'too-scattered';

/** No boot given: the device keeps its sequence across restarts. */
const NO_BOOT = -1;

export class DeviceCursor {
  /** By boot, in order of first appearance. */
  readonly #stored: Map<number, SequenceSet>;
  /** Fingerprints of the last messages, by boot and sequence, oldest first. */
  readonly #recent: Map<string, number>;

  constructor(stored: Map<number, SequenceSet> = new Map(), recent: Map<string, number> = new Map()) {
    this.#stored = stored;
    this.#recent = recent;
  }

  look(boot: number | undefined, seq: number, fingerprint: number): Seen {
    const set = this.#stored.get(boot ?? NO_BOOT);
    if (set === undefined) return 'new';
    if (!set.has(seq)) return set.ranges < RANGES_MAX ? 'new' : 'too-scattered';
    return this.#recent.get(`${boot ?? NO_BOOT}.${seq}`) === fingerprint ? 'duplicate' : 'reused';
  }

  add(boot: number | undefined, seq: number, fingerprint: number): void {
    const run = boot ?? NO_BOOT;
    let set = this.#stored.get(run);
    if (set === undefined) {
      set = new SequenceSet();
      this.#stored.set(run, set);
      if (this.#stored.size > BOOTS_MAX) this.#stored.delete(this.#stored.keys().next().value as number);
    }
    set.add(seq);
    this.#recent.set(`${run}.${seq}`, fingerprint);
    if (this.#recent.size > RECENT_MAX) this.#recent.delete(this.#recent.keys().next().value as string);
  }

  /** What must survive a restart: the ranges. Fingerprints come back from the last segments. */
  format(): string {
    return JSON.stringify([...this.#stored].map(([boot, set]) => [boot, set.bounds]));
  }

  static parse(text: string): DeviceCursor {
    const kept = JSON.parse(text) as [number, number[]][];
    return new DeviceCursor(new Map(kept.map(([boot, bounds]) => [boot, new SequenceSet(bounds)])));
  }
}
