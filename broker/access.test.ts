// Every access rule as a case, over the wire with both protocol versions.

import { topicOf } from '@heartwood/vitals';
import mqtt, { type IClientOptions } from 'mqtt';
import { describe, expect, it, vi } from 'vitest';
import { propertiesOnce } from './access.ts';
import { BrokerError, startBroker } from './index.ts';
import { connectPacket, packet, passwordOf, raw, testBroker, testClient, until } from './testing.ts';

/** Tries to log in and gives back the CONNACK code. */
async function connackOf(port: number, options: IClientOptions): Promise<number> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
  try {
    return await new Promise<number>((resolve, reject) => {
      client.on('error', () => undefined);
      client.on('packetreceive', (answer) => {
        if (answer.cmd === 'connack') resolve(answer.reasonCode ?? answer.returnCode ?? -1);
      });
      client.on('close', () => reject(new Error('closed without CONNACK')));
    });
  } finally {
    client.end(true);
  }
}

const id = 'watch-1';
const right = { clientId: id, username: id, password: passwordOf(id) };
const offline = Buffer.from('offline');

const logins: [string, IClientOptions, number, number, string][] = [
  ['a client id that is no device id', { ...right, clientId: 'Watch 1' }, 2, 0x85, 'client-id-is-device-id'],
  ['no client id', { ...right, clientId: '' }, 2, 0x85, 'client-id-is-device-id'],
  ['another user name', { ...right, username: 'watch-2' }, 4, 0x86, 'user-name-is-client-id'],
  ['nobody', { clientId: id }, 4, 0x86, 'user-name-is-client-id'],
  ['a name without password', { clientId: id, username: id }, 4, 0x86, 'nobody-anonymous'],
  ['an empty password', { ...right, password: '' }, 4, 0x86, 'nobody-anonymous'],
  ['a wrong password', { ...right, password: 'guess' }, 4, 0x86, 'password-right'],
  [
    'a will on another device',
    { ...right, will: { topic: topicOf('watch-2', 'status'), payload: offline, qos: 1, retain: true } },
    5,
    0x87,
    'will-on-own-status',
  ],
  [
    'a will that is a reading',
    { ...right, will: { topic: topicOf(id, 'readings'), payload: offline, qos: 1, retain: false } },
    5,
    0x87,
    'will-on-own-status',
  ],
  [
    'a will with words of its own',
    {
      ...right,
      will: { topic: topicOf(id, 'status'), payload: Buffer.from('goodbye'), qos: 0, retain: false },
    },
    5,
    0x87,
    'will-on-own-status',
  ],
];

describe('CONNECT is refused for', () => {
  it.each(logins)('%s', async (_name, options, v4, v5, step) => {
    const test = await testBroker();
    expect(await connackOf(test.port, { ...options, protocolVersion: 4 })).toBe(v4);
    expect(await connackOf(test.port, { ...options, protocolVersion: 5 })).toBe(v5);
    const refused = test.events.filter(({ event }) => event === 'login-refused');
    expect(refused).toHaveLength(2);
    for (const event of refused) expect(event).toMatchObject({ step });
    expect(test.broker.stats()).toMatchObject({ loginsRefused: 2, devices: 0 });
    expect(test.links).toEqual([]);
  });

  it('a password that nobody can check now', async () => {
    const test = await testBroker({ authenticate: () => Promise.reject(new Error('store closed')) });
    expect(await connackOf(test.port, { ...right, protocolVersion: 4 })).toBe(3);
    expect(await connackOf(test.port, { ...right, protocolVersion: 5 })).toBe(0x88);
    expect(test.events).toContainEqual(
      expect.objectContaining({ event: 'login-unanswered', error: 'Error' }),
    );
  });
});

it('authenticate sees the id, the password bytes and the address', async () => {
  const seen: unknown[] = [];
  const test = await testBroker({
    authenticate: async (...call) => seen.push([call[0], Buffer.from(call[1] ?? []).toString(), call[2]]) > 0,
  });
  await testClient(test.port, id);
  expect(seen).toEqual([[id, passwordOf(id), '127.0.0.1']]);
});

