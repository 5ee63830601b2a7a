// A session: one connection to the bus, and one bluetoothd behind it. It hears all that BlueZ says by one watcher,
// keeps the adapters, and has each enrolled device connected in its turn. It is over when either of the two goes;
// what outlives it is in `Wearing`.

import { Adapters } from './adapters.ts';
import { type Asker, PairingAgent } from './agent.ts';
import { BluezBus, type BusSignal } from './bus.ts';
import { type ConnectionPorts, Connections } from './connections.ts';
import type { Rung } from './ladder.ts';
import { ADAPTER, BATTERY, BluezObjects, type Change, DEVICE, type DeviceView } from './objects.ts';
import { adapterOf, deviceOf, nameOf, Presence } from './presence.ts';
import { pathOn, planTurns } from './turns.ts';
import { Whereabouts } from './whereabouts.ts';

export type SessionPorts = Omit<ConnectionPorts, 'bus' | 'objects' | 'whereabouts' | 'heard' | 'changed'> & {
  readonly address: string | undefined;
  /** Connections at once on one adapter. */
  readonly slots: number;
  rung(adapter: string, rung: Rung): void;
  /** An adapter is there, or was pulled out. */
  adapter(name: string, there: boolean): void;
  /** bluetoothd is there, or not. */
  bluez(there: boolean): void;
};

/** What there is as soon as BlueZ has shown itself. */
type Opened = { readonly bus: BluezBus; readonly connections: Connections };

