// One adapter: kept switched on and scanning, and watched. When it hangs, the ladder says what is done about it.

import type { BluezBus } from './bus.ts';
import { typed } from './bus.ts';
import { isFault } from './bus-fault.ts';
import { climb, type LadderState, type Rung, WELL } from './ladder.ts';
import { ADAPTER, type BluezObjects, longUuid } from './objects.ts';
import { HEALTH_SERVICES } from './profile.ts';
import type { Timing } from './timing.ts';

export type KeeperPorts = {
  readonly bus: BluezBus;
  readonly objects: BluezObjects;
  readonly timing: Timing;
  /** ms that only ever rise. */
  ticks(): number;
  /** Something on this adapter streams, so that silence is a sign. */
  expects(): boolean;
  /** A rung of the ladder was taken, or it is well again. */
  rung(rung: Rung): void;
};

export class AdapterKeeper {
  readonly path: string;
  readonly #ports: KeeperPorts;
  #ladder: LadderState = WELL;
  #heardMs: number;
  #checkedMs: number;
  #faults = 0;
  #scans = false;
  #busy = false;

  constructor(path: string, ports: KeeperPorts) {
    this.path = path;
    this.#ports = ports;
    this.#heardMs = ports.ticks();
    this.#checkedMs = this.#heardMs;
  }

  /** Whether new connections are to be tried here. */
  get usable(): boolean {
    return this.#ladder.rung === 'well' || this.#ladder.rung === 'rescan';
  }

  /** Something came over the air: an advertisement, a value, a connection. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#faults = 0;
  }

  /** A call was refused as in progress, or not answered. */
  faulted(error: unknown): void {
    if (isFault(error, 'InProgress', 'timeout', 'NotReady')) this.#faults += 1;
  }

  /** Looks at it, and does what is due. Never rejects, and never runs twice at once. */
  async check(): Promise<void> {
    const { timing, ticks } = this.#ports;
    const lookedMs = ticks();
    // A hub that was held up has not heard what lies in its socket: it is no silence of the adapter's.
    if (lookedMs - this.#checkedMs > 3 * timing.checkMs) this.#heardMs = lookedMs;
    this.#checkedMs = lookedMs;
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (this.#ladder.rung === 'well' && !this.#isScanning()) await this.#scan();
      const nowMs = ticks();
      const silent = this.#ports.expects() && nowMs - this.#heardMs > timing.silentMs;
      const { state, act } = climb(this.#ladder, this.#faults === 0 && !silent, nowMs, timing.ladderScale);
      this.#ladder = state;
      if (act) await this.#act(state.rung);
    } finally {
      this.#busy = false;
    }
  }

  #isScanning(): boolean {
    return this.#scans && this.#ports.objects.adapter(this.path)?.discovering === true;
  }

  async #act(rung: Rung): Promise<void> {
    this.#ports.rung(rung);
    if (rung === 'rescan') {
      await this.#call('StopDiscovery').catch((error: unknown) => this.faulted(error));
      await this.#scan();
    } else if (rung === 'power-cycle' || rung === 'alarm') {
      await this.#cycle();
    }
  }

  async #cycle(): Promise<void> {
    try {
      await this.#power(false);
      await new Promise((resolve) => setTimeout(resolve, this.#ports.timing.powerOffMs));
      await this.#power(true);
      // What it does now counts.
      this.#faults = 0;
      this.#heardMs = this.#ports.ticks();
      await this.#scan();
    } catch (error) {
      this.faulted(error);
    }
  }

  async #scan(): Promise<void> {
    try {
      if (this.#ports.objects.adapter(this.path)?.powered !== true) await this.#power(true);
      const filter = {
        Transport: typed('s', 'le'),
        UUIDs: typed('as', [...HEALTH_SERVICES.keys()].map(longUuid)),
      };
      await this.#call('SetDiscoveryFilter', 'a{sv}', [filter]);
      await this.#call('StartDiscovery').catch((error: unknown) => {
        // Ours runs already; but an adapter that hangs says so for ever, without running.
        const runs = this.#ports.objects.adapter(this.path)?.discovering === true;
        if (!(isFault(error, 'InProgress') && runs)) throw error;
      });
      this.#scans = true;
    } catch (error) {
      this.#scans = false;
      this.faulted(error);
    }
  }

  async #power(on: boolean): Promise<void> {
    await this.#ports.bus.call({
      path: this.path,
      iface: 'org.freedesktop.DBus.Properties',
      member: 'Set',
      signature: 'ssv',
      body: [ADAPTER, 'Powered', typed('b', on)],
      timeoutMs: this.#ports.timing.adapterMs,
    });
  }

  async #call(member: string, signature = '', body: readonly unknown[] = []): Promise<void> {
    await this.#ports.bus.call({
      path: this.path,
      iface: ADAPTER,
      member,
      signature,
      body,
      timeoutMs: this.#ports.timing.adapterMs,
    });
  }
}
