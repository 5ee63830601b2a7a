// The guest seat against a broker that the test plays packet by packet: what MQTT.js must go on doing for it, and what a
// broker without limits of its own can send. A real Mosquitto is in test/peers/mosquitto.test.ts.

import { createServer, type Socket } from 'node:net';
import { topicOf } from '@heartwood/vitals';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type ExternalEvent,
  type ExternalOptions,
  type ExternalSubscription,
  subscribeExternal,
} from './external.ts';
import { type Arrival, defaultLimits } from './index.ts';
import { packet, until } from './testing.ts';

const readings = topicOf('watch-1', 'readings');
const MOST = 256 * 1024;

type Waiting = { arrival: Arrival; store: () => void; fail: () => void };
type Seat = {
  subscription: ExternalSubscription;
  waiting: Waiting[];
  events: (ExternalEvent & { more?: number })[];
  /** Whole packets that the hub has sent on its newest connection. */
  sent: Buffer[];
  /** Ids of its PUBACKs, in order. */
  acknowledged: () => number[];
  publish: (id: number, body: Buffer, topic?: string) => void;
  /** Bytes that the broker could not yet get rid of. */
  unread: () => number;
};

/** A broker that welcomes whoever comes, and the hub at it. */
async function seat(protocolVersion: 4 | 5, options: Partial<ExternalOptions> = {}): Promise<Seat> {
  const waiting: Waiting[] = [];
  const events: Seat['events'] = [];
  let sent: Buffer[] = [];
  let socket: Socket | undefined;
  let subscribed = false;
  const five = protocolVersion === 5;
  const server = createServer((one) => {
    socket = one;
    sent = [];
    subscribed = false;
    let held: Buffer = Buffer.alloc(0);
    one.on('error', () => undefined);
    one.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      for (let whole = firstOf(held); whole !== undefined; whole = firstOf(held)) {
        held = held.subarray(whole.length);
        sent.push(whole);
        if (whole[0] === 0x10) one.write(Buffer.from(five ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
        if (whole[0] !== 0x82) continue;
        const id = whole.subarray(2, 4);
        one.write(packet(0x90, id, five ? [0] : [], [1, 1, 1]));
        subscribed = true;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const subscription = subscribeExternal({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: 'hub',
    protocolVersion,
    accept: (arrival) =>
      new Promise((resolve, reject) =>
        waiting.push({ arrival, store: resolve, fail: () => reject(new Error('full')) }),
      ),
    onLink: () => undefined,
    log: (event) => events.push(event),
    retryFirstMs: 10,
    ...options,
  });
  onTestFinished(async () => {
    const closed = subscription.close();
    for (const { store } of waiting) store();
    await closed;
    socket?.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await until(() => subscribed, 'the hub has subscribed');
  return {
    subscription,
    waiting,
    events,
    get sent() {
      return sent;
    },
    acknowledged: () => sent.filter((one) => one[0] === 0x40).map((one) => one.readUInt16BE(2)),
    publish: (id, body, topic = readings) => {
      const name = Buffer.from(topic);
      socket?.write(packet(0x32, [0, name.length], name, [id >> 8, id & 255], five ? [0] : [], body));
    },
    unread: () => socket?.writableLength ?? 0,
  };
}

/** The first whole packet of what came; undefined until it is whole. */
function firstOf(bytes: Buffer): Buffer | undefined {
  let length = 0;
  for (let at = 1; at < Math.min(bytes.length, 5); at++) {
    const byte = bytes[at] ?? 0;
    length += (byte & 127) * 128 ** (at - 1);
    if (byte >= 128) continue;
    const end = at + 1 + length;
    return bytes.length >= end ? bytes.subarray(0, end) : undefined;
  }
  return undefined;
}

describe.each([4, 5] as const)('the guest seat (MQTT version %i)', (version) => {
  it('takes many at once and acknowledges each when it is stored, in the order in which they came', async () => {
    const hub = await seat(version);
    for (let id = 1; id <= 50; id++) hub.publish(id, Buffer.from(`${id}`));
    await until(() => hub.waiting.length === 50, 'all are handed over');
    expect(hub.acknowledged()).toEqual([]);
    for (const { store } of hub.waiting.slice(1, 20)) store();
    hub.publish(51, Buffer.from('51'));
    await until(() => hub.waiting.length === 51, 'one more, while the first waits');
    expect(hub.acknowledged()).toEqual([]);
    hub.waiting[0]?.store();
    await until(() => hub.acknowledged().length === 20, 'the first twenty');
    expect(hub.acknowledged()).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it('hands on a body that is too large cut, and acknowledges it when it was refused', async () => {
    const hub = await seat(version);
    hub.publish(1, Buffer.alloc(MOST, 1));
    // An MQTT 5 broker was told what a packet may have, and sends nothing of eight megabytes.
    const bytes = version === 4 ? 8_000_000 : MOST + 500;
    hub.publish(2, Buffer.alloc(bytes, 2));
    hub.publish(3, Buffer.from('after it'));
    await until(() => hub.waiting.length === 3, 'all are handed over');
    const bodies = hub.waiting.map(({ arrival }) => arrival.body);
    expect(bodies.map(({ length }) => length)).toEqual([MOST, MOST + 1, 8]);
    expect(bodies[1]?.buffer.byteLength, 'the rest is let go').toBeLessThan(2 * MOST);
    expect(hub.events).toContainEqual({ event: 'external-too-large', device: 'watch-1', bytes });
    expect(hub.subscription.stats()).toMatchObject({ tooLarge: 1, waiting: 3, waitingBytes: 2 * MOST + 9 });
    for (const { store } of hub.waiting) store();
    await until(() => hub.acknowledged().length === 3, 'acknowledged');
    expect(hub.subscription.stats()).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });

  it('is not read while too many bytes wait for the disk, and loses nothing', async () => {
    const hub = await seat(version, { waitingBytesMax: 400_000 });
    for (let id = 1; id <= 300; id++) hub.publish(id, Buffer.alloc(100_000, id));
    await until(() => hub.waiting.length === 5, 'one above the limit');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(hub.waiting).toHaveLength(5);
    expect(hub.unread()).toBeGreaterThan(0);
    let stored = 0;
    while (stored < 300) {
      await until(() => hub.waiting.length > stored, `message ${stored + 1}`);
      expect(hub.subscription.stats().waitingBytes).toBeLessThanOrEqual(500_000);
      hub.waiting[stored++]?.store();
    }
    await until(() => hub.acknowledged().length === 300, 'all are acknowledged');
    expect(hub.waiting.map(({ arrival }) => arrival.body[0])).toEqual(
      Array.from({ length: 300 }, (_, n) => (n + 1) & 255),
    );
  });

  it('after one that could not be stored takes nothing more on that connection', async () => {
    const hub = await seat(version, { waitingBytesMax: 150_000 });
    for (let id = 1; id <= 20; id++) hub.publish(id, Buffer.alloc(100_000, id));
    await until(() => hub.waiting.length === 2, 'two wait, the others are not read');
    hub.waiting[0]?.fail();
    await until(() => hub.subscription.stats().connects === 2, 'it comes back');
    hub.waiting[1]?.store();
    await until(() => hub.subscription.stats().waiting === 0, 'settled');
    expect(hub.waiting).toHaveLength(2);
  });

  it('a flood of strange topics is one line, and a count', async () => {
    const hub = await seat(version);
    for (let id = 1; id <= 500; id++) hub.publish(id, Buffer.from('x'), `strange/${id}`);
    await until(() => hub.acknowledged().length === 500, 'acknowledged');
    await hub.subscription.close();
    expect(hub.events.filter(({ event }) => event === 'external-topic-refused')).toEqual([
      { event: 'external-topic-refused' },
      { event: 'external-topic-refused', more: 499 },
    ]);
  });
});

it('an MQTT 5 broker is told what a packet may have, and left where it sends a larger one', async () => {
  const hub = await seat(5);
  const size = Buffer.alloc(5);
  size[0] = 0x27; // Maximum Packet Size (MQTT 5 3.1.2.11.4)
  size.writeUInt32BE(defaultLimits.packetBytesMax, 1);
  expect(hub.sent[0]?.includes(size)).toBe(true);
  hub.publish(1, Buffer.alloc(400_000));
  await until(() => hub.subscription.stats().connects === 2, 'it comes back');
  expect(hub.waiting).toEqual([]);
});
