// One enrolled device at one adapter: its connection, what is set up on it, and what it says. The story of a
// connection is `open`, step by step; `close` ends it, and `lost` hears that it ended by itself.

import type { RecordsTaken } from '../ingest/cursor.ts';
import { type BondTrouble, bondTrouble } from './bond.ts';
import type { BluezBus } from './bus.ts';
import { BusFault } from './bus-fault.ts';
import { setClock } from './clock-sync.ts';
import type { Zone } from './clock-trust.ts';
import { DeviceCalls } from './device-calls.ts';
import { Intake } from './intake.ts';
import { Lifeline } from './lifeline.ts';
import { type Made, readMade } from './made.ts';
import { Memory } from './memory.ts';
import type { BluezObjects, CharacteristicView } from './objects.ts';
import type { Outbox } from './outbox.ts';
import { kindOf, UUID } from './profile.ts';
import type { Reader } from './reader.ts';
import { Rhythm } from './rhythm.ts';
import { Subscription } from './subscription.ts';
import type { Timing } from './timing.ts';

export type LinkPorts = {
  readonly bus: BluezBus;
  readonly objects: BluezObjects;
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly timing: Timing;
  readonly zone: Zone;
  /** ms since 1970; a fraction is welcome. */
  clock(): number;
  /** ms that only ever rise. */
  ticks(): number;
  records(): Promise<RecordsTaken>;
  /** All is set up; what follows is the upload of records, and what it says. */
  ready(): void;
  /** A bond is to be made while the link is open. */
  pairs(): boolean;
  /** The device is to say who made it, and which one it is. */
  asksMade(): boolean;
  /** It did. @returns whether it is the one that this link is for */
  made(made: Made): boolean;
  /** The device's clock was looked at, and set where it could be. */
  clockWrong(isSo: boolean): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export type LinkState = 'idle' | 'connecting' | 'ready' | 'closing';

export class Link {
  readonly path: string;
  readonly #ports: LinkPorts;
  readonly #calls: DeviceCalls;
  readonly #subscription: Subscription;
  readonly #memory: Memory;
  readonly #intake: Intake;
  #state: LinkState = 'idle';
  #resolved = Promise.withResolvers<void>();
  #life = new Lifeline();
  #rhythm = new Rhythm();

  constructor(path: string, ports: LinkPorts) {
    this.path = path;
    this.#ports = ports;
    this.#calls = new DeviceCalls(path, ports.bus, ports.timing);
    this.#subscription = new Subscription({
      calls: this.#calls,
      stillThere: () => this.#life.stillThere(),
      isOfBond: (error) => this.#bondTrouble(error) !== 'none',
      log: ports.log,
    });
    this.#memory = new Memory({
      records: ports.records,
      write: this.#calls.write,
      patiently: (what, name) => this.#life.within(what, ports.timing.recordMs, name),
      lastMs: () => this.#rhythm.lastMs,
      isBroken: () => this.#life.isCut,
    });
    this.#intake = new Intake(ports, this.#memory);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Streams as long as it is worn, or has something to say now and then. */
  get kind(): 'live' | 'spot' {
    return kindOf(this.#ports.objects.device(this.path)?.services ?? []);
  }

  /** For how long it has had nothing to say, set up and with all of its records on disk; 0 where it has. */
  quietMs(nowMs: number): number {
    return this.#state === 'ready' && this.#memory.idle ? nowMs - this.#rhythm.lastMs : 0;
  }

  /** It has been saying something so often that a silence of `silentMs` is a sign of trouble. A glucose sensor never is. */
  get steady(): boolean {
    return this.kind === 'live' && this.#rhythm.isSteady(this.#ports.timing.silentMs);
  }

  /** When it last said something, in ticks. */
  get saidMs(): number | undefined {
    return this.#rhythm.saidMs;
  }

  /**
   * Connects and sets everything up: services, clock, subscriptions, and then the upload of records.
   * @throws BusFault what broke it; the link is to be closed then
   */
  async open(): Promise<void> {
    this.#state = 'connecting';
    this.#rhythm = new Rhythm();
    this.#life = new Lifeline();
    this.#resolved = Promise.withResolvers();
    this.#resolved.promise.catch(() => undefined);
    await this.#calls.connect();
    this.#life.stillThere();
    if (this.#ports.pairs() && !this.#isPaired()) await this.#calls.pair();
    this.#life.stillThere();
    if (!this.#isResolved())
      await this.#life.within(this.#resolved.promise, this.#ports.timing.resolveMs, 'its services');
    this.#life.stillThere();
    const characteristics = this.#ports.objects.characteristics(this.path);
    await this.#identify(characteristics);
    await this.#setClock(characteristics);
    await this.#beginSession(characteristics);
    await this.#subscription.begin(characteristics);
    await this.#beginBattery(characteristics);
    this.#life.stillThere();
    this.#rhythm.begin(this.#ports.ticks());
    this.#state = 'ready';
    this.#ports.ready();
    await this.#upload(characteristics);
  }

  /** Ends the connection, or what is left of it. Never rejects. */
  async close(): Promise<void> {
    this.#state = 'closing';
    this.#break();
    await this.#calls.disconnect();
    this.#state = 'idle';
  }

  /** The device said that the link is lost. @returns whether there was one */
  lost(): boolean {
    const was = this.#state;
    this.#break();
    if (was !== 'closing') this.#state = 'idle';
    return was === 'connecting' || was === 'ready';
  }

  /** All services are known. */
  servicesResolved(): void {
    this.#resolved.resolve();
  }

  /** A value of one of its characteristics. */
  value(path: string, octets: Uint8Array): void {
    const characteristic = this.#subscription.of(path);
    if (characteristic === undefined || octets.length === 0) return;
    this.#rhythm.said(this.#ports.ticks(), !this.#memory.uploading);
    this.#intake.told(characteristic, octets);
  }

  /** BlueZ's own reading of the battery, for devices whose battery service it keeps to itself. */
  batteryLevel(): void {
    const { objects } = this.#ports;
    const level = objects.battery(this.path);
    const shown = objects.characteristics(this.path).some(({ uuid }) => uuid === UUID.battery);
    if (level !== undefined && !shown) this.#intake.battery(level);
  }

  /** Before anything of it is changed or heard. @throws BusFault stranger */
  async #identify(characteristics: readonly CharacteristicView[]): Promise<void> {
    if (!this.#ports.asksMade()) return;
    const made = await readMade(characteristics, this.#calls.read);
    this.#life.stillThere();
    if (!this.#ports.made(made)) throw new BusFault('stranger', 'it is another device');
  }

  async #setClock(characteristics: readonly CharacteristicView[]): Promise<void> {
    const { reader, clock, zone, clockWrong, log } = this.#ports;
    const { read, write } = this.#calls;
    const seen = await setClock(characteristics, { clock, zone, read, write });
    this.#life.stillThere();
    if (seen === undefined) return;
    reader.clock = seen.clock;
    if (seen.refused) log('bluetooth-clock-not-taken', {});
    clockWrong(seen.refused);
  }

  /** A glucose sensor counts its minutes from a time that it tells only here. */
  async #beginSession(characteristics: readonly CharacteristicView[]): Promise<void> {
    const start = characteristics.find(({ uuid }) => uuid === UUID.cgmSessionStart);
    const octets = start && (await this.#calls.read(start).catch(() => undefined));
    if (octets !== undefined) this.#ports.reader.sessionStarted(octets);
  }

  async #beginBattery(characteristics: readonly CharacteristicView[]): Promise<void> {
    const battery = characteristics.find(({ uuid }) => uuid === UUID.battery);
    if (battery === undefined) {
      this.batteryLevel();
      return;
    }
    if (this.#subscription.of(battery.path) !== undefined) return;
    // Read before it is subscribed: what a read makes BlueZ say is no second value.
    const octets = await this.#calls.read(battery).catch(() => undefined);
    if (octets !== undefined && octets.length > 0) this.#intake.take(UUID.battery, octets);
    await this.#subscription.beginBattery(battery);
  }

  /** A memory that cannot be read costs the device nothing else. @throws BusFault where the link is gone */
  async #upload(characteristics: readonly CharacteristicView[]): Promise<void> {
    const { log } = this.#ports;
    try {
      for (const result of await this.#memory.upload(characteristics))
        if (result.kind === 'refused') log('bluetooth-records-refused', { response: result.response });
    } catch (error) {
      this.#life.stillThere();
      if (!(error instanceof BusFault) || this.#bondTrouble(error) !== 'none') throw error;
      log('bluetooth-records-failed', { why: error.bluez || error.code });
    }
  }

  #bondTrouble(error: unknown): BondTrouble {
    return bondTrouble(error, this.#isPaired());
  }

  #isPaired(): boolean {
    return this.#ports.objects.device(this.path)?.paired === true;
  }

  #isResolved(): boolean {
    return this.#ports.objects.device(this.path)?.resolved === true;
  }

  #break(): void {
    this.#life.cut();
    this.#ports.reader.restart();
  }
}
