// What the broker's tests share: a broker whose `accept` the test holds in its hand, MQTT clients, and raw
// packets for what no client library would send.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import {
  type Arrival,
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  type LinkState,
  startBroker,
} from './index.ts';

/** A message handed over, and the test's say over its fate. */
export type Waiting = { arrival: Arrival; store: () => void; fail: (error?: Error) => void };

export type TestBroker = {
  broker: Broker;
  port: number;
  /** Every arrival so far, in order. */
  waiting: Waiting[];
  events: BrokerEvent[];
  links: [string, LinkState][];
  /** Whether arrivals are stored at once; set to false to hold them. */
  storesAtOnce: boolean;
};

/** Right password of a test device. */
export function passwordOf(device: string): string {
  return `secret of ${device}`;
}

/** A broker on loopback that ends with the test. */
export async function testBroker(options: Partial<BrokerOptions> = {}): Promise<TestBroker> {
  const test: Omit<TestBroker, 'broker' | 'port'> = {
    waiting: [],
    events: [],
    links: [],
    storesAtOnce: true,
  };
  const broker = await startBroker({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    authenticate: async (device, password) => Buffer.from(password ?? []).toString() === passwordOf(device),
    accept: (arrival) =>
      new Promise<void>((resolve, reject) => {
        const fail = (error = new Error('disk full')): void => reject(error);
        test.waiting.push({ arrival, store: resolve, fail });
        if (all.storesAtOnce) resolve();
      }),
    onLink: (device, state) => test.links.push([device, state]),
    log: (event) => test.events.push(event),
    sameEventsMax: Number.POSITIVE_INFINITY,
    ...options,
  });
  const all: TestBroker = Object.assign(test, { broker, port: broker.ports[0] ?? 0 });
  onTestFinished(() => broker.close());
  return all;
}

/** A client that is connected and ends with the test; it does not come back by itself. */
export async function testClient(
  port: number,
  device: string,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = await mqtt.connectAsync(
    `mqtt://127.0.0.1:${port}`,
    { clientId: device, username: device, password: passwordOf(device), reconnectPeriod: 0, ...options },
    false,
  );
  client.on('error', () => undefined);
  onTestFinished(() => void client.end(true));
  return client;
}

/** Resolves when `condition` holds; fails after three seconds, naming what did not come. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 3_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not happen within 3 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A raw TCP connection and all it has received. */
export type Raw = { socket: Socket; received: () => Buffer; closed: () => boolean };

export async function raw(port: number): Promise<Raw> {
  const socket = connect({ host: '127.0.0.1', port });
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  onTestFinished(() => void socket.destroy());
  return { socket, received: () => Buffer.concat(chunks), closed: () => closed };
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

/** One MQTT packet: header byte, remaining length, content. */
export function packet(header: number, ...content: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([header, ...length]), body]);
}

/** A right CONNECT of a device, clean, keep-alive 60 s. `properties` are MQTT 5 bytes without their length. */
export function connectPacket(device: string, version: 4 | 5 = 4, properties: number[] = []): Buffer {
  const extra = version === 5 ? [properties.length, ...properties] : [];
  const head = [text('MQTT'), [version, 0xc2, 0, 60], extra, text(device)];
  return packet(0x10, ...head, text(device), text(passwordOf(device)));
}

/** A PUBLISH of MQTT 3.1.1. */
export function publishPacket(topic: string | Buffer, body: string, qos: 0 | 1 | 2 = 0, id = 1): Buffer {
  const messageId = qos === 0 ? [] : [id >> 8, id & 255];
  return packet(0x30 | (qos << 1), text(topic), messageId, Buffer.from(body));
}

/** A self-signed certificate for localhost made with the openssl program; undefined when there is none. */
export function selfSigned(): { cert: string; key: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const request = [
      'req',
      '-x509',
      '-nodes',
      '-days',
      '2',
      ...curve,
      ...subject,
      '-keyout',
      key,
      '-out',
      cert,
    ];
    execFileSync('openssl', request, { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
