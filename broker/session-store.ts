// What aedes may remember, bounded: the persistence interface of aedes 2 over plain maps. It keeps, per
// device, whether it hears its commands, a few unacknowledged commands, and the ids of QoS 2 messages not yet
// released. It keeps no message of a device: the stock store holds every QoS 2 payload until PUBREL, retains
// without end and queues offline without end. Lost on restart, which MQTT allows and devices handle.

import { Readable } from 'node:stream';
import { topicOf } from '@heartwood/vitals';
import type { AedesPublishPacket, Subscription } from 'aedes';

type Named = { id: string };
type Outgoing = AedesPublishPacket & { messageId?: number };
type Session = { subscription: Subscription | undefined; outgoing: Outgoing[]; unreleased: Set<number> };

/** What one device may leave in the store. */
export type SessionLimits = { commandsKeptMax: number; unreleasedMax: number };

/** One instance per broker. Every method that aedes calls is asynchronous because aedes asks so. */
export class SessionStore {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();

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

  /** Whether a persistent session hears commands while its device is away. */
  hears(device: string): boolean {
    return this.#sessions.get(device)?.subscription !== undefined;
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
      session = { subscription: undefined, outgoing: [], unreleased: new Set() };
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
    const subscription = this.#sessions.get(client.id)?.subscription;
    return subscription ? [{ ...subscription }] : [];
  }

  // A clean start ends the old session: its QoS 2 ids too, or a reused id would look like a repetition.
  async cleanSubscriptions(client: Named): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session === undefined) return;
    session.subscription = undefined;
    session.unreleased.clear();
    if (session.outgoing.length === 0) this.#sessions.delete(client.id);
  }

  async outgoingEnqueue(subscriber: { clientId: string }, packet: AedesPublishPacket): Promise<void> {
    const { outgoing } = this.#session(subscriber.clientId);
    outgoing.push({ ...packet });
    if (outgoing.length > this.#limits.commandsKeptMax) outgoing.shift();
  }

  async outgoingUpdate(client: Named, packet: Outgoing): Promise<void> {
    const kept = this.#sessions
      .get(client.id)
      ?.outgoing.find(
        (one) => one.brokerId === packet.brokerId && one.brokerCounter === packet.brokerCounter,
      );
    if (kept && packet.messageId !== undefined) kept.messageId = packet.messageId;
  }

  async outgoingClearMessageId(client: Named, packet: { messageId?: number }): Promise<Outgoing | undefined> {
    const outgoing = this.#sessions.get(client.id)?.outgoing ?? [];
    const at = outgoing.findIndex((one) => one.messageId === packet.messageId);
    return at < 0 ? undefined : outgoing.splice(at, 1)[0];
  }

  outgoingStream(client: Named): Readable {
    return Readable.from([...(this.#sessions.get(client.id)?.outgoing ?? [])]);
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
  async outgoingEnqueueCombi(): Promise<void> {}
}
