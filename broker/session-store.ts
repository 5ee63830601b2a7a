// What aedes may remember, bounded: the persistence interface of aedes 2 over plain maps. It keeps, per
// device, whether it hears its commands, a few commands (commands.ts), and the ids of QoS 2 messages not yet
// released. It keeps no message of a device: the stock store holds every QoS 2 payload until PUBREL, retains
// without end and queues offline without end. Lost on restart, which MQTT allows and devices handle.

import { Readable } from 'node:stream';
import { topicOf } from '@heartwood/vitals';
import type { Subscription } from 'aedes';

type Named = { id: string };

/** A command for a device. `id` is 0 until it was sent once; `sentOn` the connection on which it waits for its PUBACK. */
export type Command = {
  readonly body: Uint8Array;
  readonly at: number;
  id: number;
  sentOn: object | undefined;
};

type Session = {
  subscription: Subscription | undefined;
  commands: Command[];
  lastId: number;
  unreleased: Set<number>;
};

/** What one device may leave in the store. */
export type SessionLimits = {
  commandsKeptMax: number;
  commandBytesKeptMax: number;
  commandAgeMaxMs: number;
  unreleasedMax: number;
};

/**
 * What a session without a subscription is restored by: aedes takes a session for present only when there is something to
 * subscribe to. Whoever authorizes subscriptions grants this one nothing.
 */
export const SESSION_ALONE: Readonly<Subscription> = Object.freeze({ topic: ' session', qos: 0 });

