// MQTT 5, as much of it as a device needs, with the numbers of the standard's statements. A device hears its own
// commands and nothing else: what concerns messages between clients is refused, and the test shows with which code.
// docs/spec/mqtt.md is the table of these.

import { topicOf } from '@heartwood/vitals';
import mqtt, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  connectPacket,
  packet,
  passwordOf,
  type Raw,
  raw,
  type TestBroker,
  testBroker,
  until,
} from './testing.ts';

const id = 'watch-1';
const readings = topicOf(id, 'readings');
const command = topicOf(id, 'command');
const five: IClientOptions = { protocolVersion: 5 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function heardBy(client: MqttClient): IPublishPacket[] {
  const heard: IPublishPacket[] = [];
  client.on('packetreceive', (one) => {
    if (one.cmd === 'publish') heard.push(one);
  });
  return heard;
}

/** A persistent session of MQTT 5. */
const kept = (seconds: number, clean = false): IClientOptions => ({
  ...five,
  clean,
  properties: { sessionExpiryInterval: seconds },
});

/** Connects with MQTT 5. @returns the client, its CONNACK and what it hears */
async function connected(port: number, options: IClientOptions = five) {
  const right = { clientId: id, username: id, password: passwordOf(id), reconnectPeriod: 0 };
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...right, ...options });
  client.on('error', () => undefined);
  onTestFinished(() => void client.end(true));
  const heard = heardBy(client);
  const connack = await new Promise<IConnackPacket>((resolve) => client.once('connect', resolve));
  return { client, heard, properties: connack.properties ?? {}, present: connack.sessionPresent };
}

async function rawDevice(port: number, properties: number[] = []): Promise<Raw> {
  const one = await raw(port);
  one.socket.write(connectPacket(id, 5, properties));
  await until(() => one.received().length > 4, 'CONNACK');
  return one;
}

/** A PUBLISH of MQTT 5 with property bytes. */
const publish5 = (topic: string, properties: number[], body: string | Buffer = 'x', first = 0x32): Buffer =>
  packet(
    first,
    [0, topic.length],
    Buffer.from(topic),
    (first & 6) === 0 ? [] : [0, 1],
    [properties.length, ...properties],
    Buffer.from(body as string),
  );

const subscribe5 = (messageId: number, properties: number[], ...filters: [string, number][]): Buffer =>
  packet(
    0x82,
    [messageId >> 8, messageId & 255, properties.length, ...properties],
    ...filters.flatMap(([filter, options]) => [[0, filter.length], Buffer.from(filter), [options]]),
  );

/** The last packet, if it is a DISCONNECT of one code. */
const goodbye = (one: Raw): number | undefined => {
  const [type, length, code] = one.received().subarray(-4);
  return type === 0xe0 && length === 2 ? code : undefined;
};

const away = (test: TestBroker): Promise<void> => until(() => test.broker.connected().length === 0, 'gone');

describe('CONNACK', () => {
  it('says what the hub takes: packet size, Receive Maximum, no alias, no shared subscriptions [MQTT-3.2.2-9 to -13]', async () => {
    const test = await testBroker({ limits: { packetBytesMax: 5000, inFlightMax: 7 } });
    const { properties, present } = await connected(test.port);
    expect(properties).toMatchObject({
      maximumPacketSize: 5000,
      receiveMaximum: 7,
      sharedSubscriptionAvailable: false,
    });
    expect(properties.topicAliasMaximum ?? 0).toBe(0);
    expect(properties.assignedClientIdentifier).toBeUndefined();
    expect(present).toBe(false);
  });

  it('Server Keep Alive: the hub’s, where the client’s is longer or none [MQTT-3.1.2-21]', async () => {
    const test = await testBroker({ limits: { keepAliveSecondsMax: 30 } });
    const serverKeepAlive = async (keepalive: number) =>
      (await connected(test.port, { ...five, keepalive })).properties.serverKeepAlive;
    expect([await serverKeepAlive(0), await serverKeepAlive(31), await serverKeepAlive(30)]).toEqual([
      30,
      30,
      undefined,
    ]);
  });

  it.each([
    ['an empty client identifier: none is assigned, a device has its own', { clientId: '' }, 0x85],
    ['a client identifier that is no device id [MQTT-3.1.3-8]', { clientId: 'Watch' }, 0x85],
    ['a wrong password', { password: 'wrong' }, 0x86],
    ['a user name that is not the device', { username: 'watch-2' }, 0x86],
    [
      'a will on another topic',
      {
        will: {
          topic: topicOf('watch-2', 'status'),
          payload: Buffer.from('offline'),
          qos: 0 as const,
          retain: false,
        },
      },
      0x87,
    ],
    ['an authentication method [MQTT 5 4.12]', { properties: { authenticationMethod: 'SCRAM-SHA-1' } }, 0x8c],
  ])('refuses %s with its code [MQTT-3.2.2-7]', async (_name, options, code) => {
    const test = await testBroker();
    const right = { clientId: id, username: id, password: passwordOf(id), reconnectPeriod: 0, ...five };
    const client = mqtt.connect(`mqtt://127.0.0.1:${test.port}`, { ...right, ...options } as IClientOptions);
    const error = await new Promise<{ code?: number }>((resolve) => client.once('error', resolve as never));
    client.end(true);
    expect(error.code).toBe(code);
  });
});

