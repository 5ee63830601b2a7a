// An ear at the bus for whoever only looks: BlueZ's objects as one picture, kept as it changes, without keeping adapters
// and without connecting to anybody. What doctor stands on.

import type { PairingAgent } from './agent.ts';
import { BluezBus, type BusSignal } from './bus.ts';
import { BluezObjects, type Change } from './objects.ts';

export class Ear {
  readonly objects: BluezObjects = new BluezObjects();
  /** Asked by BlueZ about pairing, where there is one. */
  agent: PairingAgent | undefined;
  readonly #listeners = new Set<(change: Change) => void>();
  #bus: BluezBus | undefined;
  #loaded = false;
  readonly #early: BusSignal[] = [];

  private constructor() {}

  /** Connects to the bus at `address`, by default the system's. @throws BusFault closed, timeout */
  static async open(address: string | undefined): Promise<Ear> {
    const ear = new Ear();
    ear.#bus = await BluezBus.open(address, {
      signal: (signal) => ear.#hear(signal),
      owner: () => undefined,
      end: () => undefined,
      called: (call) => ear.agent?.called(call),
    });
    return ear;
  }

  get bus(): BluezBus {
    if (this.#bus === undefined) throw new Error('the bus is not open');
    return this.#bus;
  }

  /** Takes the picture of all that BlueZ shows. @throws BusFault */
  async look(): Promise<void> {
    await this.objects.load(this.bus);
    this.#loaded = true;
    for (const signal of this.#early.splice(0)) this.#hear(signal);
  }

  /** @returns ends it */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits until it holds, looking at every change. @returns whether it did, within `ms` */
  until(holds: () => boolean, ms: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        unlisten();
        resolve(held);
      };
      const timer = setTimeout(() => end(holds()), ms);
      const unlisten = this.listen(() => {
        if (holds()) end(true);
      });
    });
  }

  close(): void {
    this.#bus?.close();
  }

  #hear(signal: BusSignal): void {
    if (!this.#loaded) {
      this.#early.push(signal);
      return;
    }
    const change = this.objects.take(signal);
    if (change !== undefined) for (const listener of [...this.#listeners]) listener(change);
  }
}
