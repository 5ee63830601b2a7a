// One socket that has said CONNECT, from the welcome to its close.

import type { Socket } from 'node:net';
import type { ConnectPacket, Subscription } from 'aedes';
import { type PeerCertificate, peerCertificate } from './certificate.ts';
import { InOrder } from './in-order.ts';
import type { ClientInside } from './quiet-aedes.ts';
import type { Share } from './share.ts';
import type { Tap } from './tap.ts';

/** MQTT 5 reason codes that the hub closes with. */
export const reason = {
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementation: 0x83,
  serverBusy: 0x89,
  serverShuttingDown: 0x8b,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
} as const;

/** What a device may cost a second, over all its connections. */
export type DeviceShare = { readonly messages: Share; readonly bytes: Share };

/** `subscriptionIdentifier` comes back with every command (MQTT-3.3.4-3). */
export type CommandSubscription = Subscription & { subscriptionIdentifier?: number };

/** Fields are written by broker.ts and the desk only. `device` is set once the password was right, `ready` after CONNACK. */
export type Connection = {
  readonly socket: Socket;
  readonly address: string;
  /** What it showed in the TLS handshake, before any MQTT. */
  readonly certificate: PeerCertificate | undefined;
  readonly acks: InOrder;
  /** Resolves when the socket is closed, never rejects. */
  readonly gone: Promise<void>;
  client: ClientInside | undefined;
  /** Closed while too much of this connection waits, or its device spent more than its share. */
  tap: Tap | undefined;
  /** What its device may still cost; from the login on. */
  share: DeviceShare | undefined;
  /** Bytes of bodies that wait for the disk. */
  waitingBytes: number;
  connect: ConnectPacket | undefined;
  /** The id that the CONNECT claims, while its password is being checked. */
  claimed: string | undefined;
  device: string | undefined;
  ready: boolean;
  /** To its commands, with the QoS and the identifier asked for. */
  subscription: CommandSubscription | undefined;
  /** Another connection of the same device replaces this one, or the hub ends it: its end is no news. */
  superseded: boolean;
};

/** `under` is the socket on the network: the same, or the one that carries a WebSocket. */
export function newConnection(socket: Socket, under: Socket = socket): Connection {
  return {
    socket,
    address: under.remoteAddress ?? 'unknown',
    certificate: peerCertificate(under),
    acks: new InOrder(),
    gone: new Promise((resolve) => socket.once('close', () => resolve())),
    client: undefined,
    tap: undefined,
    share: undefined,
    waitingBytes: 0,
    connect: undefined,
    claimed: undefined,
    device: undefined,
    ready: false,
    subscription: undefined,
    superseded: false,
  };
}

/**
 * Ends a connection and resolves when its socket is closed. Nothing that waits is acknowledged any more. An
 * MQTT 5 client is told `reasonCode`, unless its socket is already full: then nobody reads there.
 */
export function endConnection(connection: Connection, reasonCode: number): Promise<void> {
  const { client, socket } = connection;
  connection.acks.drop();
  connection.tap?.shut();
  if (client === undefined || socket.writableNeedDrain) socket.destroy();
  else client.disconnect({ reasonCode });
  return connection.gone;
}
