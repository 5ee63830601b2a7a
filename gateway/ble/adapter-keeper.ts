// One adapter: kept switched on and scanning, and watched. When it hangs, the ladder says what is done about it.
//
// Three signs, each with an end of its own, so that none hides another:
//   it does not do what it is asked to   until it does, or anything is heard. Where nothing is heard it is asked: in a
//                                        home of cuffs and scales nobody says anything for days
//   a stream has fallen silent           until anything is heard; that a power cycle was carried out is no sound
//   links do not come about              until one does, whatever others advertise (`Connections.refuses`)

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
  /** Links do not come about through it. */
  refuses(): boolean;
  /** It was switched off and on: whoever waits for it may be tried at once. */
  cycled(): void;
  /** A rung of the ladder was taken, or it is well: again, or at the first look. */
  rung(rung: Rung): void;
};

export class AdapterKeeper {
  readonly path: string;
  readonly #ports: KeeperPorts;
  #ladder: LadderState = WELL;
  #heardMs: number;
  #checkedMs: number;
  /** When it was last asked to scan. */
  #askedMs = -Infinity;
  /** Calls that it refused as in progress, or did not answer, since it last did what it was asked to. */
  #faults = 0;
  /** A stream fell silent, and nothing was heard since. */
  #mute = false;
  #scans = false;
  #busy = false;
  #cycling = false;
  #told = false;

  constructor(path: string, ports: KeeperPorts) {
    this.path = path;
    this.#ports = ports;
    this.#heardMs = ports.ticks();
    this.#checkedMs = this.#heardMs;
  }

  /** Whether new connections are to be tried here. */
  get usable(): boolean {
    const { rung } = this.#ladder;
    return (rung === 'well' || rung === 'rescan') && !this.#ports.refuses();
  }

  /** It answers, though it is not known to do more: what else is to show that it was mended? */
  get doubtful(): boolean {
    return !this.usable && !this.#cycling && this.#faults === 0;
  }

  /** When anything last came over the air. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Something came over the air: an advertisement, a value, a connection. */
  heard(nowMs: number): void {
    // What lay in the socket while it was switched off.
    if (this.#cycling) return;
    this.#heardMs = nowMs;
    this.#faults = 0;
    this.#mute = false;
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
      await this.#ask();
      const nowMs = ticks();
      if (this.#ports.expects() && nowMs - this.#heardMs > timing.silentMs) this.#mute = true;
      const well = this.#faults === 0 && !this.#mute && !this.#ports.refuses();
      const { state, act } = climb(this.#ladder, well, nowMs, timing.ladderScale);
      this.#ladder = state;
      const first = well && !this.#told;
      this.#told ||= well;
      if (act || first) await this.#act(state.rung);
    } finally {
      this.#busy = false;
    }
  }

  /** Has it scan; where it does so and nothing is heard, anew: that shows whether it still does what it is asked to. */
  async #ask(): Promise<void> {
    const { ticks, timing } = this.#ports;
    const nowMs = ticks();
    const due = nowMs - this.#askedMs > timing.silentMs;
    if (this.#isScanning()) {
      if (!due || nowMs - this.#heardMs <= timing.silentMs) return;
      this.#askedMs = nowMs;
      if (!(await this.#stop())) return;
    } else if (this.#ladder.rung !== 'well' && !due) return;
    this.#askedMs = nowMs;
    await this.#scan();
  }

  #faulted(error: unknown): void {
    if (isFault(error, 'InProgress', 'timeout', 'NotReady')) this.#faults += 1;
  }

  #isScanning(): boolean {
    return this.#scans && this.#ports.objects.adapter(this.path)?.discovering === true;
  }

  async #act(rung: Rung): Promise<void> {
    this.#ports.rung(rung);
    if (rung === 'rescan') {
      await this.#stop();
      await this.#scan();
    } else if (rung === 'power-cycle' || rung === 'alarm') {
      await this.#cycle();
    }
  }

  async #cycle(): Promise<void> {
    this.#cycling = true;
    try {
      await this.#power(false);
      await new Promise((resolve) => setTimeout(resolve, this.#ports.timing.powerOffMs));
      await this.#power(true);
      await this.#scan();
      this.#ports.cycled();
    } catch (error) {
      this.#faulted(error);
    } finally {
      this.#cycling = false;
    }
  }

  /** @returns whether it answered as it should: that nothing ran is such an answer */
  async #stop(): Promise<boolean> {
    const before = this.#faults;
    await this.#call('StopDiscovery').catch((error: unknown) => this.#faulted(error));
    return this.#faults <= before;
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
      this.#faults = 0;
    } catch (error) {
      this.#scans = false;
      this.#faulted(error);
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
