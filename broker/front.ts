// Every packet of a connection before aedes sees it. What breaks the protocol ends the connection with its reason; what
// it costs is taken from the device's share; filters that aedes would lose are made different from each other.

import type { Subscription } from 'aedes';
import { type Connection, endConnection, reason } from './connection.ts';
import { errorName } from './event.ts';
import { distinguish } from './filters.ts';
import type { Limits } from './limits.ts';
import { type ParsedPacket, type Violation, violationOf } from './protocol.ts';
import type { ClientInside } from './quiet-aedes.ts';
import { Tap } from './tap.ts';

export type FrontOptions = {
  readonly limits: Limits;
  readonly now: () => number;
  /** Bytes of bodies that wait for the disk, of all connections. */
  readonly waiting: () => number;
  /** Told once, when a packet ends its connection. */
  readonly broken: (connection: Connection, violation: Violation) => void;
  /** What the filter was called before it was renamed. */
  readonly renamed: WeakMap<Subscription, string>;
};

/** Header byte and length bytes of a packet, beside its Remaining Length: at least two. */
const HEADER_BYTES = 2;

/** Steps in front of aedes' own reading of this connection. */
export function standInFront(connection: Connection, client: ClientInside, options: FrontOptions): void {
  const { limits, now, waiting, broken, renamed } = options;
  const parser = client._parser;
  const [enqueue] = parser.listeners('packet') as ((packet: ParsedPacket) => void)[];
  const [failed] = parser.listeners('error') as ((error: Error) => void)[];
  if (enqueue === undefined || failed === undefined)
    throw new Error('aedes reads its packets in another way');
  let ended = false;
  // A filter may be called like a part of every object: UNSUBSCRIBE from `constructor` found one, and ended the process.
  client.subscriptions = Object.create(null) as ClientInside['subscriptions'];

  connection.tap = new Tap(client, connection.socket, () => {
    const { share, acks, waitingBytes } = connection;
    const most = waiting() > limits.waitingBytesOfAllMax ? limits.waitingBytesAlways : limits.waitingBytesMax;
    // For an MQTT 5 client going beyond its Receive Maximum is an error, which intake tells it.
    if (acks.length > limits.inFlightMax || waitingBytes > most) return Number.POSITIVE_INFINITY;
    if (share === undefined) return 0;
    return Math.max(share.messages.waitMs(now()), share.bytes.waitMs(now()));
  });

  const end = (violation: Violation): void => {
    ended = true;
    broken(connection, violation);
    void endConnection(connection, violation.reasonCode);
  };

  // An MQTT 5 client may send on before its CONNACK, and hears of what was wrong in that after it.
  let early: Violation | undefined;
  client.once('connected', () => {
    if (early !== undefined) end(early);
  });

  parser.removeListener('packet', enqueue);
  parser.on('packet', (packet: ParsedPacket) => {
    if (ended || early !== undefined) return;
    connection.share?.messages.spend(messagesIn(packet), now());
    connection.share?.bytes.spend((packet.length ?? 0) + HEADER_BYTES, now());
    // Until the password was found right, packets wait in a short queue of aedes, which judges CONNECT itself.
    if (connection.connect !== undefined || packet.cmd !== 'connect') {
      const violation = violationOf(packet, limits);
      if (violation !== undefined && client.connecting && !client.connected) early = violation;
      else if (violation !== undefined) end(violation);
      if (violation !== undefined) return;
    }
    if (packet.cmd === 'subscribe') distinguish(packet.subscriptions, client.version === 5, renamed);
    try {
      enqueue.call(parser, packet);
    } catch (error) {
      // aedes has thrown out of a socket's callback: this one connection ends, and not the hub.
      end({ step: `handled: ${errorName(error)}`, clause: 'MQTT 5 4.13', reasonCode: reason.implementation });
    }
  });

  parser.removeListener('error', failed);
  parser.on('error', (error: Error) => {
    if (ended) return;
    if (client.version !== 5 || !client.connected) return failed(error);
    end({ step: 'well-formed', clause: 'MQTT 5 4.13.1', reasonCode: reason.malformedPacket });
  });
}

/** Each filter is judged and answered by itself, and so paid for. */
function messagesIn(packet: ParsedPacket): number {
  if (packet.cmd === 'subscribe') return Math.max(1, packet.subscriptions.length);
  if (packet.cmd === 'unsubscribe') return Math.max(1, packet.unsubscriptions.length);
  return 1;
}
