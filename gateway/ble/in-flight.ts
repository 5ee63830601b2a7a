// Calls on their way: each has a timeout, and there are never many. A connection to the bus may have 128 pending; the
// one beyond makes the daemon answer in BlueZ's place, and dbus-next would take it for BlueZ from then on.

import { BusFault } from './bus-fault.ts';
import { type Bus, type BusMessage, Message } from './dbus.ts';

export type BusCall = {
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly timeoutMs?: number;
};

/** A connection may have 128 calls pending; those that timed out here are still pending there. */
const IN_FLIGHT_MAX = 64;
const WAITING_MAX = 1024;
/** Calls that never were answered: with so many of them the connection is given up, and begun anew. */
const LOST_MAX = 32;
const CALL_MS = 5_000;

type Pending = {
  readonly message: BusMessage;
  readonly timeoutMs: number;
  resolve(body: readonly unknown[]): void;
  reject(error: Error): void;
};

export class InFlight {
  readonly #bus: Bus;
  readonly #giveUp: (why: string) => void;
  readonly #waiting: Pending[] = [];
  /** What ends each call that is on its way. */
  readonly #pending = new Set<() => void>();
  #lost = 0;
  #ended = false;

  /** @param giveUp hears when so many calls were never answered that the connection is of no use */
  constructor(bus: Bus, giveUp: (why: string) => void) {
    this.#bus = bus;
    this.#giveUp = giveUp;
  }

  /** How many are on their way, those included that nobody waits for any more. */
  get count(): number {
    return this.#pending.size;
  }

  /** Calls, or waits until there is room to. @throws BusFault */
  send(destination: string, call: BusCall): Promise<readonly unknown[]> {
    if (this.#pending.size < IN_FLIGHT_MAX) return this.urgent(destination, call);
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(new BusFault('busy', 'too many calls wait for Bluetooth'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...messageOf(destination, call), resolve, reject });
    });
  }

  /** Calls at once, whatever waits. @throws BusFault */
  urgent(destination: string, call: BusCall): Promise<readonly unknown[]> {
    if (this.#ended) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#go({ ...messageOf(destination, call), resolve, reject });
    });
  }

  /** The connection has ended: nobody waits any longer. */
  end(): void {
    this.#ended = true;
    for (const abandon of [...this.#pending]) abandon();
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
  }

  #go({ message, timeoutMs, resolve, reject }: Pending): void {
    let late = false;
    const settle = (): boolean => {
      clearTimeout(timer);
      if (!this.#pending.delete(abandon)) return false;
      if (late) this.#lost -= 1;
      this.#next();
      return true;
    };
    const abandon = (): void => {
      if (settle()) reject(closed());
    };
    const judge = (): void => {
      if (!this.#pending.has(abandon)) return;
      late = true;
      this.#lost += 1;
      reject(new BusFault('timeout', `${message.member} was not answered within ${timeoutMs} ms`));
      if (this.#lost >= LOST_MAX) this.#giveUp(`${this.#lost} calls were never answered`);
    };
    // The answer may lie in the socket, unread because this process was busy: read first, then judge.
    const timer = setTimeout(() => setImmediate(() => setImmediate(judge)), timeoutMs);
    this.#pending.add(abandon);
    const answered = (reply: BusMessage | null): void => {
      if (settle()) resolve(reply?.body ?? []);
    };
    const failed = (error: unknown): void => {
      if (settle()) reject(faultOf(error));
    };
    this.#bus.call(message).then(answered, failed);
  }

  #next(): void {
    if (this.#ended || this.#pending.size >= IN_FLIGHT_MAX) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#go(next);
  }
}

function messageOf(
  destination: string,
  { path, iface, member, signature = '', body = [], timeoutMs = CALL_MS }: BusCall,
): Pick<Pending, 'message' | 'timeoutMs'> {
  const head = { destination, path, interface: iface, member };
  return { message: new Message({ ...head, signature, body: [...body] }), timeoutMs };
}

const closed = (): BusFault => new BusFault('closed', 'the bus is closed');

function faultOf(error: unknown): BusFault {
  const { type, text, message } = error as { type?: string; text?: string; message?: string };
  if (typeof type !== 'string') return new BusFault('closed', message ?? String(error));
  // The daemon answers for a name that nobody owns any more.
  if (type === 'org.freedesktop.DBus.Error.ServiceUnknown' || type === 'org.freedesktop.DBus.Error.NoReply')
    return new BusFault('no-bluez', text ?? type);
  return new BusFault('remote', text ?? type, type);
}
