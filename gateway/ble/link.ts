// One enrolled device at one adapter: its connection, what is set up on it, and what it says. The story of a
// connection is `open`, step by step; `close` ends it, and `lost` hears that it ended by itself.
//
// What is subscribed stays so over a lost link, for BlueZ arms it again by itself: a value that comes before this hub
// has set anything up again is heard, and none is heard twice.

import type { TimedMeasurement } from '@heartwood/vitals';
import type { RecordsTaken } from '../ingest/cursor.ts';
import { type BondTrouble, bondTrouble } from './bond.ts';
import type { BluezBus } from './bus.ts';
import { typed } from './bus.ts';
import { BusFault, isFault } from './bus-fault.ts';
import { setClock } from './clock-sync.ts';
import type { Zone } from './clock-trust.ts';
import { Memory } from './memory.ts';
import { type BluezObjects, CHARACTERISTIC, type CharacteristicView, DEVICE } from './objects.ts';
import type { Outbox } from './outbox.ts';
import { kindOf, MEASUREMENTS, UUID } from './profile.ts';
import type { Reader } from './reader.ts';
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
  /** The device's clock was looked at, and set where it could be. */
  clockWrong(isSo: boolean): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export type LinkState = 'idle' | 'connecting' | 'ready' | 'closing';

/** From so many values on, a device's rhythm is known. */
const STEADY_VALUES = 5;

export class Link {
  readonly path: string;
  readonly #ports: LinkPorts;
  #state: LinkState = 'idle';
  /** Characteristics whose values are taken, by path. */
  readonly #taken = new Map<string, number>();
  readonly #memory: Memory;
  #resolved = Promise.withResolvers<void>();
  #broken = new AbortController();
  /** Begins with the set-up: a device has time to say its first word. */
  #lastMs = 0;
  #saidMs: number | undefined;
  /** Of this connection: its values, and the longest time between two of them. */
  #values = 0;
  #gapMs = 0;

