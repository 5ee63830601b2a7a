// The bus: node-ble's session on the system bus, and on its raw connection what node-ble has not: a timeout on every
// call, a bound on calls in flight, one match rule for all that BlueZ says, and word of the end of the bus and of
// bluetoothd.
//
// Why the calls do not go through node-ble's objects (measured): `gatt()` waits for ever, and throws at a child that is
// no service; of two characteristics of one UUID it reaches one; each listener costs a match rule, of which a
// connection has 512; a second subscription doubles the samples. One connection with one rule has none of that: the
// daemon sends a connection each signal once, whatever its rules, and the rules stay two for weeks.

import { createBluetooth } from 'node-ble';
import { BusFault } from './bus-fault.ts';
import { type Bus, type BusMessage, Message, Variant } from './dbus.ts';
import { type BusCall, InFlight } from './in-flight.ts';

export type BusSignal = {
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  readonly body: readonly unknown[];
};

export type BusEvents = {
  /** A signal of the owner of `org.bluez`, and of nobody else. */
  signal(signal: BusSignal): void;
  /** bluetoothd has come, gone, or been replaced. */
  owner(owner: string | undefined): void;
  /** The connection has ended; nothing follows. */
  end(why: string): void;
  /** A call that BlueZ made to one of our objects. The answer goes back; a throw of `BusFault` as its error. */
  called(call: BusSignal): Promise<number | string | undefined> | undefined;
};

const BUS = 'org.freedesktop.DBus';
const BUS_PATH = '/org/freedesktop/DBus';
const BLUEZ = 'org.bluez';
/** The daemon is asked whether it is there; it is dead after two silent times. */
const PING_MS = 600;
const OPEN_MS = 5_000;

/** A value with its D-Bus signature, as properties and options need it. */
export const typed = (signature: string, value: unknown): unknown => new Variant(signature, value);

/** The value behind a variant. */
export const plain = (value: unknown): unknown => (value instanceof Variant ? value.value : value);

export class BluezBus {
  readonly #bus: Bus;
  readonly #destroy: () => void;
  readonly #events: BusEvents;
  #owner: string | undefined;
  #ended = false;
  /** Anything came since the daemon was last asked. */
  #heard = false;
  readonly #calls: InFlight;
  #ping: NodeJS.Timeout | undefined;

  private constructor(address: string | undefined, events: BusEvents) {
    this.#events = events;
    const { bluetooth, destroy } = sessionAt(address);
    this.#bus = (bluetooth as unknown as { readonly dbus: Bus }).dbus;
    this.#destroy = destroy;
    this.#calls = new InFlight(this.#bus, (why) => this.#end(why));
    this.#bus.on('message', (message: BusMessage) => this.#hear(message));
    this.#bus.addMethodHandler((message: BusMessage) => this.#answer(message));
  }

  /**
   * Connects, and listens. The owner of `org.bluez` is told by `events.owner` before this resolves, if there is one.
   * @throws BusFault closed, timeout
   */
  static async open(address: string | undefined, events: BusEvents): Promise<BluezBus> {
    const one = new BluezBus(address, events);
    try {
      await one.#connected();
      await one.#listen();
    } catch (error) {
      one.close();
      throw error;
    }
    return one;
  }

  /** How many calls are on their way, those included that nobody waits for any more. */
  get inFlight(): number {
    return this.#calls.count;
  }

  /** Whether bluetoothd is there. */
  get hasOwner(): boolean {
    return this.#owner !== undefined;
  }

  /** Calls BlueZ. @throws BusFault */
  call(call: BusCall): Promise<readonly unknown[]> {
    if (this.#owner === undefined) return Promise.reject(new BusFault('no-bluez', 'bluetoothd does not run'));
    return this.#calls.send(BLUEZ, call);
  }

  /** Ends the connection without a word. */
  close(): void {
    this.#end(undefined);
  }

  async #connected(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const late = setTimeout(() => opened.reject(new BusFault('timeout', 'the bus does not answer')), OPEN_MS);
    this.#bus.on('connect', () => opened.resolve());
    // dbus-next has no name for this event in its types; without a listener an error would end the process.
    (this.#bus as unknown as NodeJS.EventEmitter).on('error', (error: Error) => {
      opened.reject(new BusFault('closed', error.message));
      this.#end(error.message);
    });
    try {
      await opened.promise;
    } finally {
      clearTimeout(late);
    }
    // A daemon that dies closes the socket; dbus-next tells nobody.
    streamOf(this.#bus)?.once('close', () => this.#end('the bus has closed the connection'));
    this.#watch();
  }

