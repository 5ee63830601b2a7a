// Who is connected. Each enrolled device has at most one connection; it is made, told to whoever waits for it, and let
// go when its turn is over. What went wrong with one is told from a bond that a person must make.

import type { RecordsTaken } from '../ingest/cursor.ts';
import type { PairingDesk } from './agent.ts';
import { bondTrouble } from './bond.ts';
import type { BluezBus } from './bus.ts';
import { BusFault, isFault } from './bus-fault.ts';
import type { ClockSeen, Zone } from './clock-trust.ts';
import { Link } from './link.ts';
import type { BluezObjects } from './objects.ts';
import { adapterOf } from './presence.ts';
import { Refusals } from './refusals.ts';
import { renewBond } from './renew-bond.ts';
import type { Timing } from './timing.ts';
import type { Wearing } from './wearing.ts';
import type { Whereabouts } from './whereabouts.ts';

export type ConnectionPorts = {
  readonly bus: BluezBus;
  readonly objects: BluezObjects;
  readonly whereabouts: Whereabouts;
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
  /** Who made it, as it says itself. */
  made(device: string, made: { readonly maker: string; readonly model: string }): void;
  /** What is known of its clock has changed. Rejects where the disk refuses. */
  keepClock(device: string, clock: ClockSeen): Promise<void>;
  /** Its clock was set, and shows the right time now or not. */
  clockWrong(device: string, isSo: boolean): void;
  /** An adapter did what it was asked to. */
  heard(adapter: string): void;
  /** A slot may be free. */
  changed(): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export type Held = {
  readonly of: Wearing;
  readonly link: Link;
  readonly sinceMs: number;
  ready: boolean;
  closing: boolean;
};

/** So often in a row, and each time that it has doubled, the log says that a device's records do not come to their end. */
const CUTS_TOLD_FROM = 4;

export class Connections {
  readonly #ports: ConnectionPorts;
  /** By object path; kept over lost links, for what is subscribed is. */
  readonly #links = new Map<string, { readonly link: Link; readonly of: Wearing }>();
  /** By device: who has a slot. */
  readonly #held = new Map<string, Held>();
  readonly #refusals: Refusals;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
    this.#refusals = new Refusals(ports.timing.aloneMs);
  }

  get held(): ReadonlyMap<string, Held> {
    return this.#held;
  }

  /** Of the device at an object path, connected or not. */
  linkAt(path: string): Link | undefined {
    return this.#links.get(path)?.link;
  }

  /** Somebody is connected by the object at `path`, or being so. */
  isHeld(path: string): boolean {
    return [...this.#held.values()].some(({ link }) => link.path === path);
  }

  /**
   * Links do not come about through this adapter, though it may hear and answer: real ones say `InProgress` for ever.
   * What others advertise says nothing of that. Never while a device is connected by it: the cure would end that link.
   */
  refuses(adapter: string): boolean {
    for (const { link, ready } of this.#held.values())
      if (ready && adapterOf(link.path) === adapter) return false;
    const { wearings, ticks } = this.#ports;
    const enrolled = wearings().map(({ id }) => id);
    return this.#refusals.suspects(adapter, enrolled, (id) => this.#isWaitingAt(id, adapter), ticks());
  }

  /** Whoever waits for this adapter is tried at once, however often it failed: it was switched off and on. */
  tryAnew(adapter: string): void {
    for (const id of this.#refusals.of(adapter)) this.#wearing(id)?.mayTryNow();
  }

  /** Something streams through this adapter so steadily that its silence is a sign of trouble. */
  expects(adapter: string): boolean {
    return [...this.#held.values()].some(
      ({ link, ready }) => ready && link.steady && adapterOf(link.path) === adapter,
    );
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

  /** Connects a device by the object at `path`, and sets it up. Never rejects. */
  async serve(one: Wearing, path: string): Promise<void> {
    const link = this.#linkOf(one, path);
    const held: Held = { of: one, link, sinceMs: this.#ports.ticks(), ready: false, closing: false };
    this.#held.set(one.id, held);
    try {
      await link.open();
    } catch (error) {
      if (this.#held.get(one.id) !== held || held.closing) return;
      held.closing = true;
      await this.#failed(one, path, held, error);
    }
  }

  /** Lets a device go. */
  async release(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (held === undefined || held.closing) return;
    held.closing = true;
    const { ticks, timing } = this.#ports;
    const done = held.link.quietMs(ticks()) >= timing.quietMs;
    this.#noteCut(held);
    await held.link.close();
    if (this.#held.get(id) !== held) return;
    this.#held.delete(id);
    if (done && held.link.kind === 'spot') held.of.rests(ticks());
    else held.of.ended(ticks(), false);
    if (held.ready) this.#ports.link(id, 'released');
    this.#ports.changed();
  }

  /** Whoever is held by an adapter that hangs is let go, so that another may take it. */
  leave(adapter: string): void {
    for (const [id, { link }] of [...this.#held]) if (adapterOf(link.path) === adapter) void this.release(id);
  }

  /** BlueZ says that the link is lost. */
  lost(path: string): void {
    this.linkAt(path)?.lost();
    const found = [...this.#held].find(([, { link }]) => link.path === path);
    // One that was not set up yet ends in `serve`, which is told why: a bond that is gone looks like a lost link first.
    if (found?.[1].ready === true && !found[1].closing) this.#drop(...found);
    this.#ports.changed();
  }

  /** The object is gone: what was subscribed on it is too. */
  forget(path: string): void {
    this.lost(path);
    this.#links.delete(path);
  }

  /** Paths of the devices that an adapter has or had a connection with. */
  pathsOf(adapter: string): readonly string[] {
    return [...this.#links.keys()].filter((path) => adapterOf(path) === adapter);
  }

  /** The bus is gone, and every link with it. */
  end(): void {
    for (const [id, held] of [...this.#held]) {
      held.link.lost();
      this.#drop(id, held);
    }
  }

  async #failed(one: Wearing, path: string, held: Held, error: unknown): Promise<void> {
    const { bus, objects, whereabouts, desk, timing, ticks, log } = this.#ports;
    if (one.serial !== undefined && !whereabouts.isAt(one, path)) {
      // Looked for by its serial number, and not found here: whatever went wrong is none of the device's.
      whereabouts.unknown(path, ticks() + timing.retryMs[1]);
      await held.link.close();
      if (this.#held.get(one.id) === held) this.#held.delete(one.id);
      one.ended(ticks(), false);
      this.#ports.changed();
      return;
    }
    const trouble = bondTrouble(error, objects.device(path)?.paired === true);
    const why = error instanceof BusFault ? error.bluez || error.code : 'fault';
    log('bluetooth-connection-failed', { device: one.id, why, bond: trouble });
    if (held.link.connected) this.#refusals.connected(adapterOf(path), one.id);
    else if (isFault(error, 'InProgress', 'timeout', 'NotReady'))
      this.#refusals.refused(adapterOf(path), one.id, ticks());
    if (trouble === 'wants-pairing') one.pairs = true;
    if (trouble === 'wants-pairing' || trouble === 'stale-bond') this.#ports.bond(one.id, trouble);
    await held.link.close();
    if (trouble === 'stale-bond')
      await renewBond(one, path, { bus, desk, refusedMs: timing.refusedMs, ticks, log });
    if (this.#held.get(one.id) === held) this.#drop(one.id, held);
  }

  #drop(id: string, held: Held): void {
    if (!held.closing) this.#noteCut(held);
    this.#held.delete(id);
    held.of.ended(this.#ports.ticks(), !held.ready);
    if (held.ready) this.#ports.link(id, 'lost');
  }

  /**
   * Where its records did not all come, its next turn is longer. A meter that can only be asked for all begins anew each
   * time: without that it would never come to its end.
   */
  #noteCut({ of, link, ready }: Held): void {
    if (!ready) return;
    of.cuts = link.owes ? of.cuts + 1 : 0;
    if (of.cuts >= CUTS_TOLD_FROM && Number.isInteger(Math.log2(of.cuts)))
      this.#ports.log('bluetooth-records-cut', { device: of.id, times: of.cuts });
  }

  /** It is enrolled, heard by this adapter, and not connected by another. */
  #isWaitingAt(id: string, adapter: string): boolean {
    const { whereabouts, wearings, ticks } = this.#ports;
    const one = this.#wearing(id);
    if (one === undefined || this.#held.get(id)?.ready === true) return false;
    return whereabouts.of(one, wearings(), ticks()).some((path) => adapterOf(path) === adapter);
  }

  #wearing(id: string): Wearing | undefined {
    return this.#ports.wearings().find((one) => one.id === id);
  }

  #linkOf(one: Wearing, path: string): Link {
    const known = this.#links.get(path);
    // The same thing enrolled under another name is another device: its values are not to go to the old one.
    if (known?.of === one) return known.link;
    const { bus, objects, whereabouts, timing, zone, clock, ticks, records, log } = this.#ports;
    const link = new Link(path, {
      bus,
      objects,
      reader: one.reader,
      outbox: one.outbox,
      timing,
      zone,
      clock,
      ticks,
      records: () => records(one.id),
      pairs: () => one.pairs && whereabouts.isAt(one, path),
      asksMade: () => one.serial !== undefined || !one.made,
      made: ({ serial, maker = '', model = '' }) => {
        if (serial !== undefined) whereabouts.said(path, serial);
        else if (!whereabouts.isAt(one, path)) whereabouts.unknown(path, ticks() + timing.refusedMs);
        if (!whereabouts.isAt(one, path)) return false;
        if (!one.made && maker + model !== '') this.#ports.made(one.id, { maker, model });
        one.made = true;
        return true;
      },
      ready: () => {
        one.succeeded();
        one.pairs = false;
        const held = this.#held.get(one.id);
        if (held?.of === one) held.ready = true;
        this.#refusals.connected(adapterOf(path), one.id);
        this.#ports.heard(adapterOf(path));
        this.#ports.link(one.id, 'up');
      },
      keepClock: (known) => this.#ports.keepClock(one.id, known),
      clockWrong: (isSo) => this.#ports.clockWrong(one.id, isSo),
      refused: (...value) => one.refused.add(...value),
      log: (event, facts) => log(event, { device: one.id, ...facts }),
    });
    this.#links.set(path, { link, of: one });
    return link;
  }
}