const publishes: [string, string, string, string][] = [
  ["another device's readings", topicOf('watch-2', 'readings'), 'x', 'own-topic'],
  ["another device's status", topicOf('watch-2', 'status'), 'online', 'own-topic'],
  ['its own command topic', topicOf(id, 'command'), 'x', 'channel-to-hub'],
  ['a topic that is not ours', 'home/lamp', 'x', 'topic-is-ours'],
  ['a deeper topic', `${topicOf(id, 'readings')}/raw`, 'x', 'topic-is-ours'],
  ['$SYS', '$SYS/broker/version', 'x', 'topic-is-ours'],
  ['a status of its own words', topicOf(id, 'status'), 'asleep', 'status-word'],
  ['an empty status', topicOf(id, 'status'), '', 'status-word'],
  ['a long status', topicOf(id, 'status'), 'offline'.repeat(1000), 'status-word'],
];

describe('PUBLISH is denied to', () => {
  it.each(publishes)('%s', async (_name, topic, body, step) => {
    const test = await testBroker();
    const old = await testClient(test.port, id, { protocolVersion: 4 });
    old.publish(topic, body, { qos: 1 });
    await until(() => !old.connected, 'MQTT 3.1.1 connection closed');
    const client = await testClient(test.port, id, { protocolVersion: 5 });
    const answers: (number | undefined)[] = [];
    client.on('packetreceive', (answer) => {
      if (answer.cmd === 'puback' || answer.cmd === 'pubrec') answers.push(answer.reasonCode);
    });
    client.publish(topic, body, { qos: 1 });
    await until(() => answers.length === 1, 'PUBACK');
    client.publish(topic, body, { qos: 2 });
    await until(() => answers.length === 2, 'PUBREC');
    expect(answers).toEqual([0x87, 0x87]);
    expect(client.connected).toBe(true);
    expect(test.waiting).toHaveLength(0);
    expect(
      test.events.filter((event) => event.event === 'publish-denied').map((event) => event.step),
    ).toEqual(Array(3).fill(step));
    expect(test.events.filter(({ event }) => event === 'client-error')).toEqual([]);
  });
});

describe('SUBSCRIBE', () => {
  const filters = [
    '#',
    '+/+/+/+',
    'heartwood/#',
    `heartwood/v1/${id}/#`,
    `heartwood/v1/${id}/+`,
    'heartwood/v1/+/command',
    topicOf('watch-2', 'command'),
    topicOf(id, 'readings'),
    topicOf(id, 'status'),
    `$share/all/${topicOf(id, 'command')}`,
    '$SYS/#',
  ];
  it.each(filters)('is denied for %s, the connection stays', async (filter) => {
    const test = await testBroker();
    const old = await testClient(test.port, id, { protocolVersion: 4 });
    await expect(old.subscribeAsync(filter)).rejects.toThrow();
    expect(old.connected).toBe(true);
    const client = await testClient(test.port, id, { protocolVersion: 5 });
    await expect(client.subscribeAsync(filter)).rejects.toThrow();
    expect(client.connected).toBe(true);
    expect(test.broker.stats().subscribesDenied).toBeGreaterThanOrEqual(1);
  });

  it('is granted for the own command topic, and a refused filter beside it gets nothing', async () => {
    const test = await testBroker();
    const raw1 = await raw(test.port);
    raw1.socket.write(connectPacket(id));
    const filter = (topic: string): Buffer =>
      Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic), Buffer.from([1])]);
    const body = Buffer.concat([Buffer.from([0, 9]), filter(topicOf(id, 'command')), filter('heartwood/#')]);
    raw1.socket.write(packet(0x82, body));
    await until(() => raw1.received().length >= 10, 'SUBACK');
    expect([...raw1.received().subarray(4)]).toEqual([0x90, 4, 0, 9, 1, 0x80]);
    const other = await testClient(test.port, 'watch-2');
    await other.publishAsync(topicOf('watch-2', 'readings'), 'private', { qos: 1 });
    await test.broker.command(id, Buffer.from('to you'));
    await until(() => raw1.received().includes('to you'), 'command');
    expect(raw1.received().includes('private')).toBe(false);
  });
});