it('a Receive Maximum of 0 is refused with 0x82 [MQTT 5 3.1.2.11.3]', async () => {
  const test = await testBroker();
  const one = await raw(test.port);
  one.socket.write(connectPacket(id, 5, [33, 0, 0]));
  await until(one.closed, 'closed');
  expect([one.received()[0], one.received()[3]]).toEqual([0x20, 0x82]);
});

describe('sessions', () => {
  it('Session Expiry Interval: kept for so long, then gone; without one gone at once [MQTT-3.1.2-23]', async () => {
    const test = await testBroker();
    const ephemeral = await connected(test.port);
    await ephemeral.client.subscribeAsync(command, { qos: 1 });
    await ephemeral.client.endAsync();
    await away(test);
    expect(test.broker.stats().sessions).toBe(0);
    const first = await connected(test.port, kept(1));
    await first.client.subscribeAsync(command, { qos: 1 });
    await first.client.endAsync();
    await away(test);
    const second = await connected(test.port, kept(1));
    expect([first.present, second.present]).toEqual([false, true]);
    await test.broker.command(id, Buffer.from('heard without a new SUBSCRIBE'));
    await until(() => second.heard.length === 1, 'command');
    await second.client.endAsync();
    await away(test);
    expect(test.broker.stats().sessions).toBe(1);
    await until(() => test.broker.stats().sessions === 0, 'expired');
    expect((await connected(test.port, kept(1))).present).toBe(false);
  });

  it('one that is too long is shortened, and the client told [MQTT-3.2.2-21]', async () => {
    const test = await testBroker({ limits: { sessionExpirySecondsMax: 60 } });
    expect((await connected(test.port, kept(3600))).properties.sessionExpiryInterval).toBe(60);
  });

  it('DISCONNECT may end the session, and cannot make one out of none [MQTT-3.14.2-2]', async () => {
    const test = await testBroker();
    const first = await connected(test.port, kept(60));
    await first.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } } as never);
    await away(test);
    expect(test.broker.stats().sessions).toBe(0);
    const second = await rawDevice(test.port);
    second.socket.write(packet(0xe0, [0, 5, 17, 0, 0, 0, 60]));
    await away(test);
    expect(test.broker.stats().sessions).toBe(0);
  });

  it('Clean Start ends the old session, its commands too [MQTT-3.1.2-4]', async () => {
    const test = await testBroker();
    const first = await connected(test.port, kept(60));
    await first.client.subscribeAsync(command, { qos: 1 });
    await first.client.endAsync();
    await away(test);
    await test.broker.command(id, Buffer.from('old'));
    const second = await connected(test.port, kept(60, true));
    await pause(30);
    expect([second.present, second.heard.length]).toEqual([false, 0]);
    await expect(test.broker.command(id, Buffer.from('x'))).rejects.toMatchObject({ code: 'NOBODY_LISTENS' });
  });

  it('the older connection of an id is told 0x8E [MQTT-3.1.4-3]', async () => {
    const test = await testBroker();
    const older = await rawDevice(test.port);
    await rawDevice(test.port);
    await until(older.closed, 'closed');
    expect(goodbye(older)).toBe(0x8e);
  });
});

