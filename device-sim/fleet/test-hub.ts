// For tests: the hub's side of MQTT 3.1.1, as little of it as a wearable needs, over real TCP on loopback, and as
// unkind as a test wants it. (Journeys through the real broker live in the test room.)

import { createServer, type Server, type Socket } from 'node:net';

export type HubPublish = {
  clientId: string;
  topic: string;
  payload: Buffer;
  retain: boolean;
  qos: number;
  id: number;
};
export type HubConnect = {
  clientId: string;
  username: string;
  password: string;
  will?: { topic: string; payload: string; retain: boolean };
};

export type TestHub = {
  readonly url: string;
  readonly connects: HubConnect[];
  /** QoS 1 publishes as they came, repeats included. */
  readonly publishes: HubPublish[];
  /** What the hub would hold retained: last payload by topic; a broken connection publishes the will. */
  readonly retained: Map<string, string>;
  /** Decides about each publish: acknowledge (default), stay silent, or break the connection. */
  onPublish: (publish: HubPublish, nth: number) => 'ack' | 'silent' | 'break' | 'ack-and-break';
  /** CONNACK return code. */
  onConnect: (connect: HubConnect) => number;
  /** Largest number of publishes of one connection seen waiting for an acknowledgement. */
  inFlightPeak: number;
  close(): Promise<void>;
};

/** Starts listening on loopback; on a free port where none is given. */
export async function startTestHub(port = 0): Promise<TestHub> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(hub, socket);
  });
  const hub = {
    url: '',
    connects: [],
    publishes: [],
    retained: new Map(),
    onPublish: () => 'ack',
    onConnect: () => 0,
    inFlightPeak: 0,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  } as TestHub & { url: string };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  hub.url = `mqtt://127.0.0.1:${address.port}`;
  return hub;
}

function serve(hub: TestHub, socket: Socket): void {
  let buffered: Buffer = Buffer.alloc(0);
  let connect: HubConnect | undefined;
  let clean = false;
  let waiting = 0;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (!clean && connect?.will) hub.retained.set(connect.will.topic, connect.will.payload);
  });
  socket.on('data', (bytes: Buffer) => {
    buffered = Buffer.concat([buffered, bytes]);
    for (let packet = takePacket(buffered); packet && !socket.destroyed; packet = takePacket(buffered)) {
      buffered = buffered.subarray(packet.size);
      const type = packet.first >> 4;
      if (type === 1) {
        connect = parseConnect(packet.body);
        hub.connects.push(connect);
        const code = hub.onConnect(connect);
        socket.write(Uint8Array.of(0x20, 2, 0, code));
        if (code !== 0) socket.end();
      } else if (type === 3 && connect) {
        const publish = parsePublish(packet.first, packet.body, connect.clientId);
        if (publish.retain) hub.retained.set(publish.topic, publish.payload.toString());
        else hub.publishes.push(publish);
        hub.inFlightPeak = Math.max(hub.inFlightPeak, ++waiting);
        const answer = publish.retain ? 'ack' : hub.onPublish(publish, hub.publishes.length);
        const puback = Uint8Array.of(0x40, 2, publish.id >> 8, publish.id & 0xff);
        if (answer === 'break') socket.destroy();
        else if (answer === 'ack-and-break') socket.write(puback, () => socket.destroy());
        else if (answer === 'ack') {
          // A moment later, as a disk would: a client that sends too much at once shows.
          setTimeout(() => {
            waiting--;
            if (!socket.destroyed) socket.write(puback);
          }, 1);
        }
      } else if (type === 12) {
        socket.write(Uint8Array.of(0xd0, 0));
      } else if (type === 14) {
        clean = true;
        socket.end();
      }
    }
  });
}

function takePacket(bytes: Buffer): { first: number; body: Buffer; size: number } | undefined {
  let length = 0;
  for (let i = 1, shift = 0; i < bytes.length && i < 5; i++, shift += 7) {
    length |= (bytes[i]! & 0x7f) << shift;
    if (bytes[i]! & 0x80) continue;
    const size = i + 1 + length;
    return bytes.length < size ? undefined : { first: bytes[0]!, body: bytes.subarray(i + 1, size), size };
  }
  return undefined;
}

function parseConnect(body: Buffer): HubConnect {
  const flags = body[7]!;
  let at = 10;
  const field = (): string => {
    const length = body.readUInt16BE(at);
    at += 2 + length;
    return body.toString('utf8', at - length, at);
  };
  const clientId = field();
  const will = flags & 4 ? { topic: field(), payload: field(), retain: (flags & 32) !== 0 } : undefined;
  return { clientId, username: field(), password: field(), ...(will && { will }) };
}

function parsePublish(first: number, body: Buffer, clientId: string): HubPublish {
  const length = body.readUInt16BE(0);
  const topic = body.toString('utf8', 2, 2 + length);
  const qos = (first >> 1) & 3;
  const at = 2 + length + (qos > 0 ? 2 : 0);
  const id = qos > 0 ? body.readUInt16BE(2 + length) : 0;
  return { clientId, topic, payload: Buffer.from(body.subarray(at)), retain: (first & 1) === 1, qos, id };
}