describe('commands', () => {
  it('reach a subscribed device and nobody else', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, { protocolVersion: 5 });
    const other = await testClient(test.port, 'watch-2');
    const heard: string[] = [];
    client.on('message', (topic, body) => heard.push(`${topic} ${body.toString()}`));
    other.on('message', () => heard.push('other'));
    await expect(test.broker.command(id, Buffer.from('early'))).rejects.toMatchObject({
      code: 'NOBODY_LISTENS',
    });
    await client.subscribeAsync(topicOf(id, 'command'), { qos: 1 });
    await other.subscribeAsync(topicOf('watch-2', 'command'), { qos: 1 });
    await test.broker.command(id, Buffer.from('interval 10'));
    await until(() => heard.length > 0, 'command');
    expect(heard).toEqual([`${topicOf(id, 'command')} interval 10`]);
    await client.unsubscribeAsync(topicOf(id, 'command'));
    await expect(test.broker.command(id, Buffer.from('late'))).rejects.toBeInstanceOf(BrokerError);
  });

  it('wait for a device with a persistent session, the newest few', async () => {
    const test = await testBroker({ limits: { commandsKeptMax: 3 } });
    const session: IClientOptions = { clean: false };
    const first = await testClient(test.port, id, session);
    await first.subscribeAsync(topicOf(id, 'command'), { qos: 1 });
    await first.endAsync();
    await until(() => test.broker.connected().length === 0, 'gone');
    for (const n of [1, 2, 3, 4, 5]) await test.broker.command(id, Buffer.from(`c${n}`));
    const heard: string[] = [];
    const again = mqtt.connect(`mqtt://127.0.0.1:${test.port}`, { ...right, ...session, reconnectPeriod: 0 });
    again.on('message', (_topic, body) => heard.push(body.toString()));
    await until(() => heard.length === 3, 'kept commands');
    // There is room once the hub has read the acknowledgements.
    await vi.waitFor(() => test.broker.command(id, Buffer.from('live')));
    await until(() => heard.length === 4, 'live command');
    expect(heard).toEqual(['c3', 'c4', 'c5', 'live']);
    await again.endAsync();
    const third = mqtt.connect(`mqtt://127.0.0.1:${test.port}`, { ...right, ...session, reconnectPeriod: 0 });
    third.on('message', (_topic, body) => heard.push(`again ${body.toString()}`));
    await until(() => third.connected, 'third connection');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toHaveLength(4);
    await third.endAsync();
  });
});

it('refuses a plain listener that another machine could reach, and opens none', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'hub.local']) {
    const started = startBroker({
      listeners: [
        { host: '127.0.0.1', port: 0 },
        { host, port: 0 },
      ],
      authenticate: async () => true,
      accept: async () => undefined,
      onLink: () => undefined,
      log: () => undefined,
    });
    await expect(started).rejects.toMatchObject({ code: 'PLAIN_NOT_LOCAL' });
  }
});

it.each([
  ['once', [3, 35, 0, 1]],
  ['twice, which the parser makes an array of', [6, 35, 0, 1, 35, 0, 2]],
])('a topic alias, which was never allowed, ends the connection: %s', async (_name, alias) => {
  const test = await testBroker();
  const device = await raw(test.port);
  device.socket.write(connectPacket(id, 5));
  const topic = Buffer.from(topicOf(id, 'readings'));
  device.socket.write(packet(0x30, [0, topic.length], topic, alias, Buffer.from('x')));
  await until(() => device.closed(), 'closed');
  expect([...device.received().subarray(-4)]).toEqual([0xe0, 2, 0x94, 0]);
  expect(test.waiting).toHaveLength(0);
});

it('knows a property that came twice', () => {
  expect(propertiesOnce(undefined)).toBe(true);
  expect(propertiesOnce({ contentType: 'a', userProperties: { a: ['1', '2'] } })).toBe(true);
  expect(propertiesOnce({ sessionExpiryInterval: [1, 2] })).toBe(false);
});