describe('commands to a device', () => {
  it('expire: what is left of their time is told, what is over is not sent [MQTT-3.3.2-5, -6]', async () => {
    let now = 1_000_000;
    const test = await testBroker({ limits: { commandAgeMaxMs: 100_000 }, now: () => now });
    const first = await connected(test.port, kept(60));
    await first.client.subscribeAsync(command, { qos: 1 });
    await first.client.endAsync();
    await away(test);
    await test.broker.command(id, Buffer.from('old'));
    now += 70_000;
    await test.broker.command(id, Buffer.from('young'));
    now += 30_000;
    const second = await connected(test.port, kept(60));
    await until(() => second.heard.length > 0, 'command');
    await pause(20);
    expect(
      second.heard.map(({ payload, properties }) => [payload.toString(), properties?.messageExpiryInterval]),
    ).toEqual([['young', 70]]);
  });

  it('Receive Maximum: no more of them unacknowledged than the device takes, live and kept [MQTT-3.3.4-9]', async () => {
    const test = await testBroker();
    const one = await rawDevice(test.port, [33, 0, 2, 17, 0, 0, 0, 60]);
    one.socket.write(subscribe5(1, [], [command, 1]));
    await until(() => one.received().includes(Buffer.from([0x90, 4, 0, 1, 0, 1])), 'SUBACK');
    for (const n of [1, 2, 3, 4]) await test.broker.command(id, Buffer.from(`body-${n}`));
    const got = (from: Raw): string[] =>
      from
        .received()
        .toString('latin1')
        .match(/body-\d/g) ?? [];
    await until(() => got(one).length === 2, 'two');
    await pause(30);
    expect(got(one)).toEqual(['body-1', 'body-2']);
    const idAt = one.received().indexOf(command) + command.length;
    one.socket.write(Buffer.from([0x40, 2, ...one.received().subarray(idAt, idAt + 2)]));
    await until(() => got(one).length === 3, 'one more');
    one.socket.destroy();
    await away(test);
    const again = await raw(test.port);
    const bytes = connectPacket(id, 5, [33, 0, 2, 17, 0, 0, 0, 60]);
    bytes[9] = 0xc0; // no clean start
    again.socket.write(bytes);
    await until(() => got(again).length === 2, 'two');
    await pause(30);
    expect(got(again)).toEqual(['body-2', 'body-3']);
  });

  it('Maximum Packet Size: a larger one is refused to the hub, and never sent [MQTT-3.1.2-24, -25]', async () => {
    const test = await testBroker();
    const small = { ...kept(60), properties: { sessionExpiryInterval: 60, maximumPacketSize: 100 } };
    const first = await connected(test.port, small);
    await first.client.subscribeAsync(command, { qos: 1 });
    await expect(test.broker.command(id, Buffer.alloc(61))).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await test.broker.command(id, Buffer.from('fits'));
    await until(() => first.heard.length === 1, 'command');
    await first.client.endAsync();
    await away(test);
    await test.broker.command(id, Buffer.alloc(61));
    await test.broker.command(id, Buffer.from('fits too'));
    const second = await connected(test.port, small);
    await until(() => second.heard.length === 1, 'the one that fits');
    expect(second.heard[0]?.payload.toString()).toBe('fits too');
  });

  it('carry the Subscription Identifier, no alias and no will delay [MQTT-3.3.4-3]', async () => {
    const test = await testBroker();
    const { client, heard } = await connected(test.port);
    await client.subscribeAsync(command, { qos: 1, properties: { subscriptionIdentifier: 300 } });
    await test.broker.command(id, Buffer.from('x'));
    await until(() => heard.length === 1, 'command');
    expect(heard[0]?.properties).toEqual({ subscriptionIdentifier: 300, messageExpiryInterval: 86_400 });
    expect(heard[0]).toMatchObject({ retain: false, dup: false, qos: 1 });
  });
});

describe('wills', () => {
  it('a will delay is not waited for: the hub hears of a lost link at once, and its readers choose how long they wait', async () => {
    const test = await testBroker();
    const will = {
      topic: topicOf(id, 'status'),
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: true,
    };
    const { client } = await connected(test.port, {
      ...kept(60),
      will: { ...will, properties: { willDelayInterval: 60 } },
    });
    client.stream.destroy();
    await until(() => test.links.length === 2, 'offline');
    expect(test.links.map(([, state]) => state)).toEqual(['online', 'offline']);
  });

  it('DISCONNECT with 0x04 sends the will, with 0x00 it does not; the link ends either way [MQTT-3.14.4-3]', async () => {
    for (const code of [0x04, 0x00]) {
      const test = await testBroker();
      const one = await rawDevice(test.port);
      await until(() => test.links.length === 1, 'online');
      one.socket.write(packet(0xe0, [code, 0]));
      await until(() => test.links.length === 2, 'offline');
      expect(test.links[1]).toEqual([id, 'offline']);
    }
  });
});

