// Who is there: when each device was last heard over the air, by the path of its object. A device is shown by every
// adapter that hears it, and BlueZ goes on showing one that has left.

import type { BluezObjects } from './objects.ts';

/** `/org/bluez/hci0/dev_…` of anything below it. */
export const deviceOf = (path: string): string => path.split('/', 5).join('/');
/** `/org/bluez/hci0` of anything below it. */
export const adapterOf = (path: string): string => path.split('/', 4).join('/');
/** `hci0` of an adapter's path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class Presence {
  readonly #objects: BluezObjects;
  readonly #presentMs: number;
  readonly #seenMs = new Map<string, number>();

  /** @param presentMs how long a device counts as there after it was last heard */
  constructor(objects: BluezObjects, presentMs: number) {
    this.#objects = objects;
    this.#presentMs = presentMs;
  }

  heard(path: string, nowMs: number): void {
    this.#seenMs.set(path, nowMs);
  }

  forget(path: string): void {
    this.#seenMs.delete(path);
  }

  /** What BlueZ had heard before we came. */
  begin(nowMs: number): void {
    for (const { path, connected, rssi } of this.#objects.devices())
      if (connected || rssi !== undefined) this.heard(path, nowMs);
  }

  agoMs(path: string, nowMs: number): number | undefined {
    const seenMs = this.#seenMs.get(path);
    return seenMs === undefined ? undefined : nowMs - seenMs;
  }

  isPresent(path: string, nowMs: number): boolean {
    return (this.agoMs(path, nowMs) ?? Infinity) < this.#presentMs;
  }
}
