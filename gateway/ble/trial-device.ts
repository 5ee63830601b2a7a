// A device in doctor's hands: connected, touched, subscribed and let go, each step with its time and its fault.

import { typed } from './bus.ts';
import { BusFault, isFault } from './bus-fault.ts';
import type { Ear } from './ear.ts';
import { CHARACTERISTIC, type CharacteristicView, DEVICE } from './objects.ts';
import { MEASUREMENTS } from './profile.ts';
import type { Timing } from './timing.ts';

export class TrialDevice {
  readonly path: string;
  readonly #ear: Ear;
  readonly #timing: Timing;
  readonly #ticks: () => number;

  constructor(ear: Ear, path: string, timing: Timing, ticks: () => number) {
    this.path = path;
    this.#ear = ear;
    this.#timing = timing;
    this.#ticks = ticks;
  }

  get paired(): boolean {
    return this.#ear.objects.device(this.path)?.paired === true;
  }

  get connected(): boolean {
    const view = this.#ear.objects.device(this.path);
    // At a first connection BlueZ may not say Connected: known services say it too.
    return view !== undefined && (view.connected || view.resolved);
  }

  /** Until all services are known. @returns ms @throws BusFault */
  async connect(): Promise<number> {
    const beganMs = this.#ticks();
    await this.#call('Connect', this.#timing.connectMs).catch((error: unknown) => {
      if (!isFault(error, 'AlreadyConnected')) throw error;
    });
    const resolved = (): boolean => this.#ear.objects.device(this.path)?.resolved === true;
    if (!(await this.#ear.until(resolved, this.#timing.resolveMs)))
      throw new BusFault('timeout', 'its services were not told');
    return Math.round(this.#ticks() - beganMs);
  }

  /** @throws BusFault */
  async pair(): Promise<void> {
    await this.#call('Pair', this.#timing.pairMs);
  }

  /** Subscribes what it measures by: a device that wants a bond says so now. @throws BusFault */
  async touch(): Promise<void> {
    const first = this.#ear.objects
      .characteristics(this.path)
      .find(
        ({ uuid, flags }) =>
          MEASUREMENTS.has(uuid ?? 0) && flags.some((flag) => /^(notify|indicate)$/.test(flag)),
      );
    if (first === undefined) return;
    await this.subscribe(first);
  }

  /** @throws BusFault */
  async subscribe({ path }: CharacteristicView): Promise<void> {
    await this.#onCharacteristic(path, 'StartNotify', '', []).catch((error: unknown) => {
      // BlueZ has armed it already.
      if (!isFault(error, 'InProgress')) throw error;
    });
  }

  /** Never rejects. */
  async disconnect(): Promise<void> {
    await this.#call('Disconnect', this.#timing.disconnectMs).catch(() => undefined);
    await this.#ear.until(() => !this.connected, this.#timing.disconnectMs);
  }

  readonly read = async ({ path }: CharacteristicView): Promise<Uint8Array> => {
    const [octets] = await this.#onCharacteristic(path, 'ReadValue', 'a{sv}', [{ offset: typed('q', 0) }]);
    return Uint8Array.from(octets as ArrayLike<number>);
  };

  readonly write = async ({ path }: CharacteristicView, octets: Uint8Array): Promise<void> => {
    const options = { offset: typed('q', 0), type: typed('s', 'request') };
    await this.#onCharacteristic(path, 'WriteValue', 'aya{sv}', [Buffer.from(octets), options]);
  };

  async #call(member: string, timeoutMs: number): Promise<void> {
    await this.#ear.bus.call({ path: this.path, iface: DEVICE, member, timeoutMs });
  }

  #onCharacteristic(
    path: string,
    member: string,
    signature: string,
    body: readonly unknown[],
  ): Promise<readonly unknown[]> {
    const { callMs: timeoutMs } = this.#timing;
    return this.#ear.bus.call({ path, iface: CHARACTERISTIC, member, signature, body, timeoutMs });
  }
}
