// The guest seat against a real broker of somebody else: Debian's Mosquitto.

import type { Arrival } from '@heartwood/broker';
import { type ExternalEvent, type ExternalOptions, subscribeExternal } from '@heartwood/broker/external';
import { topicOf } from '@heartwood/vitals';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Mosquitto, noMosquitto, startMosquitto } from './mosquitto.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 8_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not happen within 8 s: ${what}`);
    await pause(5);
  }
}

/** A Mosquitto that ends with the test and keeps its sessions over a stop in between. */
async function mosquitto(extra?: readonly string[]): Promise<Mosquitto> {
  const broker = await startMosquitto(extra);
  onTestFinished(broker.close);
  return broker;
}

type Waiting = { body: string; arrival: Arrival; store: () => void; fail: () => void };
type Hub = { waiting: Waiting[]; events: ExternalEvent[]; links: string[]; close: () => Promise<void> };

/** Joins with `accept` in the test's hand; `atOnce` stores without being asked. */
function joinHub(url: string, atOnce: boolean, options: Partial<ExternalOptions> = {}): Hub {
  const hub: Omit<Hub, 'close'> = { waiting: [], events: [], links: [] };
  const subscription = subscribeExternal({
    url,
    clientId: 'heartwood-hub',
    accept: (arrival) =>
      new Promise<void>((resolve, reject) => {
        const fail = (): void => reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        hub.waiting.push({ body: Buffer.from(arrival.body).toString(), arrival, store: resolve, fail });
        if (atOnce) resolve();
      }),
    onLink: (device, state) => hub.links.push(`${device} ${state}`),
    log: (event) => hub.events.push(event),
    retryFirstMs: 20,
    retryLongestMs: 100,
    ...options,
  });
  // What the test left unanswered is let go, so that leaving need not wait for it.
  const close = async (): Promise<void> => {
    const closed = subscription.close();
    for (const { store } of hub.waiting) store();
    await closed;
  };
  onTestFinished(close);
  return Object.assign(hub, { close });
}

async function device(url: string, id: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { clientId: id, ...options });
  onTestFinished(() => void client.end(true));
  return client;
}

/** Drops the hub's connection without a word, as a power cut does: another client takes its session over. */
async function cut(url: string, protocolVersion: 4 | 5): Promise<void> {
  const properties = { sessionExpiryInterval: 3600 };
  const other = mqtt.connect(url, {
    clientId: 'heartwood-hub',
    clean: false,
    protocolVersion,
    ...(protocolVersion === 5 ? { properties } : {}),
    reconnectPeriod: 0,
  });
  other.handleMessage = (): void => undefined; // acknowledges nothing
  await new Promise<void>((resolve) => other.once('connect', () => resolve()));
  other.stream.destroy();
  other.end(true);
}

