// Where an enrolled device is: by which objects of BlueZ's it can be connected. One that is enrolled by its address is
// where that address is. One that is enrolled by its serial number may be behind any: it is asked for it, once for
// each object, and whoever says another number is let go untouched and not asked again.

import type { BluezObjects } from './objects.ts';
import type { Presence } from './presence.ts';
import { HEALTH_SERVICES } from './profile.ts';
import type { Wearing } from './wearing.ts';

/** Those who pass by in the street, with an address that is another every quarter of an hour, do not pile up. */
const REMEMBERED_MAX = 1_000;

export class Whereabouts {
  readonly #objects: BluezObjects;
  readonly #presence: Presence;
  /** By object path, which an address makes: what was said there, also after BlueZ has forgotten it. */
  readonly #serials = new Map<string, string>();
  /** Where nothing could be learned: not again before this. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(objects: BluezObjects, presence: Presence) {
    this.#objects = objects;
    this.#presence = presence;
  }

  /** The device at `path` has said its serial number. */
  said(path: string, serial: string): void {
    remember(this.#serials, path, serial);
  }

  /** It could not be asked, or says none. */
  unknown(path: string, untilMs: number): void {
    remember(this.#notBeforeMs, path, Math.max(untilMs, this.#notBeforeMs.get(path) ?? 0));
  }

  /** The enrolled device at an object path. */
  who(path: string, all: readonly Wearing[]): Wearing | undefined {
    return all.find((one) => this.isAt(one, path));
  }

  /** Whether it is this device that is at `path`, as far as that is known. */
  isAt({ address, serial }: Wearing, path: string): boolean {
    if (serial !== undefined) return this.#serials.get(path) === serial;
    return this.#objects.device(path)?.address === address;
  }

  /** Paths where the device is heard now, or may be. */
  of(one: Wearing, all: readonly Wearing[], nowMs: number): readonly string[] {
    const present = this.#objects.devices().filter(({ path }) => this.#presence.isPresent(path, nowMs));
    const known = present.filter(({ path }) => this.isAt(one, path));
    if (one.serial === undefined || known.length > 0) return known.map(({ path }) => path);
    const enrolled = new Set(all.map(({ address }) => address));
    return present
      .filter(
        ({ path, address, services }) =>
          !enrolled.has(address) &&
          !this.#serials.has(path) &&
          nowMs >= (this.#notBeforeMs.get(path) ?? 0) &&
          services.some((uuid) => HEALTH_SERVICES.has(uuid)),
      )
      .map(({ path }) => path);
  }
}

function remember<T>(map: Map<string, T>, path: string, value: T): void {
  map.delete(path);
  map.set(path, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED_MAX && oldest !== undefined) map.delete(oldest);
}