describe('messages from a device', () => {
  it('with user properties, payload format, expiry, response topic and correlation data are taken; the hub needs only the content type', async () => {
    const test = await testBroker();
    const { client } = await connected(test.port);
    await client.publishAsync(readings, '{}', {
      qos: 1,
      properties: {
        contentType: 'application/json',
        payloadFormatIndicator: true,
        messageExpiryInterval: 1,
        responseTopic: command,
        correlationData: Buffer.from('7'),
        userProperties: { firmware: ['1', '2'] },
      },
    });
    expect(test.waiting[0]?.arrival).toEqual({
      device: id,
      channel: 'readings',
      body: Buffer.from('{}'),
      qos: 1,
      contentType: 'application/json',
    });
  });

  it('a topic that is not its own is answered with 0x87, and the connection stays [MQTT-3.4.2-1]', async () => {
    const test = await testBroker();
    const one = await rawDevice(test.port);
    const before = one.received().length;
    one.socket.write(Buffer.concat([publish5(topicOf('watch-2', 'readings'), []), Buffer.from([0xc0, 0])]));
    await until(() => one.received().at(-2) === 0xd0, 'PINGRESP');
    const puback = one.received().subarray(before);
    expect([...puback.subarray(0, 1), ...puback.subarray(2, 5)]).toEqual([0x40, 0, 1, 0x87]);
    // The Reason String names the step that refused.
    expect(puback.toString('latin1')).toContain('own-topic');
    expect(test.waiting).toHaveLength(0);
  });

  it('Request Problem Information 0: no reasons in words [MQTT-3.1.2-29]', async () => {
    const test = await testBroker();
    const one = await rawDevice(test.port, [23, 0]);
    one.socket.write(publish5(topicOf('watch-2', 'readings'), []));
    await until(() => one.received().includes(Buffer.from([0, 1, 0x87])), 'PUBACK');
    expect(one.received().toString('latin1')).not.toContain('own-topic');
  });

  it('more unacknowledged than the hub’s Receive Maximum ends the connection with 0x93 [MQTT-3.3.4-7]', async () => {
    const test = await testBroker({ limits: { inFlightMax: 2 } });
    test.storesAtOnce = false;
    const one = await rawDevice(test.port);
    for (let n = 0; n < 3; n++) one.socket.write(publish5(readings, []));
    await until(one.closed, 'closed');
    expect(goodbye(one)).toBe(0x93);
  });
});

describe('subscriptions', () => {
  it('each filter has its reason code: 0x87 what is not its own, 0x9E a shared one [MQTT-3.9.3-1, MQTT-4.8.2]', async () => {
    const test = await testBroker();
    const one = await rawDevice(test.port);
    const before = one.received().length;
    one.socket.write(
      subscribe5(
        4,
        [],
        ['#', 1],
        [command, 1],
        [`$share/g/${command}`, 1],
        ['$SYS/#', 0],
        [`$share/g/${command}`, 0],
      ),
    );
    await until(() => one.received().length === before + 10, 'SUBACK');
    expect([...one.received().subarray(before)]).toEqual([0x90, 8, 0, 4, 0, 0x87, 1, 0x9e, 0x87, 0x9e]);
  });

  it('No Local, Retain As Published and Retain Handling are taken, and change nothing: there is nothing retained [MQTT-3.8.3-5]', async () => {
    const test = await testBroker();
    const { client, heard } = await connected(test.port);
    const [granted] = await client.subscribeAsync(command, { qos: 1, nl: true, rap: true, rh: 2 });
    expect(granted?.qos).toBe(1);
    await test.broker.command(id, Buffer.from('x'));
    await until(() => heard.length === 1, 'command');
    expect(heard[0]?.retain).toBe(false);
  });

  it('UNSUBACK says whether there was a subscription [MQTT-3.11.3-1]', async () => {
    const test = await testBroker();
    const one = await rawDevice(test.port);
    one.socket.write(subscribe5(1, [], [command, 1]));
    await until(() => one.received().includes(Buffer.from([0x90, 4, 0, 1, 0, 1])), 'SUBACK');
    const filters = [command, 'never/asked'].flatMap((filter) => [
      Buffer.from([0, filter.length]),
      Buffer.from(filter),
    ]);
    one.socket.write(packet(0xa2, [0, 2, 0], ...filters));
    await until(
      () =>
        one
          .received()
          .subarray(-7)
          .equals(Buffer.from([0xb0, 5, 0, 2, 0, 0, 0x11])),
      'UNSUBACK',
    );
  });
});