  constructor(path: string, ports: LinkPorts) {
    this.path = path;
    this.#ports = ports;
    this.#memory = new Memory({
      records: ports.records,
      write: (control, request) => this.#write(control, request),
      patiently: (what, name) => this.#within(what, ports.timing.recordMs, name),
      lastMs: () => this.#lastMs,
      isBroken: () => this.#broken.signal.aborted,
    });
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
    return this.#state === 'ready' && this.#memory.idle ? nowMs - this.#lastMs : 0;
  }

  /** It has been saying something so often that a silence of `silentMs` is a sign of trouble. A glucose sensor never is. */
  get steady(): boolean {
    return (
      this.kind === 'live' && this.#values >= STEADY_VALUES && this.#gapMs * 3 < this.#ports.timing.silentMs
    );
  }

  /** When it last said something, in ticks. */
  get saidMs(): number | undefined {
    return this.#saidMs;
  }

  /**
   * Connects and sets everything up: services, clock, subscriptions, and then the upload of records.
   * @throws BusFault what broke it; the link is to be closed then
   */
  async open(): Promise<void> {
    this.#state = 'connecting';
    this.#values = 0;
    this.#gapMs = 0;
    this.#saidMs = undefined;
    this.#broken = new AbortController();
    this.#resolved = Promise.withResolvers();
    this.#resolved.promise.catch(() => undefined);
    const { timing } = this.#ports;
    await this.#onDevice('Connect', timing.connectMs);
    if (this.#ports.pairs() && this.#ports.objects.device(this.path)?.paired !== true)
      await this.#onDevice('Pair', timing.pairMs);
    if (!this.#isResolved()) await this.#within(this.#resolved.promise, timing.resolveMs, 'its services');
    this.#stillThere();
    const characteristics = this.#ports.objects.characteristics(this.path);
    const { reader, clock, zone, clockWrong, log } = this.#ports;
    const seen = await setClock(characteristics, { clock, zone, read: this.#read, write: this.#write });
    this.#stillThere();
    if (seen !== undefined) {
      reader.clock = seen.clock;
      if (seen.refused) log('bluetooth-clock-not-taken', {});
      clockWrong(seen.refused);
    }
    await this.#subscribe(characteristics);
    await this.#battery(characteristics);
    this.#stillThere();
    this.#lastMs = this.#ports.ticks();
    this.#state = 'ready';
    this.#ports.ready();
    await this.#upload(characteristics);
  }

  /** A memory that cannot be read costs the device nothing else. @throws BusFault where the link is gone */
  async #upload(characteristics: readonly CharacteristicView[]): Promise<void> {
    const { log } = this.#ports;
    try {
      for (const result of await this.#memory.upload(characteristics))
        if (result.kind === 'refused') log('bluetooth-records-refused', { response: result.response });
    } catch (error) {
      this.#stillThere();
      if (!(error instanceof BusFault) || this.#bondTrouble(error) !== 'none') throw error;
      log('bluetooth-records-failed', { why: error.bluez || error.code });
    }
  }

  #bondTrouble(error: unknown): BondTrouble {
    return bondTrouble(error, this.#ports.objects.device(this.path)?.paired === true);
  }

  /** Ends the connection, or what is left of it. Never rejects. */
  async close(): Promise<void> {
    this.#state = 'closing';
    this.#break();
    await this.#ports.bus
      .call({
        path: this.path,
        iface: DEVICE,
        member: 'Disconnect',
        timeoutMs: this.#ports.timing.disconnectMs,
      })
      .catch(() => undefined);
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
    const characteristic = this.#taken.get(path);
    // Not subscribed: somebody read it, perhaps we.
    if (characteristic === undefined || octets.length === 0) return;
    const nowMs = this.#ports.clock();
    this.#count();
    if (!this.#memory.takes(characteristic, octets)) this.#take(characteristic, octets, nowMs);
  }

  /** BlueZ's own reading of the battery, for devices whose battery service it keeps to itself. */
  batteryLevel(): void {
    const level = this.#ports.objects.battery(this.path);
    if (level === undefined || level > 100 || this.#batteryShown()) return;
    const reading: TimedMeasurement = { measurement: { kind: 'battery', value: level } };
    this.#ports.outbox.add([reading], this.#ports.clock());
  }

  #batteryShown(): boolean {
    return this.#ports.objects.characteristics(this.path).some(({ uuid }) => uuid === UUID.battery);
  }

  #count(): void {
    const nowMs = this.#ports.ticks();
    // An upload says nothing of the device's rhythm.
    if (!this.#memory.uploading) {
      if (this.#saidMs !== undefined) this.#gapMs = Math.max(this.#gapMs, nowMs - this.#saidMs);
      this.#values += 1;
    }
    this.#saidMs = nowMs;
    this.#lastMs = nowMs;
  }

  #take(characteristic: number, octets: Uint8Array, nowMs: number): void {
    const { reader, outbox, log } = this.#ports;
    const read = reader.read(characteristic, octets, nowMs, this.#memory.uploading);
    if (read.kind === 'refused')
      log('bluetooth-value-refused', { characteristic: hex(characteristic), reason: read.reason });
    if (read.kind !== 'readings') return;
    if (!read.record) {
      outbox.add(read.readings, nowMs);
      return;
    }
    this.#memory.storing(outbox.addRecord(read.readings, nowMs));
  }

  async #onDevice(member: string, timeoutMs: number): Promise<void> {
    await this.#ports.bus
      .call({ path: this.path, iface: DEVICE, member, timeoutMs })
      .catch((error: unknown) => {
        const known = error instanceof BusFault && /^Already(Connected|Exists)$/.test(error.bluez);
        if (known) return;
        // Nobody answered in time: bluetoothd is told, or it asks on.
        if (member === 'Pair' && isFault(error, 'timeout')) void this.#cancelPairing();
        throw error;
      });
    this.#stillThere();
  }

  async #cancelPairing(): Promise<void> {
    await this.#ports.bus
      .call({ path: this.path, iface: DEVICE, member: 'CancelPairing' })
      .catch(() => undefined);
  }

  #isResolved(): boolean {
    return this.#ports.objects.device(this.path)?.resolved === true;
  }

  readonly #read = async ({ path }: CharacteristicView): Promise<Uint8Array> => {
    const [octets] = await this.#onCharacteristic(path, 'ReadValue', 'a{sv}', [{ offset: typed('q', 0) }]);
    return Uint8Array.from(octets as ArrayLike<number>);
  };

  /** With response: RACP is not to be written otherwise, and a clock that was not taken is to be heard of. */
  readonly #write = async ({ path }: CharacteristicView, octets: Uint8Array): Promise<void> => {
    await this.#onCharacteristic(path, 'WriteValue', 'aya{sv}', [
      Buffer.from(octets),
      { offset: typed('q', 0), type: typed('s', 'request') },
    ]);
  };

  #onCharacteristic(
    path: string,
    member: string,
    signature: string,
    body: readonly unknown[],
  ): Promise<readonly unknown[]> {
    const { bus, timing } = this.#ports;
    return bus.call({ path, iface: CHARACTERISTIC, member, signature, body, timeoutMs: timing.callMs });
  }

  async #subscribe(characteristics: readonly CharacteristicView[]): Promise<void> {
    const start = characteristics.find(({ uuid }) => uuid === UUID.cgmSessionStart);
    if (start !== undefined) {
      await this.#read(start).then(
        (octets) => this.#ports.reader.sessionStarted(octets),
        () => undefined,
      );
    }
    for (const { path, uuid, flags } of characteristics) {
      if (uuid === undefined || !flags.some((flag) => flag === 'notify' || flag === 'indicate')) continue;
      if (!MEASUREMENTS.has(uuid) && uuid !== UUID.recordAccess && uuid !== UUID.glucoseContext) continue;
      if (uuid === UUID.battery) continue;
      // Before the subscription: the first value may come with its answer.
      this.#taken.set(path, uuid);
      await this.#onCharacteristic(path, 'StartNotify', '', []).catch((error: unknown) => {
        // BlueZ has armed it already.
        if (isFault(error, 'InProgress')) return;
        if (!isFault(error, 'remote') || this.#bondTrouble(error) !== 'none') throw error;
        // One that the device does not give costs nothing of the others.
        this.#taken.delete(path);
        this.#ports.log('bluetooth-not-subscribed', { characteristic: hex(uuid) });
      });
      this.#stillThere();
    }
  }

  /** Read before it is subscribed: what a read makes BlueZ say is no second value. */
  async #battery(characteristics: readonly CharacteristicView[]): Promise<void> {
    const battery = characteristics.find(({ uuid }) => uuid === UUID.battery);
    if (battery === undefined) {
      this.batteryLevel();
      return;
    }
    if (this.#taken.has(battery.path)) return;
    const octets = await this.#read(battery).catch(() => undefined);
    if (octets !== undefined && octets.length > 0) this.#take(UUID.battery, octets, this.#ports.clock());
    if (!battery.flags.includes('notify')) return;
    this.#taken.set(battery.path, UUID.battery);
    await this.#onCharacteristic(battery.path, 'StartNotify', '', []).catch(() => undefined);
  }

  /** Waits for something, but no longer than that, nor longer than the link lasts. */
  async #within<T>(what: Promise<T>, ms: number, name: string): Promise<T> {
    const end = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => end.reject(new BusFault('timeout', `the device did not tell ${name}`)),
      ms,
    );
    const broke = (): void => end.reject(lostLink());
    this.#broken.signal.addEventListener('abort', broke);
    if (this.#broken.signal.aborted) broke();
    try {
      return await Promise.race([what, end.promise]);
    } finally {
      clearTimeout(timer);
      this.#broken.signal.removeEventListener('abort', broke);
    }
  }

  #stillThere(): void {
    if (this.#broken.signal.aborted) throw lostLink();
  }

  #break(): void {
    this.#broken.abort();
    this.#ports.reader.restart();
  }
}

const lostLink = (): BusFault => new BusFault('closed', 'the link was lost');
const hex = (uuid: number): string => uuid.toString(16).padStart(4, '0').toUpperCase();
