// A session: one connection to the bus, and one bluetoothd behind it. It hears all that BlueZ says by one watcher,
// keeps the adapters, and gives each enrolled device its connection in turn. It is over when either of the two goes;
// what outlives it is in `Wearing`.

import type { RecordsTaken } from '../ingest/cursor.ts';
import { AdapterKeeper } from './adapter-keeper.ts';
import { PairingAgent, type PairingDesk } from './agent.ts';
import { bondTrouble } from './bond.ts';
import { BluezBus, type BusSignal } from './bus.ts';
import { BusFault, isFault } from './bus-fault.ts';
import type { Zone } from './clock-trust.ts';
import type { Rung } from './ladder.ts';
import { Link } from './link.ts';
import { ADAPTER, BATTERY, BluezObjects, type Change, DEVICE, type DeviceView } from './objects.ts';
import { adapterOf, deviceOf, nameOf, Presence } from './presence.ts';
import { renewBond } from './renew-bond.ts';
import { planSlots, type Wearable } from './slots.ts';
import type { Timing } from './timing.ts';
import type { Wearing } from './wearing.ts';

export type SessionPorts = {
  readonly address: string | undefined;
  /** Connections at once on one adapter. */
  readonly slots: number;
  readonly timing: Timing;
  readonly zone: Zone;
  readonly desk: PairingDesk;
  /** ms since 1970, for readings. */
  clock(): number;
  /** ms that only ever rise, for all that waits: a Pi's clock jumps when it finds the time. */
  ticks(): number;
  /** All that are enrolled now. */
  wearings(): readonly Wearing[];
  records(device: string): Promise<RecordsTaken>;
  link(device: string, state: 'up' | 'lost' | 'released'): void;
  /** The device wants a bond that only a person can make. */
  bond(device: string, trouble: 'wants-pairing' | 'stale-bond'): void;
  /** Its clock was set, and shows the right time now or not. */
  clockWrong(device: string, isSo: boolean): void;
  rung(adapter: string, rung: Rung): void;
  /** An adapter is there, or was pulled out. */
  adapter(name: string, there: boolean): void;
  /** bluetoothd is there, or not. */
  bluez(there: boolean): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

type Held = { readonly link: Link; readonly sinceMs: number; ready: boolean; closing: boolean };

export class Session {
  readonly #ports: SessionPorts;
  readonly #over = Promise.withResolvers<string>();
  readonly #objects = new BluezObjects();
  readonly #agent: PairingAgent;
  #bus: BluezBus | undefined;
  #loaded = false;
  readonly #early: BusSignal[] = [];
  readonly #keepers = new Map<string, AdapterKeeper>();
  /** By object path; kept over lost links, for what is subscribed is. */
  readonly #links = new Map<string, Link>();
  /** By device: who has a slot. */
  readonly #held = new Map<string, Held>();
  readonly #presence: Presence;
  readonly #timers: NodeJS.Timeout[] = [];
  #planned = false;
  /** Nobody is connected any more. */
  #ending = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#presence = new Presence(this.#objects, ports.timing.presentMs);
    this.#agent = new PairingAgent(ports.desk, (path) => this.#wearingAt(path)?.id);
  }

  /** Runs until bus or bluetoothd are gone, or `end` is called. @returns why it is over */
  async run(): Promise<string> {
    try {
      await this.#begin();
      return await this.#over.promise;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#finish();
    }
  }

  /** Lets every device go, then ends. */
  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all([...this.#held].map(([id, held]) => this.#release(id, held, undefined)));
    this.#held.clear();
    this.#over.resolve('stopped');
  }

  /** All devices that BlueZ shows. */
  devices(): readonly (DeviceView & { readonly seenAgoMs: number | undefined })[] {
    const nowMs = this.#ports.ticks();
    return this.#objects
      .devices()
      .map((view) => ({ ...view, seenAgoMs: this.#presence.agoMs(view.path, nowMs) }));
  }

  /** How long ago each device that is connected last said something; undefined: nothing yet. */
  silentMs(): ReadonlyMap<string, number | undefined> {
    const nowMs = this.#ports.ticks();
    return new Map(
      [...this.#held].map(([id, { link }]) => [
        id,
        link.saidMs === undefined ? undefined : nowMs - link.saidMs,
      ]),
    );
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
        if (this.#loaded) this.#over.resolve('bluetoothd has gone');
        else if (owner !== undefined) came.resolve();
      },
      end: (why) => this.#over.resolve(why),
      called: (call) => this.#agent.called(call),
    });
    this.#bus = bus;
    if (!bus.hasOwner) await Promise.race([came.promise, this.#over.promise]);
    const [managed] = await bus.call({
      path: '/',
      iface: 'org.freedesktop.DBus.ObjectManager',
      member: 'GetManagedObjects',
    });
    this.#objects.load(managed);
    this.#loaded = true;
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

  #finish(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const [id, held] of [...this.#held]) {
      held.link.lost();
      this.#drop(id, held, true);
    }
    this.#bus?.close();
  }

  #hear(signal: BusSignal): void {
    if (!this.#loaded) {
      this.#early.push(signal);
      return;
    }
    const change = this.#objects.take(signal);
    if (change === undefined) return;
    if (change.kind === 'value') {
      const device = deviceOf(change.path);
      this.#links.get(device)?.value(change.path, change.octets);
      this.#keepers.get(adapterOf(device))?.heard(this.#ports.ticks());
    } else this.#changed(change);
  }

  #changed(change: Exclude<Change, { kind: 'value' }>): void {
    const { path } = change;
    if (change.kind === 'changed') {
      if (change.iface === DEVICE) this.#deviceChanged(path, change.changed);
      else if (change.iface === BATTERY) this.#links.get(path)?.batteryLevel();
      return;
    }
    if (change.kind === 'added') {
      if (change.ifaces.includes(ADAPTER)) this.#keep(path);
      if (change.ifaces.includes(DEVICE)) this.#seen(path);
      if (change.ifaces.includes(BATTERY) && this.#links.get(path)?.state === 'ready')
        this.#links.get(path)?.batteryLevel();
      return;
    }
    if (change.ifaces.includes(ADAPTER)) {
      this.#keepers.delete(path);
      this.#ports.log('bluetooth-adapter-gone', { adapter: nameOf(path) });
      this.#ports.adapter(nameOf(path), false);
      for (const link of this.#links.keys()) if (adapterOf(link) === path) this.#forget(link);
    }
    if (change.ifaces.includes(DEVICE)) this.#forget(path);
  }

  #deviceChanged(path: string, changed: Readonly<Record<string, unknown>>): void {
    // At a first connection BlueZ may not say Connected: what it says at the end counts.
    if (changed['Connected'] === false) this.#lost(path);
    else if (changed['ServicesResolved'] === true) this.#links.get(path)?.servicesResolved();
    if ('RSSI' in changed || changed['Connected'] === true) this.#seen(path);
  }

  /** Heard over the air. */
  #seen(path: string): void {
    const nowMs = this.#ports.ticks();
    this.#presence.heard(path, nowMs);
    this.#keepers.get(adapterOf(path))?.heard(nowMs);
    this.#soon();
  }

  #lost(path: string): void {
    const link = this.#links.get(path);
    const held = this.#heldAt(path);
    link?.lost();
    // One that was not set up yet ends in `#serve`, which is told why: a bond that is gone looks like a lost link first.
    if (held?.[1].ready === true && !held[1].closing) this.#drop(held[0], held[1], true);
    this.#soon();
  }

  /** The object is gone: what was subscribed on it is too. */
  #forget(path: string): void {
    this.#lost(path);
    this.#links.delete(path);
    this.#presence.forget(path);
  }

  #keep(path: string): void {
    if (this.#keepers.has(path) || this.#bus === undefined) return;
    this.#ports.adapter(nameOf(path), true);
    const keeper = new AdapterKeeper(path, {
      bus: this.#bus,
      objects: this.#objects,
      timing: this.#ports.timing,
      ticks: this.#ports.ticks,
      expects: () =>
        [...this.#held.values()].some(
          ({ link, ready }) => ready && link.steady && adapterOf(link.path) === path,
        ),
      rung: (rung) => {
        this.#ports.rung(nameOf(path), rung);
        if (rung === 'other-adapter') this.#leave(path);
      },
    });
    this.#keepers.set(path, keeper);
    void keeper.check();
  }

  /** Whoever is held by an adapter that hangs is let go, so that another may take it. */
  #leave(adapter: string): void {
    const all = this.#ports.wearings();
    for (const [id, held] of [...this.#held])
      if (adapterOf(held.link.path) === adapter)
        void this.#release(
          id,
          held,
          all.find((one) => one.id === id),
        );
  }

  #check(): void {
    for (const keeper of this.#keepers.values()) void keeper.check();
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
    if (this.#bus === undefined || this.#ending) return;
    const nowMs = this.#ports.ticks();
    const { timing } = this.#ports;
    const usable = [...this.#keepers.values()].filter((keeper) => keeper.usable).map(({ path }) => path);
    const paths = this.#presence.paths();
    const all = this.#ports.wearings();
    const known = new Set(all.map(({ id }) => id));
    for (const [id, held] of [...this.#held]) if (!known.has(id)) void this.#release(id, held, undefined);
    const wearables = all.map((one): Wearable => {
      const held = this.#held.get(one.id);
      const here = (paths.get(one.address) ?? []).filter((path) => usable.includes(adapterOf(path)));
      const kind = (held?.link ?? this.#links.get(here[0] ?? ''))?.kind ?? 'spot';
      const quietMs = held?.link.quietMs(nowMs) ?? 0;
      return {
        id: one.id,
        kind,
        wants: one.mayTry(nowMs) && here.some((path) => this.#presence.isPresent(path, nowMs)),
        done: quietMs >= timing.quietMs,
        idle: quietMs >= timing.idleMs,
        ...(held !== undefined && { heldSinceMs: held.sinceMs }),
        ...(one.servedMs !== undefined && { servedMs: one.servedMs }),
      };
    });
    const slots = this.#ports.slots * Math.max(1, usable.length);
    const plan = planSlots(wearables, { slots, turnMs: timing.turnMs }, nowMs);
    for (const id of plan.release) {
      const held = this.#held.get(id);
      if (held !== undefined)
        void this.#release(
          id,
          held,
          all.find((one) => one.id === id),
        );
    }
    for (const id of plan.connect) {
      const one = all.find((wearing) => wearing.id === id);
      const here = (paths.get(one?.address ?? '') ?? []).filter((path) =>
        this.#presence.isPresent(path, nowMs),
      );
      const path = this.#roomiest(here.filter((each) => usable.includes(adapterOf(each))));
      if (one !== undefined && path !== undefined) void this.#serve(one, path);
    }
  }

  /** The one whose adapter has most room, if any has some. */
  #roomiest(paths: readonly string[]): string | undefined {
    const used = (path: string): number =>
      [...this.#held.values()].filter(({ link }) => adapterOf(link.path) === adapterOf(path)).length;
    return paths.toSorted((a, b) => used(a) - used(b)).find((path) => used(path) < this.#ports.slots);
  }

  async #serve(one: Wearing, path: string): Promise<void> {
    const link = this.#linkAt(one, path);
    const held: Held = { link, sinceMs: this.#ports.ticks(), ready: false, closing: false };
    this.#held.set(one.id, held);
    try {
      await link.open();
    } catch (error) {
      if (this.#held.get(one.id) !== held || held.closing) return;
      held.closing = true;
      await this.#failed(one, path, held, error);
    }
  }

  async #failed(one: Wearing, path: string, held: Held, error: unknown): Promise<void> {
    const paired = this.#objects.device(path)?.paired === true;
    const trouble = bondTrouble(error, paired);
    const why = error instanceof BusFault ? error.bluez || error.code : 'fault';
    this.#ports.log('bluetooth-connection-failed', { device: one.id, why, bond: trouble });
    if (!isFault(error, 'closed')) this.#keepers.get(adapterOf(path))?.faulted(error);
    if (trouble === 'wants-pairing') one.pairs = true;
    if (trouble === 'wants-pairing' || trouble === 'stale-bond') this.#ports.bond(one.id, trouble);
    await held.link.close();
    if (trouble === 'stale-bond' && this.#bus !== undefined) {
      const { desk, timing, ticks, log } = this.#ports;
      await renewBond(one, path, { bus: this.#bus, desk, refusedMs: timing.refusedMs, ticks, log });
    }
    if (this.#held.get(one.id) === held) this.#drop(one.id, held, true);
  }

  async #release(id: string, held: Held, one: Wearing | undefined): Promise<void> {
    if (held.closing) return;
    held.closing = true;
    const done = held.link.quietMs(this.#ports.ticks()) >= this.#ports.timing.quietMs;
    await held.link.close();
    if (this.#held.get(id) !== held) return;
    this.#held.delete(id);
    if (done && held.link.kind === 'spot') one?.rests(this.#ports.ticks());
    else one?.ended(this.#ports.ticks(), false);
    if (held.ready) this.#ports.link(id, 'released');
    this.#soon();
  }

  #drop(id: string, held: Held, failed: boolean): void {
    this.#held.delete(id);
    const one = this.#ports.wearings().find((wearing) => wearing.id === id);
    one?.ended(this.#ports.ticks(), failed && !held.ready);
    if (held.ready) this.#ports.link(id, 'lost');
  }

  #linkAt(one: Wearing, path: string): Link {
    const known = this.#links.get(path);
    if (known !== undefined) return known;
    const { timing, zone, clock, ticks, records, log } = this.#ports;
    const link = new Link(path, {
      bus: this.#bus as BluezBus,
      objects: this.#objects,
      reader: one.reader,
      outbox: one.outbox,
      timing,
      zone,
      clock,
      ticks,
      records: () => records(one.id),
      pairs: () => one.pairs,
      ready: () => {
        one.succeeded();
        one.pairs = false;
        const held = this.#held.get(one.id);
        if (held !== undefined) held.ready = true;
        this.#keepers.get(adapterOf(path))?.heard(ticks());
        this.#ports.link(one.id, 'up');
      },
      clockWrong: (isSo) => this.#ports.clockWrong(one.id, isSo),
      log: (event, facts) => log(event, { device: one.id, ...facts }),
    });
    this.#links.set(path, link);
    return link;
  }

  #heldAt(path: string): [string, Held] | undefined {
    return [...this.#held].find(([, { link }]) => link.path === path);
  }

  #wearingAt(path: string): Wearing | undefined {
    const address = this.#objects.device(path)?.address;
    return this.#ports.wearings().find((one) => one.address === address);
  }
}