  async #listen(): Promise<void> {
    const rules = [
      `type='signal',sender='${BLUEZ}'`,
      `type='signal',sender='${BUS}',member='NameOwnerChanged',arg0='${BLUEZ}'`,
    ];
    for (const rule of rules) await this.#toBus('AddMatch', 's', [rule]);
    const owner = await this.#toBus('GetNameOwner', 's', [BLUEZ]).catch((error: unknown) => {
      if (error instanceof BusFault && error.code === 'remote') return [];
      throw error;
    });
    this.#owned(owner[0] as string | undefined);
  }

  #toBus(member: string, signature: string, body: readonly unknown[]): Promise<readonly unknown[]> {
    return this.#calls.send(BUS, { path: BUS_PATH, iface: BUS, member, signature, body });
  }

  /** A frozen daemon closes nothing: it is asked. Behind a storm of signals its answer comes late: any word counts. */
  #watch(): void {
    let silent = 0;
    const ask = (): void => {
      this.#heard = false;
      const ping = this.#calls.urgent(BUS, {
        path: BUS_PATH,
        iface: 'org.freedesktop.DBus.Peer',
        member: 'Ping',
        timeoutMs: PING_MS,
      });
      ping.then(
        () => {
          silent = 0;
        },
        () => {
          silent = this.#heard ? 0 : silent + 1;
          if (silent >= 2) this.#end('the bus does not answer');
        },
      );
    };
    this.#ping = setInterval(ask, PING_MS + 50);
    this.#ping.unref();
  }

  #owned(owner: string | undefined): void {
    const next = owner === '' ? undefined : owner;
    if (next === this.#owner) return;
    this.#owner = next;
    this.#events.owner(next);
  }

  #hear(message: BusMessage): void {
    this.#heard = true;
    if (message.type !== 4 || this.#ended) return;
    const { sender, path, member, body } = message;
    // Anyone on the bus may send us a signal: what counts is who the daemon says it is.
    if (sender === this.#owner) this.#events.signal({ path, iface: message.interface, member, body });
    else if (sender === BUS && member === 'NameOwnerChanged' && body[0] === BLUEZ)
      this.#owned(body[2] as string);
  }

  #answer(message: BusMessage): boolean {
    if (message.sender !== this.#owner) return false;
    const { path, member, body } = message;
    const work = this.#events.called({ path, iface: message.interface, member, body });
    if (work === undefined) return false;
    const reply = (answer: BusMessage): void => {
      if (!this.#ended) this.#bus.send(answer);
    };
    work.then(
      (value) => reply(returnOf(message, value)),
      (error: unknown) => {
        const name =
          error instanceof BusFault && error.remote !== '' ? error.remote : 'org.bluez.Error.Rejected';
        reply(Message.newError(message, name, 'Refused'));
      },
    );
    return true;
  }

  #end(why: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#ping);
    this.#calls.end();
    this.#destroy();
    streamOf(this.#bus)?.destroy();
    if (why !== undefined) this.#events.end(why);
  }
}

/** node-ble reads the address from the environment, inside the call. */
function sessionAt(address: string | undefined): ReturnType<typeof createBluetooth> {
  const before = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
  if (address !== undefined) process.env['DBUS_SYSTEM_BUS_ADDRESS'] = address;
  try {
    return createBluetooth();
  } finally {
    if (before !== undefined) process.env['DBUS_SYSTEM_BUS_ADDRESS'] = before;
    else if (address !== undefined) delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
  }
}

/** dbus-next keeps its socket to itself. */
function streamOf(bus: Bus): import('node:net').Socket | undefined {
  return (bus as unknown as { readonly _connection: { readonly stream?: import('node:net').Socket } })
    ._connection.stream;
}

function returnOf(message: BusMessage, value: unknown): BusMessage {
  if (typeof value === 'number') return Message.newMethodReturn(message, 'u', [value]);
  if (typeof value === 'string') return Message.newMethodReturn(message, 's', [value]);
  return Message.newMethodReturn(message, '', []);
}