describe('a packet that breaks the protocol ends the connection with the right code [MQTT-4.13.1-1]', () => {
  const own = Buffer.from(readings);
  const cases: [string, Buffer, number][] = [
    ['a string longer than its packet', packet(0x32, [0xff, 0xff, 65]), 0x81],
    ['properties longer than the packet', packet(0x32, [0, own.length], own, [0, 1, 0x7f, 1]), 0x81],
    ['an unknown property', packet(0x32, [0, own.length], own, [0, 1, 2, 0x7a, 1]), 0x81],
    ['a topic that is not UTF-8 [MQTT-1.5.4-1]', packet(0x32, [0, 2, 0x61, 0xff, 0, 1, 0]), 0x81],
    ['NUL in a topic [MQTT-1.5.4-2]', publish5('a\0', []), 0x81],
    ['QoS 3 [MQTT-3.3.1-4]', packet(0x36, [0, 1, 65, 0, 1, 0]), 0x81],
    ['DUP at QoS 0 [MQTT-3.3.1-2]', publish5(readings, [], 'x', 0x38), 0x81],
    ['reserved header flags', packet(0x80, [0, 1, 0, 0, 1, 65, 0]), 0x81],
    ['a length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]), 0x81],
    ['packet type 0', Buffer.from([0, 0]), 0x81],
    ['a second CONNECT [MQTT-3.1.0-2]', connectPacket(id, 5), 0x82],
    ['a CONNACK', packet(0x20, [0, 0, 0]), 0x82],
    ['AUTH without an authentication [MQTT 5 4.12]', packet(0xf0, [0x18, 0]), 0x82],
    ['a packet identifier of 0 [MQTT-2.2.1-3]', packet(0x32, [0, own.length], own, [0, 0, 0]), 0x82],
    ['no topic and no alias [MQTT 5 3.3.2.1]', publish5('', []), 0x82],
    ['a content type that comes twice', publish5(readings, [3, 0, 1, 97, 3, 0, 1, 98]), 0x82],
    ['a Subscription Identifier of 0 [MQTT 5 3.8.2.1.2]', subscribe5(1, [11, 0], [command, 1]), 0x82],
    ['a wildcard in the middle of a level', subscribe5(1, [], ['a+b', 1]), 0x8f],
    ['a wildcard in a topic name [MQTT-3.3.2-2]', publish5('a/#', []), 0x90],
    ['more levels than we have', publish5('a/'.repeat(20), []), 0x90],
    ['a topic alias, since none is allowed [MQTT-3.3.2-9]', publish5(readings, [35, 0, 1]), 0x94],
    ['a packet larger than the hub takes [MQTT-3.2.2-15]', Buffer.from([0x32, 0x80, 0x80, 0x40, 0]), 0x95],
    [
      'more filters than a device can need',
      subscribe5(1, [], ...Array.from({ length: 17 }, (_, n): [string, number] => [`f${n}`, 0])),
      0x97,
    ],
  ];
  it.each(cases)('%s', async (_name, bytes, code) => {
    const test = await testBroker({ limits: { packetBytesMax: 2048 } });
    const one = await rawDevice(test.port);
    // A good one before it is still taken, and one after it is not.
    one.socket.write(
      Buffer.concat([publish5(readings, [], 'before', 0x30), bytes, publish5(readings, [], 'after')]),
    );
    await until(one.closed, 'closed');
    expect(goodbye(one)?.toString(16)).toBe(code.toString(16));
    expect(test.waiting.map(({ arrival }) => Buffer.from(arrival.body).toString())).toEqual(['before']);
  });
});
