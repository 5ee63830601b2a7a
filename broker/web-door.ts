// MQTT over WebSocket (MQTT 3.1.1 section 6, RFC 6455): a browser, or a device behind a proxy, asks for `/mqtt` by HTTP on
// the same port. What comes out is a stream that takes the same way as any socket: doorstep, login, limits.

import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';

const PATH = '/mqtt';
const SUBPROTOCOL = 'mqtt';
/** The request of a WebSocket has some 300 bytes. */
const REQUEST_BYTES_MAX = 4096;
/** How long a stream may still be read after the other side is gone: by then the hub does not read it on purpose. */
const REST_MS = 5_000;

export type WebDoorOptions = {
  readonly frameBytesMax: number;
  /** From the first byte of HTTP to the WebSocket. */
  readonly timeoutMs: number;
  /** A stream that speaks MQTT, and the socket that carries it. */
  readonly welcome: (stream: Socket, under: Socket) => void;
  readonly refuse: (socket: Socket, reason: 'not-mqtt' | 'connect-timeout') => void;
};

export type WebDoor = {
  /** A socket whose first byte is that of HTTP's `GET`, still in its buffer. The callee owns its end. */
  take(socket: Socket): void;
};

export function openWebDoor({ frameBytesMax, timeoutMs, welcome, refuse }: WebDoorOptions): WebDoor {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: frameBytesMax,
    perMessageDeflate: false, // a kilobyte that unpacks to a megabyte helps no device
    handleProtocols: () => SUBPROTOCOL,
  });
  const waiting = new WeakMap<object, NodeJS.Timeout>();
  const leave = (socket: Socket): void => clearTimeout(waiting.get(socket));
  const turnAway = (socket: Socket): void => {
    leave(socket);
    refuse(socket, 'not-mqtt');
  };
  const server = createServer({ maxHeaderSize: REQUEST_BYTES_MAX }, ({ socket }) => turnAway(socket));
  server.on('clientError', (_error, socket) => turnAway(socket as Socket));
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket;
    if (!isForMqtt(request)) return turnAway(socket);
    leave(socket);
    sockets.handleUpgrade(request, socket, head, (one) => welcome(streamOf(one), socket));
  });
  return {
    take: (socket) => {
      const timer = setTimeout(() => refuse(socket, 'connect-timeout'), timeoutMs);
      waiting.set(socket, timer);
      socket.once('close', () => clearTimeout(timer));
      server.emit('connection', socket);
    },
  };
}

/** MQTT-6.0.0-3: the subprotocol is asked for. A page of another host has no business with a device's certificate. */
function isForMqtt({ url, headers }: IncomingMessage): boolean {
  const asked = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  return url === PATH && asked.includes(SUBPROTOCOL) && isSameHost(headers);
}

function isSameHost({ origin, host }: IncomingMessage['headers']): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin) || !URL.canParse(`https://${host}`)) return false;
  return new URL(origin).hostname === new URL(`https://${host}`).hostname;
}

/** What the broker uses of a socket, a stream of `ws` has: reading, writing, room, and one `close` at the end. */
function streamOf(socket: WebSocket): Socket {
  // MQTT-6.0.0-1: binary frames only.
  socket.on('message', (_data, isBinary) => {
    if (!isBinary) socket.terminate();
  });
  const stream = createWebSocketStream(socket);
  socket.once('close', () => {
    const end = (): void => void stream.destroy();
    if (stream.readableEnded) return end();
    stream.once('end', end);
    setTimeout(end, REST_MS).unref();
  });
  return stream as unknown as Socket;
}
