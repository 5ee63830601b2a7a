// Our end of the bus: owns `org.bluez`, hands every method call to one function and sends its answer. Knows nothing
// of Bluetooth. A call whose handler never answers stays unanswered, as with a daemon that hangs.

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Message, type MessageBus, sessionBus } from 'dbus-next';
import { BusError } from './error.ts';
import type { ValueSignal } from './value-signal.ts';

export type Call = {
  /** The caller's unique name, as the bus vouches for it. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly unknown[];
};
/** What goes back. */
export type Answer = { readonly signature: string; readonly body: unknown[] };
/** The answer of a method that returns nothing. */
export const DONE: Answer = { signature: '', body: [] };
export type CallHandler = (call: Call) => Answer | Promise<Answer>;

export type Wire = {
  /** The unique name under which the signals are sent. */
  readonly name: string;
  /** Calls of one client that were not answered yet, at most so far. */
  readonly inFlightMax: number;
  signal(path: string, iface: string, member: string, signature: string, body: unknown[]): void;
  /** The lean way, for notifications. Gives the octets that wait in this process for the bus to take them. */
  notify(signal: ValueSignal, value: Uint8Array): number;
  /** Calls a method of a client, such as its pairing agent. Rejects with a DBusError. */
  call(
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature: string,
    body: unknown[],
  ): Promise<readonly unknown[]>;
  close(): Promise<void>;
};

const BUS = 'org.freedesktop.DBus';

/** Connects, becomes `org.bluez` and serves `onCall`. `onGone` hears of each client that left the bus. */
export async function openWire(
  address: string,
  onCall: CallHandler,
  onGone: (client: string) => void,
): Promise<Wire> {
  const bus = sessionBus({ busAddress: address });
  // The daemon may die at any time: that is one of the faults, and calls in flight then wait for ever.
  ignoreErrors(bus);
  const inFlight = new Map<string, number>();
  let inFlightMax = 0;
  let open = true;

  const send = (message: Message): void => {
    if (open && streamOf(bus)?.writable === true) bus.send(message);
  };
  bus.addMethodHandler((message: Message) => {
    const { sender, path, member } = message;
    const call = { sender, path, interface: message.interface, member, signature: message.signature };
    const count = (inFlight.get(sender) ?? 0) + 1;
    inFlight.set(sender, count);
    inFlightMax = Math.max(inFlightMax, count);
    const settled = (): void => {
      inFlight.set(sender, (inFlight.get(sender) ?? 1) - 1);
    };
    void (async () => {
      try {
        const answer = await onCall({ ...call, body: message.body });
        settled();
        send(Message.newMethodReturn(message, answer.signature, answer.body));
      } catch (error) {
        settled();
        if (!(error instanceof BusError)) throw error;
        send(Message.newError(message, error.errorName, error.message));
      }
    })();
    return true;
  });
  bus.on('message', (message: Message) => {
    if (message.sender !== BUS || message.member !== 'NameOwnerChanged') return;
    const [name, , next] = message.body;
    if (typeof name !== 'string' || !name.startsWith(':') || next !== '') return;
    inFlight.delete(name);
    onGone(name);
  });
  const callBus = (member: string, signature: string, body: unknown[]) =>
    bus.call(
      new Message({
        destination: BUS,
        path: '/org/freedesktop/DBus',
        interface: BUS,
        member,
        signature,
        body,
      }),
    );
  await callBus('AddMatch', 's', [`type='signal',sender='${BUS}',member='NameOwnerChanged'`]);
  const owned = await bus.requestName('org.bluez', 4);
  if (owned !== 1) throw new Error('org.bluez has an owner on this bus already');

  let corked = false;
  return {
    name: bus.name!,
    get inFlightMax() {
      return inFlightMax;
    },
    signal: (path, iface, member, signature, body) =>
      send(Message.newSignal(path, iface, member, signature, body)),
    notify: (signal, value) => {
      const stream = streamOf(bus);
      if (!open || stream?.writable !== true) return 0;
      // What is said in one turn of the event loop leaves in one system call.
      if (!corked) {
        corked = true;
        stream.cork();
        process.nextTick(() => {
          corked = false;
          stream.uncork();
        });
      }
      stream.write(signal(bus.newSerial(), value));
      return stream.writableLength;
    },
    call: async (destination, path, iface, member, signature, body) => {
      const reply = await bus.call(
        new Message({ destination, path, interface: iface, member, signature, body }),
      );
      return reply?.body ?? [];
    },
    close: async () => {
      if (!open) return;
      open = false;
      const stream = streamOf(bus);
      if (stream === undefined || stream.destroyed) return;
      const closed = new Promise<void>((resolve) => {
        stream.once('close', () => resolve());
      });
      bus.disconnect();
      stream.destroySoon();
      await closed;
    },
  };
}

// dbus-next keeps its socket to itself. We need it to send octets that we laid out ourselves, and to see that it ended.
function streamOf(bus: MessageBus): Socket | undefined {
  return (bus as unknown as { readonly _connection: { readonly stream?: Socket } })._connection.stream;
}

/** Without this, an error of the connection ends the process. dbus-next emits it, and its types leave it out. */
export function ignoreErrors(bus: MessageBus): void {
  (bus as EventEmitter).on('error', () => undefined);
}
