// The last readings of each patient and kind, in memory: what a page that has just opened shows. Only committed
// readings come in here. Across a restart the last one of each kind and device is kept (sealed) with each batch: of each
// device, since the alarms must know when it was heard, also where another one measures the same.

import type { CommittedReading, FeedReading } from './feed-reading.ts';

const NUMBERS_MAX = 60;
const WAVES_MAX = 4;

/** One that came back from disk is known as a page gets it, and no other way. */
type Recalled = CommittedReading | { readonly restored: FeedReading };
type Kinds = Map<string, OfKind>;
/** Of one kind: the last readings, oldest first, and each device's last, which is the so-manieth of all. */
type OfKind = { readonly readings: Recalled[]; readonly lastByDevice: Map<string, Last> };
type Last = { reading: Recalled; nth: number };

const shown = (one: Recalled): FeedReading => ('restored' in one ? one.restored : one.feed());

/** A chart of what somebody saw before what is charted already: that stays the last. */
function isChartOfBefore(one: Recalled, last: Recalled): boolean {
  const [now, before] = [timesOf(one), timesOf(last)];
  return now.origin === 'person' && (now.at ?? now.received) < (before.at ?? before.received);
}
const timesOf = (one: Recalled): Pick<FeedReading, 'origin' | 'at' | 'received'> =>
  'restored' in one ? one.restored : one.kept;

export class Recent {
  readonly #bySlot = new Map<number, Kinds>();
  readonly #lastByDevice = new Map<string, number>();
  readonly #changed = new Set<number>();
  #count = 0;

  add(slot: number, reading: CommittedReading): void {
    const { measurement, received } = reading.kept;
    this.#push(slot, measurement.kind, reading, 'wave' in measurement ? WAVES_MAX : NUMBERS_MAX);
    this.#lastByDevice.set(reading.device, received);
    this.#changed.add(slot);
  }

  #push(slot: number, kind: string, reading: Recalled, max: number): void {
    let kinds = this.#bySlot.get(slot);
    if (kinds === undefined) {
      kinds = new Map();
      this.#bySlot.set(slot, kinds);
    }
    let ofKind = kinds.get(kind);
    if (ofKind === undefined) {
      ofKind = { readings: [], lastByDevice: new Map() };
      kinds.set(kind, ofKind);
    }
    const { readings, lastByDevice } = ofKind;
    readings.push(reading);
    if (readings.length > max) readings.shift();
    const device = 'restored' in reading ? reading.restored.device : reading.device;
    const last = lastByDevice.get(device);
    const nth = this.#count++;
    if (last === undefined) lastByDevice.set(device, { reading, nth });
    else if (!isChartOfBefore(reading, last.reading)) {
      last.reading = reading;
      last.nth = nth;
    }
  }

  /** @param share of them, the newest of each kind: two at least, so that a line can be drawn */
  of(slot: number, share = 1): Readonly<Record<string, readonly FeedReading[]>> {
    const kinds = [...(this.#bySlot.get(slot) ?? [])];
    const count = Math.max(2, Math.floor(share * NUMBERS_MAX));
    return Object.fromEntries(kinds.map(([kind, { readings }]) => [kind, readings.slice(-count).map(shown)]));
  }

  /** The hub's clock when a device was last heard, ms; undefined: not since the start. */
  lastReceived(device: string): number | undefined {
    return this.#lastByDevice.get(device);
  }

  /** The slots that changed since `kept` was last called, each with the text that `restore` takes. */
  *changed(): Generator<[slot: number, text: string]> {
    for (const slot of this.#changed) {
      const kinds = this.#bySlot.get(slot)?.values() ?? [];
      // In the order in which they were heard: whoever takes them up again ends with the newest.
      const last = [...kinds].flatMap(({ lastByDevice }) =>
        [...lastByDevice.values()].sort((a, b) => a.nth - b.nth).map(({ reading }) => reading),
      );
      const heads = last.map((one) => ('restored' in one ? one.restored : one.head()));
      yield [slot, JSON.stringify(heads.filter(({ wave }) => wave === undefined))];
    }
  }

  /** What changed is on disk. */
  kept(): void {
    this.#changed.clear();
  }

  restore(slot: number, readings: readonly FeedReading[]): void {
    for (const restored of readings) {
      this.#push(slot, restored.kind, { restored }, NUMBERS_MAX);
      const { device, received } = restored;
      this.#lastByDevice.set(device, Math.max(received, this.#lastByDevice.get(device) ?? 0));
    }
  }
}
