// One enrolled device at one adapter: its connection, what is set up on it, and what it says. The story of a
// connection is `open`, step by step; `close` ends it, and `lost` hears that it ended by itself.

import type { RecordsTaken } from '../ingest/cursor.ts';
import { type BondTrouble, bondTrouble } from './bond.ts';
import type { BluezBus } from './bus.ts';
import { BusFault } from './bus-fault.ts';
import { DeviceCalls } from './device-calls.ts';
import { DeviceClock, type DeviceClockPorts } from './device-clock.ts';
import { Intake, type IntakePorts } from './intake.ts';
import { Lifeline } from './lifeline.ts';
import { type Made, readMade } from './made.ts';
import { Memory } from './memory.ts';
import type { BluezObjects, CharacteristicView } from './objects.ts';
import { kindOf, UUID } from './profile.ts';
import { Rhythm } from './rhythm.ts';
import { Subscription } from './subscription.ts';
import type { Timing } from './timing.ts';

export type LinkPorts = IntakePorts &
  DeviceClockPorts & {
    readonly bus: BluezBus;
    readonly objects: BluezObjects;
    readonly timing: Timing;
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
  };

export type LinkState = 'idle' | 'connecting' | 'ready' | 'closing';

export class Link {
  readonly path: string;
  readonly #ports: LinkPorts;
  readonly #calls: DeviceCalls;
  readonly #clock: DeviceClock;
  readonly #subscription: Subscription;
  readonly #memory: Memory;
  readonly #intake: Intake;
  #state: LinkState = 'idle';
  #connected = false;
  #owes = false;
  #resolved = Promise.withResolvers<void>();
  #life = new Lifeline();
  #rhythm = new Rhythm();

  constructor(path: string, ports: LinkPorts) {
    this.path = path;
    this.#ports = ports;
    this.#calls = new DeviceCalls(path, ports.bus, ports.timing);
    this.#clock = new DeviceClock(ports, this.#calls);
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
      store: (characteristic, octets) => this.#intake.take(characteristic, octets, false),
      names: (characteristic, octets) => ports.reader.names(characteristic, octets, ports.clock()),
    });
    this.#intake = new Intake(ports, this.#memory);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** `Connect` did not fail, this time: whatever went wrong is none of the adapter's. */
  get connected(): boolean {
    return this.#connected;
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

  /** It has records that are still to come. */
  get owes(): boolean {
    return this.#owes;
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
    const life = new Lifeline();
    this.#life = life;
    this.#memory.begin();
    this.#resolved = Promise.withResolvers();
    this.#resolved.promise.catch(() => undefined);
    this.#connected = false;
    await this.#calls.connect();
    this.#connected = true;
    this.#life.stillThere();
    if (this.#ports.pairs() && !this.#isPaired()) await this.#calls.pair();
    this.#life.stillThere();
    if (!this.#isResolved())
      await this.#life.within(this.#resolved.promise, this.#ports.timing.resolveMs, 'its services');
    this.#life.stillThere();
    const characteristics = this.#ports.objects.characteristics(this.path);
    await this.#identify(characteristics);
    // A clock behind which records wait is set when they have come: they were made with it as it is.
    const behind = this.#memory.isBehind(characteristics);
    await (behind
      ? this.#clock.look(characteristics)
      : this.#clock.set(characteristics, () => life.stillThere()));
    this.#life.stillThere();
    let counted = await this.#beginSession(characteristics);
    this.#life.stillThere();
    await this.#subscription.begin(characteristics);
    await this.#beginBattery(characteristics);
    this.#life.stillThere();
    this.#rhythm.begin(this.#ports.ticks());
    this.#state = 'ready';
    this.#owes = behind;
    this.#ports.ready();
    if (!behind) return;
    for (;;) {
      counted ||= await this.#beginSession(characteristics);
      life.stillThere();
      // Without the start of its session nobody can tell which records of a glucose sensor are known.
      if (counted && (await this.#upload(characteristics, life))) break;
      await life.rest(this.#ports.timing.uploadAgainMs);
    }
    this.#owes = false;
    await this.#clock.set(characteristics, () => life.stillThere());
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
    const nowMs = this.#ports.ticks();
    const settled = this.#state === 'ready' && nowMs - this.#rhythm.lastMs > this.#ports.timing.settledMs;
    this.#rhythm.said(nowMs, !this.#memory.uploading);
    this.#intake.told(characteristic, octets, settled);
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

  /** A glucose sensor counts its minutes from a time that it tells only here. @returns whether it did, or need not */
  async #beginSession(characteristics: readonly CharacteristicView[]): Promise<boolean> {
    const start = characteristics.find(({ uuid }) => uuid === UUID.cgmSessionStart);
    if (start === undefined) return true;
    const octets = await this.#calls.read(start).catch(() => undefined);
    if (octets !== undefined && this.#ports.reader.sessionStarted(octets)) return true;
    this.#ports.log('bluetooth-session-unknown', {});
    return false;
  }

  async #beginBattery(characteristics: readonly CharacteristicView[]): Promise<void> {
    const battery = characteristics.find(({ uuid }) => uuid === UUID.battery);
    if (battery === undefined) {
      this.batteryLevel();
      return;
    }
    const known = this.#subscription.of(battery.path) !== undefined;
    const octets = await this.#calls.read(battery).catch(() => undefined);
    // Where it is subscribed already, BlueZ tells what was read as a change, which is taken then.
    if (known) return;
    if (octets !== undefined && octets.length > 0) this.#intake.take(UUID.battery, octets, false);
    await this.#subscription.beginBattery(battery);
  }

  /** A memory that cannot be read costs the device nothing else. @returns whether it was read @throws BusFault */
  async #upload(characteristics: readonly CharacteristicView[], life: Lifeline): Promise<boolean> {
    const { log } = this.#ports;
    try {
      for (const result of await this.#memory.upload(characteristics))
        if (result.kind === 'refused') log('bluetooth-records-refused', { response: result.response });
      return true;
    } catch (error) {
      life.stillThere();
      if (!(error instanceof BusFault) || this.#bondTrouble(error) !== 'none') throw error;
      log('bluetooth-records-failed', { why: error.bluez || error.code });
      return false;
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
    if (this.#life.isCut) return;
    this.#life.cut();
    this.#intake.end();
  }
}