describe.skipIf(noMosquitto)('joining Mosquitto (install mosquitto to run)', () => {
  const readings = topicOf('watch-1', 'readings');
  const joined = (hub: Hub): Promise<void> =>
    until(() => hub.events.some(({ event }) => event === 'external-connected'), 'joined').then(() =>
      pause(50),
    );

  describe.each([4, 5] as const)('with MQTT version %i', (protocolVersion) => {
    it('has many messages in flight at once, and gets those not stored again after a cut', async () => {
      const { url } = await mosquitto();
      const hub = joinHub(url, false, { protocolVersion });
      await joined(hub);
      const watch = await device(url, 'watch-1');
      await Promise.all(
        Array.from({ length: 500 }, (_, n) => watch.publishAsync(readings, `${n}`, { qos: 1 })),
      );
      await until(() => hub.waiting.length === 500, '500 in hand, none stored');
      expect(hub.waiting.map(({ body }) => Number(body))).toEqual(Array.from({ length: 500 }, (_, n) => n));
      for (const { store } of hub.waiting.slice(0, 200)) store();
      await pause(100);
      await cut(url, protocolVersion);
      await until(() => hub.waiting.length >= 800, 'the other 300 again');
      await pause(100);
      expect(hub.waiting.slice(500).map(({ body }) => Number(body))).toEqual(
        Array.from({ length: 300 }, (_, n) => 200 + n),
      );
    });

    it('a rejected message is not acknowledged and comes again by itself', async () => {
      const { url } = await mosquitto();
      const hub = joinHub(url, false, { protocolVersion });
      await joined(hub);
      const watch = await device(url, 'watch-1');
      await watch.publishAsync(readings, 'keep me', { qos: 1 });
      await until(() => hub.waiting.length === 1, 'first time');
      hub.waiting[0]?.fail();
      await until(() => hub.waiting.length === 2, 'second time');
      expect(hub.waiting[1]?.body).toBe('keep me');
      hub.waiting[1]?.store();
      expect(hub.events).toContainEqual({ event: 'external-not-stored', device: 'watch-1', error: 'ENOSPC' });
      await pause(100);
      await cut(url, protocolVersion);
      await pause(300);
      expect(hub.waiting).toHaveLength(2);
    });

    it('what is published while the hub is away waits at the broker', async () => {
      const { url } = await mosquitto();
      const first = joinHub(url, true, { protocolVersion });
      await joined(first);
      const watch = await device(url, 'watch-1');
      await watch.publishAsync(readings, 'before', { qos: 1 });
      await until(() => first.waiting.length === 1, 'first');
      await first.close();
      await watch.publishAsync(readings, 'while away', { qos: 1 });
      const second = joinHub(url, true, { protocolVersion });
      await until(() => second.waiting.length === 1, 'kept');
      expect(second.waiting[0]?.body).toBe('while away');
      expect(second.events[0]).toMatchObject({ event: 'external-connected', sessionPresent: true });
    });
  });

  it('a window of eight still lets every message through, in order', async () => {
    const { url } = await mosquitto();
    const hub = joinHub(url, false, { inFlightMax: 8 });
    await joined(hub);
    const watch = await device(url, 'watch-1');
    const disk = setInterval(() => {
      for (const { store } of hub.waiting) store();
    }, 2);
    onTestFinished(() => clearInterval(disk));
    await Promise.all(
      Array.from({ length: 400 }, (_, n) => watch.publishAsync(readings, `${n}`, { qos: 1 })),
    );
    await until(() => hub.waiting.length === 400, 'all');
    expect(hub.waiting.map(({ body }) => Number(body))).toEqual(Array.from({ length: 400 }, (_, n) => n));
  });

  it('says what keeps it out and comes back by itself', async () => {
    const broker = await mosquitto();
    const hub = joinHub(broker.url, true);
    await joined(hub);
    const watch = await device(broker.url, 'watch-1', { reconnectPeriod: 20 });
    await broker.stop();
    await until(
      () => hub.events.filter(({ event }) => event === 'external-unreachable').length >= 2,
      'unreachable',
    );
    expect(hub.events.find(({ event }) => event === 'external-lost')).toBeDefined();
    expect(hub.events.at(-1)).toMatchObject({ event: 'external-unreachable', error: 'ECONNREFUSED' });
    await broker.start();
    await watch.publishAsync(readings, 'after the restart', { qos: 1 });
    await until(() => hub.waiting.length === 1, 'message after the restart');
  });

  it('says that the broker refuses its name or password', async () => {
    const { url } = await mosquitto(['allow_anonymous false']);
    const hub = joinHub(url, true, { username: 'hub', password: 'wrong' });
    await until(() => hub.events.length > 0, 'log line');
    expect(hub.events[0]).toMatchObject({ event: 'external-unreachable' });
    expect(JSON.stringify(hub.events[0])).toMatch(/CONNACK code 13[45]/);
  });

  it('tells the link from the status topic, ignores strange topics, passes the content type', async () => {
    const { url } = await mosquitto();
    const status = topicOf('watch-1', 'status');
    const watch = await device(url, 'watch-1', {
      protocolVersion: 5,
      will: { topic: status, payload: Buffer.from('offline'), qos: 1, retain: true },
    });
    await watch.publishAsync(status, 'online', { qos: 1, retain: true });
    const hub = joinHub(url, true);
    await until(() => hub.links.length === 1, 'retained status');
    await watch.publishAsync('heartwood/v1/NOT A DEVICE/readings', 'x', { qos: 1 });
    await watch.publishAsync(status, 'sleeping', { qos: 1 });
    await watch.publishAsync(readings, '{}', { qos: 1, properties: { contentType: 'application/json' } });
    await until(() => hub.waiting.length === 1, 'reading');
    expect(hub.waiting[0]?.arrival.contentType).toBe('application/json');
    watch.stream.destroy();
    await until(() => hub.links.length === 2, 'will');
    expect(hub.links).toEqual(['watch-1 online', 'watch-1 offline']);
    expect(hub.events.filter(({ event }) => event === 'external-topic-refused')).toHaveLength(1);
  });
});
