// aedes as a protocol machine only: it parses, answers and keeps time, and relays nothing. Everything here
// that aedes' own types do not show was read in 2.0.0-beta.1, which is pinned exactly; quiet-aedes.test.ts
// fails when one of these parts is gone.

import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';

// What writes packets makes a Buffer of every number that two octets hold, 65,536 of them, when it writes the first one:
// 10 MB for good. Made one at a time they cost nothing that can be measured. aedes' own copy of it is meant.
const { resolve } = createRequire(import.meta.url);
const { writeToStream } = createRequire(resolve('aedes'))('mqtt-packet') as {
  readonly writeToStream: { cacheNumbers: boolean };
};
writeToStream.cacheNumbers = false;

/** Methods of `Aedes.prototype` that we narrow. */
type Inside = {
  unregisterClient(this: Aedes, client: Client): void;
  scheduleSessionExpiry(this: Aedes, client: Client): void;
  clampSessionExpiry(this: Aedes, interval: number): number;
};

const inside = Aedes.prototype as unknown as Inside;

/** A client's own parts: `_serverKeepAlive` is what aedes answers in CONNACK and times by, in seconds. */
export type ClientInside = Client & {
  _serverKeepAlive?: number;
  _authorized: boolean;
  /** Called when a packet is done with: reads on when all of one read are. */
  _nextBatch: (error?: Error | null) => void;
  _keepaliveTimer: NodeJS.Timeout | null;
  readonly _parser: EventEmitter;
  /** By filter, in a plain object. */
  subscriptions: Record<string, object>;
  /** What the client can take (MQTT 5): unacknowledged messages, and bytes of a packet. */
  receiveMaximum: number;
  maximumPacketSize?: number;
  /** Whether reasons may be told in words. */
  _requestProblemInformation?: boolean;
  /** Calls back when the socket has room again, or with an error; ends the connection after `drainTimeout`. */
  waitForDrain(callback: (error?: Error | null) => void): void;
};

export class QuietAedes extends Aedes {
  // aedes looks clients up in a plain object; `constructor` is a lawful device id and would find Object.
  readonly clients: Record<string, Client> = Object.create(null) as Record<string, Client>;

  // Readings go to `accept` inside authorizePublish and nowhere else: no retained store, no offline queue,
  // no topic matching, and no $SYS heartbeats either, whose only readers are other brokers of a cluster.
  override publish(_packet: PublishPacket, client: unknown, done?: unknown): void {
    const next = typeof client === 'function' ? client : done;
    if (typeof next === 'function') next(null);
  }

  // aedes unregisters by id, not by connection: when an old connection finishes closing after a new one took
  // its id over, it would strike the new one off.
  unregisterClient(client: Client): void {
    if (this.clients[client.id] === client) inside.unregisterClient.call(this, client);
  }

  scheduleSessionExpiry(client: Client): void {
    if (this.clients[client.id] === undefined) inside.scheduleSessionExpiry.call(this, client);
  }

  // DISCONNECT may carry a new interval, and a doubled property arrives as an array (see propertiesOnce in
  // access.ts): it counts as no interval at all.
  clampSessionExpiry(interval: number): number {
    return Number.isFinite(interval) ? inside.clampSessionExpiry.call(this, interval) : 0;
  }
}

/** Makes and starts one. aedes' own factory would make its own class. */
export async function startQuietAedes(options: AedesOptions): Promise<QuietAedes> {
  const aedes = new QuietAedes(options);
  await aedes.listen();
  return aedes;
}
