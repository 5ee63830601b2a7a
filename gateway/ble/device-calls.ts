// What BlueZ is asked to do with one device: connect, pair, let go; read, write and subscribe its characteristics.
// Each call has its time, and what BlueZ answers in vain is no fault.

import type { BluezBus } from './bus.ts';
import { typed } from './bus.ts';
import { BusFault, isFault } from './bus-fault.ts';
import { CHARACTERISTIC, type CharacteristicView, DEVICE } from './objects.ts';
import type { Timing } from './timing.ts';

export class DeviceCalls {
  readonly #path: string;
  readonly #bus: BluezBus;
  readonly #timing: Timing;

  /** @param path of the device's object */
  constructor(path: string, bus: BluezBus, timing: Timing) {
    this.#path = path;
    this.#bus = bus;
    this.#timing = timing;
  }

  /** @throws BusFault */
  async connect(): Promise<void> {
    await this.#onDevice('Connect', this.#timing.connectMs);
  }

  /** Makes a bond. @throws BusFault */
  async pair(): Promise<void> {
    try {
      await this.#onDevice('Pair', this.#timing.pairMs);
    } catch (error) {
      // Nobody answered in time: bluetoothd is told, or it asks on.
      if (isFault(error, 'timeout')) void this.#quietly('CancelPairing');
      throw error;
    }
  }

  /** Never rejects: what is left of a link ends by itself. */
  async disconnect(): Promise<void> {
    await this.#quietly('Disconnect', this.#timing.disconnectMs);
  }

  /** @throws BusFault */
  readonly read = async ({ path }: CharacteristicView): Promise<Uint8Array> => {
    const [octets] = await this.#onCharacteristic(path, 'ReadValue', 'a{sv}', [{ offset: typed('q', 0) }]);
    return Uint8Array.from(octets as ArrayLike<number>);
  };

  /** With response: RACP is not to be written otherwise, and a clock that was not taken is to be heard of. @throws BusFault */
  readonly write = async ({ path }: CharacteristicView, octets: Uint8Array): Promise<void> => {
    await this.#onCharacteristic(path, 'WriteValue', 'aya{sv}', [
      Buffer.from(octets),
      { offset: typed('q', 0), type: typed('s', 'request') },
    ]);
  };

  /** @throws BusFault */
  readonly subscribe = async ({ path }: CharacteristicView): Promise<void> => {
    await this.#onCharacteristic(path, 'StartNotify', '', []).catch((error: unknown) => {
      // BlueZ has armed it already.
      if (!isFault(error, 'InProgress')) throw error;
    });
  };

  async #onDevice(member: string, timeoutMs: number): Promise<void> {
    await this.#bus.call({ path: this.#path, iface: DEVICE, member, timeoutMs }).catch((error: unknown) => {
      const known = error instanceof BusFault && /^Already(Connected|Exists)$/.test(error.bluez);
      if (!known) throw error;
    });
  }

  async #quietly(member: string, timeoutMs?: number): Promise<void> {
    await this.#bus
      .call({ path: this.#path, iface: DEVICE, member, ...(timeoutMs !== undefined && { timeoutMs }) })
      .catch(() => undefined);
  }

  #onCharacteristic(
    path: string,
    member: string,
    signature: string,
    body: readonly unknown[],
  ): Promise<readonly unknown[]> {
    const timeoutMs = this.#timing.callMs;
    return this.#bus.call({ path, iface: CHARACTERISTIC, member, signature, body, timeoutMs });
  }
}
