// One socket that has said CONNECT, from the welcome to its close.

import type { Socket } from 'node:net';
import type { Client, ConnectPacket } from 'aedes';
import { type PeerCertificate, peerCertificate } from './certificate.ts';
import { InOrder } from './in-order.ts';

/** MQTT 5 reason codes that the hub closes with. */
export const reason = {
  serverBusy: 0x89,
  serverShuttingDown: 0x8b,
  sessionTakenOver: 0x8e,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  administrativeAction: 0x98,
} as const;

/** Fields are written by broker.ts only. `device` is set once the password was right, `ready` after CONNACK. */
export type Connection = {
  readonly socket: Socket;
  readonly address: string;
  /** What it showed in the TLS handshake, before any MQTT. */
  readonly certificate: PeerCertificate | undefined;
  readonly acks: InOrder;
  /** Resolves when the socket is closed, never rejects. */
  readonly gone: Promise<void>;
  client: Client | undefined;
  connect: ConnectPacket | undefined;
  /** The id that the CONNECT claims, while its password is being checked. */
  claimed: string | undefined;
  device: string | undefined;
  ready: boolean;
  listening: boolean;
  /** Another connection of the same device replaces this one, or the hub ends it: its end is no news. */
  superseded: boolean;
};

export function newConnection(socket: Socket, address: string): Connection {
  return {
    socket,
    address,
    certificate: peerCertificate(socket),
    acks: new InOrder(),
    gone: new Promise((resolve) => socket.once('close', () => resolve())),
    client: undefined,
    connect: undefined,
    claimed: undefined,
    device: undefined,
    ready: false,
    listening: false,
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
  if (client === undefined || socket.writableNeedDrain) socket.destroy();
  else client.disconnect({ reasonCode });
  return connection.gone;
}
