// What is subscribed on a device, and so taken when it comes. It outlives a lost link, for BlueZ arms it again by
// itself: a value that comes before this hub has set anything up again is heard, and none is heard twice.

import { isFault } from './bus-fault.ts';
import type { DeviceCalls } from './device-calls.ts';
import type { CharacteristicView } from './objects.ts';
import { MEASUREMENTS, UUID } from './profile.ts';

export type SubscriptionPorts = {
  readonly calls: DeviceCalls;
  /** @throws BusFault closed, where the link is over */
  stillThere(): void;
  /** The fault is one of the bond: it ends the connection. */
  isOfBond(error: unknown): boolean;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export class Subscription {
  readonly #ports: SubscriptionPorts;
  /** Characteristics whose values are taken, by path. */
  readonly #taken = new Map<string, number>();

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  /** Which characteristic it is; undefined: not subscribed, so that somebody read it, perhaps we. */
  of(path: string): number | undefined {
    return this.#taken.get(path);
  }

  /** All that measures, and the control points: before anything is asked of those. @throws BusFault */
  async begin(characteristics: readonly CharacteristicView[]): Promise<void> {
    for (const one of characteristics) {
      const { uuid } = one;
      if (uuid === undefined || uuid === UUID.battery || !isTold(one)) continue;
      if (!MEASUREMENTS.has(uuid) && uuid !== UUID.recordAccess && uuid !== UUID.glucoseContext) continue;
      await this.#take(one, uuid);
      this.#ports.stillThere();
    }
  }

  /** The battery, where it is told: whoever asks has read it before, and nothing is lost where it is refused. */
  async beginBattery(battery: CharacteristicView): Promise<void> {
    if (!battery.flags.includes('notify')) return;
    this.#taken.set(battery.path, UUID.battery);
    await this.#ports.calls.subscribe(battery).catch(() => undefined);
  }

  async #take(one: CharacteristicView, uuid: number): Promise<void> {
    // Somebody was here before us: BlueZ will tell each value once for each of us, and no copy can be told apart.
    if (one.notifying && !this.#taken.has(one.path))
      this.#ports.log('bluetooth-other-client', { characteristic: shortHex(uuid) });
    // Before the subscription: the first value may come with its answer.
    this.#taken.set(one.path, uuid);
    await this.#ports.calls.subscribe(one).catch((error: unknown) => {
      if (!isFault(error, 'remote') || this.#ports.isOfBond(error)) throw error;
      // One that the device does not give costs nothing of the others.
      this.#taken.delete(one.path);
      this.#ports.log('bluetooth-not-subscribed', { characteristic: shortHex(uuid) });
    });
  }
}

const isTold = ({ flags }: CharacteristicView): boolean =>
  flags.some((flag) => flag === 'notify' || flag === 'indicate');

/** A 16-bit UUID as documents write it, such as 2A37. */
export const shortHex = (uuid: number): string => uuid.toString(16).padStart(4, '0').toUpperCase();