/** One instance per broker. Every method that aedes calls is asynchronous because aedes asks so. */
export class SessionStore {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();
  /** Told when a device has acknowledged a command. */
  onAcknowledged: (device: string) => void = () => undefined;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** Whether a QoS 2 message with this id was taken and waits for its PUBREL. */
  holds(device: string, messageId: number | undefined): boolean {
    return messageId !== undefined && (this.#sessions.get(device)?.unreleased.has(messageId) ?? false);
  }

  /** Whether this device may start no further QoS 2 message. */
  isFull(device: string): boolean {
    return (this.#sessions.get(device)?.unreleased.size ?? 0) >= this.#limits.unreleasedMax;
  }

  /** Whether a persistent session hears commands while its device is away: at QoS 0 nothing is kept. */
  hears(device: string): boolean {
    return (this.#sessions.get(device)?.subscription?.qos ?? 0) > 0;
  }

  /** Begins the session of a device that is now connected, or goes on with it. */
  open(device: string): void {
    this.#session(device);
  }

  /** The connection ended: what belonged to it alone is forgotten, and what was sent on it is to be sent again. */
  close(device: string, connection: object, persistent: boolean): void {
    const session = this.#sessions.get(device);
    if (session === undefined) return;
    if (!persistent) this.#sessions.delete(device);
    for (const command of session.commands) if (command.sentOn === connection) command.sentOn = undefined;
  }

  /**
   * Keeps a command, the newest in its queue; the oldest that was not sent makes room.
   * @returns false where all of them were sent and wait for the device
   */
  keep(device: string, command: Command, now: number): boolean {
    const { commands } = this.#session(device);
    const { commandsKeptMax, commandBytesKeptMax } = this.#limits;
    this.commands(device, now);
    const bytes = (): number => commands.reduce((sum, { body }) => sum + body.length, command.body.length);
    while (commands.length >= commandsKeptMax || bytes() > commandBytesKeptMax) {
      const oldest = commands.findIndex(({ sentOn }) => sentOn === undefined);
      if (oldest < 0) return false;
      commands.splice(oldest, 1);
    }
    commands.push(command);
    return true;
  }

  /** The commands of a device, oldest first, without those whose time is over. */
  commands(device: string, now: number): readonly Command[] {
    const session = this.#sessions.get(device);
    if (session === undefined) return [];
    const { commands } = session;
    const { commandAgeMaxMs } = this.#limits;
    // The caller may be walking over this very list: it is changed in place only where something is over.
    for (let at = commands.length - 1; at >= 0; at--) {
      const age = now - (commands[at] as Command).at;
      if (age >= commandAgeMaxMs) commands.splice(at, 1);
    }
    return [...commands];
  }

  /** How many commands wait for their PUBACK on this connection. */
  inFlight(device: string, connection: object): number {
    return this.#sessions.get(device)?.commands.filter(({ sentOn }) => sentOn === connection).length ?? 0;
  }

  /** A packet identifier that no command of this device has (MQTT-2.3.1-2). */
  nextId(device: string): number {
    const session = this.#session(device);
    do session.lastId = session.lastId >= 0xffff ? 1 : session.lastId + 1;
    while (session.commands.some(({ id }) => id === session.lastId));
    return session.lastId;
  }

  drop(device: string, command: Command): void {
    const session = this.#sessions.get(device);
    if (session !== undefined) session.commands = session.commands.filter((one) => one !== command);
  }

  /** Forgets a device: its access was revoked. */
  forget(device: string): void {
    this.#sessions.delete(device);
  }

  /** Sessions remembered; at most one per enrolled device. */
  get size(): number {
    return this.#sessions.size;
  }

  #session(device: string): Session {
    let session = this.#sessions.get(device);
    if (session === undefined) {
      session = {
        subscription: undefined,
        commands: [],
        lastId: 0,
        unreleased: new Set(),
      };
      this.#sessions.set(device, session);
    }
    return session;
  }

  async setup(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#sessions.clear();
  }

  // Only the device's own command topic is kept: aedes stores every filter of a SUBSCRIBE packet as soon as
  // one of them is granted, the refused ones too.
  async addSubscriptions(client: Named, subscriptions: readonly Subscription[]): Promise<void> {
    const own = subscriptions.find(({ topic }) => topic === topicOf(client.id, 'command'));
    if (own) this.#session(client.id).subscription = own;
  }

  async removeSubscriptions(client: Named, topics: readonly string[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session && topics.includes(topicOf(client.id, 'command'))) session.subscription = undefined;
  }

  async subscriptionsByClient(client: Named): Promise<Subscription[]> {
    const session = this.#sessions.get(client.id);
    if (session === undefined) return [];
    return [session.subscription === undefined ? { ...SESSION_ALONE } : { ...session.subscription }];
  }

  // A clean start ends the old session: its QoS 2 ids too, or a reused id would look like a repetition.
  async cleanSubscriptions(client: Named): Promise<void> {
    this.#sessions.delete(client.id);
  }

  // PUBACK of a command. An id that is nobody's means nothing.
  async outgoingClearMessageId(client: Named, { messageId }: { messageId?: number }): Promise<void> {
    const acknowledged = this.#sessions.get(client.id)?.commands.find(({ id }) => id === messageId);
    if (acknowledged?.sentOn === undefined) return;
    this.drop(client.id, acknowledged);
    this.onAcknowledged(client.id);
  }

  async incomingStorePacket(client: Named, packet: { messageId?: number }): Promise<void> {
    if (packet.messageId !== undefined) this.#session(client.id).unreleased.add(packet.messageId);
  }

  /** Rejects when the id is unknown: aedes reads a rejection as "new". */
  async incomingGetPacket(client: Named, packet: { messageId?: number }): Promise<object> {
    if (this.holds(client.id, packet.messageId)) return packet;
    throw new Error('no such packet');
  }

  async incomingDelPacket(client: Named, packet: { messageId?: number }): Promise<void> {
    if (packet.messageId !== undefined) this.#sessions.get(client.id)?.unreleased.delete(packet.messageId);
  }

  // Wills live with their connection; nothing is relayed or retained, so the rest has nothing to keep or give.
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  async getWill(): Promise<undefined> {}
  streamWill(): Readable {
    return Readable.from([]);
  }
  async storeRetained(): Promise<void> {}
  createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }
  async subscriptionsByTopic(): Promise<Subscription[]> {
    return [];
  }
  // Commands are sent by ourselves: aedes has none to send or to keep.
  outgoingStream(): Readable {
    return Readable.from([]);
  }
  async outgoingUpdate(): Promise<void> {}
  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
}
