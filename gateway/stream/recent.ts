// The last readings of each patient and kind, in memory: what a page that has just opened shows. Only committed
// readings come in here. Across a restart the last one of each kind is kept (sealed) with each batch.

import type { FeedReading } from './feed-reading.ts';

const NUMBERS_MAX = 60;
const WAVES_MAX = 4;

type Kinds = Map<string, FeedReading[]>;

export class Recent {
  readonly #bySlot = new Map<number, Kinds>();
  readonly #lastByDevice = new Map<string, number>();
  readonly #changed = new Set<number>();

  add(slot: number, reading: FeedReading): void {
    let kinds = this.#bySlot.get(slot);
    if (kinds === undefined) {
      kinds = new Map();
      this.#bySlot.set(slot, kinds);
    }
    let readings = kinds.get(reading.kind);
    if (readings === undefined) {
      readings = [];
      kinds.set(reading.kind, readings);
    }
    readings.push(reading);
    if (readings.length > (reading.wave === undefined ? NUMBERS_MAX : WAVES_MAX)) readings.shift();
    this.#lastByDevice.set(reading.device, reading.received);
    this.#changed.add(slot);
  }

  of(slot: number): Readonly<Record<string, readonly FeedReading[]>> {
    return Object.fromEntries(this.#bySlot.get(slot) ?? []);
  }

  /** The hub's clock when a device was last heard, ms; undefined: not since the start. */
  lastReceived(device: string): number | undefined {
    return this.#lastByDevice.get(device);
  }

  /** The slots that changed since `kept` was last called, each with the text that `restore` takes. */
  *changed(): Generator<[slot: number, text: string]> {
    for (const slot of this.#changed) {
      const last = [...(this.#bySlot.get(slot) ?? [])].flatMap(([, readings]) => readings.at(-1) ?? []);
      yield [slot, JSON.stringify(last.filter((reading) => reading.wave === undefined))];
    }
  }

  /** What changed is on disk. */
  kept(): void {
    this.#changed.clear();
  }

  restore(slot: number, text: string): void {
    for (const reading of JSON.parse(text) as FeedReading[]) this.add(slot, reading);
    this.#changed.delete(slot);
  }
}