export class Session {
  readonly #ports: SessionPorts;
  readonly #over = Promise.withResolvers<string>();
  readonly #objects = new BluezObjects();
  readonly #presence: Presence;
  readonly #whereabouts: Whereabouts;
  readonly #agent: PairingAgent;
  readonly #adapters = new Adapters();
  readonly #timers: NodeJS.Timeout[] = [];
  #bus: BluezBus | undefined;
  #opened: Opened | undefined;
  /** Signals that came before the whole picture. */
  readonly #early: BusSignal[] = [];
  #planned = false;
  /** Nobody is connected any more. */
  #ending = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#presence = new Presence(this.#objects, ports.timing.presentMs);
    this.#whereabouts = new Whereabouts(this.#objects, this.#presence);
    this.#agent = new PairingAgent(ports.desk, (path) => this.#asker(path));
  }

  /** Runs until bus or bluetoothd are gone, or `end` is called. @returns why it is over */
  async run(): Promise<string> {
    try {
      await this.#begin();
      return await this.#over.promise;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      for (const timer of this.#timers) clearInterval(timer);
      this.#opened?.connections.end();
      this.#bus?.close();
    }
  }

  /** Lets every device go, then ends. */
  async end(): Promise<void> {
    this.#ending = true;
    const connections = this.#opened?.connections;
    if (connections !== undefined)
      await Promise.all([...connections.held.keys()].map((id) => connections.release(id)));
    this.#over.resolve('stopped');
  }

  /** All devices that BlueZ shows and nobody enrolled, as far as that is known. */
  strangers(): readonly (DeviceView & { readonly seenAgoMs: number | undefined })[] {
    const nowMs = this.#ports.ticks();
    const all = this.#ports.wearings();
    return this.#objects
      .devices()
      .filter(({ path }) => this.#whereabouts.who(path, all) === undefined)
      .map((view) => ({ ...view, seenAgoMs: this.#presence.agoMs(view.path, nowMs) }));
  }

  /** How long ago each device that is connected last said something; undefined: nothing yet. */
  silentMs(): ReadonlyMap<string, number | undefined> {
    return this.#opened?.connections.silentMs() ?? new Map();
  }

  get inFlight(): number {
    return this.#bus?.inFlight ?? 0;
  }

  async #begin(): Promise<void> {
    const came = Promise.withResolvers<void>();
    const bus = await BluezBus.open(this.#ports.address, {
      signal: (signal) => this.#hear(signal),
      owner: (owner) => {
        this.#ports.bluez(owner !== undefined);
        if (this.#opened !== undefined) this.#over.resolve('bluetoothd has gone');
        else if (owner !== undefined) came.resolve();
      },
      end: (why) => this.#over.resolve(why),
      called: (call) => this.#agent.called(call),
    });
    this.#bus = bus;
    if (!bus.hasOwner) await Promise.race([came.promise, this.#over.promise]);
    await this.#objects.load(bus);
    this.#opened = { bus, connections: this.#connectionsOn(bus) };
    // What changed while the picture was on its way is in it already, or comes after it here.
    for (const signal of this.#early.splice(0)) this.#hear(signal);
    this.#presence.begin(this.#ports.ticks());
    await this.#agent.register(bus).catch((error: unknown) => {
      this.#ports.log('bluetooth-agent-refused', { why: String(error) });
    });
    for (const { path } of this.#objects.adapters()) this.#keep(path);
    const { tickMs, checkMs } = this.#ports.timing;
    this.#timers.push(
      setInterval(() => this.#plan(), tickMs),
      setInterval(() => this.#check(), checkMs),
    );
    this.#check();
  }

  #asker(path: string): Asker | undefined {
    const one = this.#whereabouts.who(path, this.#ports.wearings());
    if (one === undefined) return undefined;
    const isHere = this.#opened?.connections.held.get(one.id)?.link.path === path;
    return { id: one.id, pairs: one.pairs || (isHere && this.#objects.device(path)?.paired !== true) };
  }

  #connectionsOn(bus: BluezBus): Connections {
    return new Connections({
      ...this.#ports,
      bus,
      objects: this.#objects,
      whereabouts: this.#whereabouts,
      heard: (adapter) => this.#adapters.heard(adapter, this.#ports.ticks()),
      changed: () => this.#soon(),
    });
  }

  #hear(signal: BusSignal): void {
    if (this.#opened === undefined) {
      this.#early.push(signal);
      return;
    }
    const change = this.#objects.take(signal);
    if (change === undefined) return;
    if (change.kind === 'value') {
      const device = deviceOf(change.path);
      this.#opened.connections.linkAt(device)?.value(change.path, change.octets);
      this.#adapters.heard(adapterOf(device), this.#ports.ticks());
    } else this.#changed(change, this.#opened);
  }

  #changed(change: Exclude<Change, { kind: 'value' }>, { connections }: Opened): void {
    const { path } = change;
    if (change.kind === 'changed') {
      if (change.iface === DEVICE) this.#deviceChanged(path, change.changed, connections);
      else if (change.iface === BATTERY) connections.linkAt(path)?.batteryLevel();
      return;
    }
    if (change.kind === 'added') {
      if (change.ifaces.includes(ADAPTER)) this.#keep(path);
      if (change.ifaces.includes(DEVICE)) this.#seen(path);
      const link = change.ifaces.includes(BATTERY) ? connections.linkAt(path) : undefined;
      if (link?.state === 'ready') link.batteryLevel();
      return;
    }
    if (change.ifaces.includes(ADAPTER)) {
      this.#adapters.remove(path);
      this.#ports.log('bluetooth-adapter-gone', { adapter: nameOf(path) });
      this.#ports.adapter(nameOf(path), false);
      for (const device of connections.pathsOf(path)) this.#forget(device, connections);
    }
    if (change.ifaces.includes(DEVICE)) this.#forget(path, connections);
  }

  #deviceChanged(path: string, changed: Readonly<Record<string, unknown>>, connections: Connections): void {
    // At a first connection BlueZ may not say Connected: what it says at the end counts.
    if (changed['Connected'] === false) connections.lost(path);
    else if (changed['ServicesResolved'] === true) connections.linkAt(path)?.servicesResolved();
    if ('RSSI' in changed || changed['Connected'] === true) this.#seen(path);
  }

  /** Heard over the air. */
  #seen(path: string): void {
    const nowMs = this.#ports.ticks();
    this.#presence.heard(path, nowMs);
    this.#adapters.heard(adapterOf(path), nowMs);
    this.#soon();
  }

  #forget(path: string, connections: Connections): void {
    connections.forget(path);
    this.#presence.forget(path);
  }

  #keep(path: string): void {
    if (this.#opened === undefined) return;
    const { bus, connections } = this.#opened;
    this.#ports.adapter(nameOf(path), true);
    this.#adapters.add(path, {
      bus,
      objects: this.#objects,
      timing: this.#ports.timing,
      ticks: this.#ports.ticks,
      expects: () => connections.expects(path),
      refuses: () => connections.refuses(path),
      cycled: () => connections.tryAnew(path),
      rung: (rung) => {
        this.#ports.rung(nameOf(path), rung);
        if (rung === 'other-adapter') connections.leave(path);
      },
    });
  }

  #check(): void {
    this.#adapters.check();
    this.#soon();
  }

  /** Plans once for all that changes in this turn. */
  #soon(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#opened === undefined || this.#ending) return;
    const { connections } = this.#opened;
    const { slots, timing, ticks } = this.#ports;
    const wearings = this.#ports.wearings();
    const byId = new Map(wearings.map((one) => [one.id, one]));
    // Also whoever was enrolled anew by another address: what is connected is another thing under its name.
    for (const [id, { of }] of [...connections.held]) if (byId.get(id) !== of) void connections.release(id);
    const nowMs = ticks();
    const turns = {
      wearings,
      connections,
      whereabouts: this.#whereabouts,
      usable: this.#adapters.usable(),
      doubtful: this.#adapters.doubtful(),
      signalOf: (path: string) => this.#objects.device(path)?.rssi,
      hears: (adapter: string) => this.#adapters.silentMs(adapter, nowMs) < timing.silentMs,
      slots,
      timing,
      nowMs,
    };
    const plan = planTurns(turns);
    for (const id of plan.release) void connections.release(id);
    for (const { id, adapter } of plan.connect) {
      const one = byId.get(id);
      const path = one && pathOn(one, adapter, turns);
      if (one !== undefined && path !== undefined) void connections.serve(one, path);
    }
  }
}
