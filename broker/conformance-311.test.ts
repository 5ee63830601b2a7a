// MQTT 3.1.1 as Paho's interoperability suite asks for it, behaviour by behaviour, with the numbers of the standard's
// statements. Where the hub's door refuses on purpose, the test shows how. docs/spec/mqtt.md is the table of these.

import { topicOf } from '@heartwood/vitals';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import {
  connectPacket,
  packet,
  passwordOf,
  publishPacket,
  type Raw,
  raw,
  testBroker,
  testClient,
  until,
} from './testing.ts';

const id = 'watch-1';
const readings = topicOf(id, 'readings');
const command = topicOf(id, 'command');
const session: IClientOptions = { clean: false, protocolVersion: 4 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const CONNACK = [0x20, 2, 0, 0];

/** A CONNECT of MQTT 3.1.1 with its parts as wanted; `flags` without user name and password unless they are there. */
function connect(parts: {
  clientId?: string;
  flags?: number;
  level?: number;
  keepAlive?: number;
  will?: [string, string];
}) {
  const { clientId = id, flags = 0xc2, level = 4, keepAlive = 60, will } = parts;
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const head = [text('MQTT'), [level, flags | (will === undefined ? 0 : 0x0c), 0, keepAlive], text(clientId)];
  const middle = will === undefined ? [] : will.map(text);
  const credentials = (flags & 0xc0) === 0xc0 ? [text(clientId), text(passwordOf(clientId))] : [];
  return packet(0x10, ...head, ...middle, ...credentials);
}

const subscribe = (messageId: number, ...filters: [string, number][]): Buffer =>
  packet(
    0x82,
    [messageId >> 8, messageId & 255],
    ...filters.flatMap(([filter, qos]) => [[0, filter.length], Buffer.from(filter), [qos]]),
  );

/** A connected device, raw; what it received begins after its CONNACK. */
async function device(port: number, bytes: Buffer = connectPacket(id)): Promise<Raw> {
  const one = await raw(port);
  one.socket.write(bytes);
  await until(() => one.received().length >= 4, 'CONNACK');
  return one;
}

/** What a client hears from now on, packet by packet. */
function heardBy(client: MqttClient): IPublishPacket[] {
  const heard: IPublishPacket[] = [];
  client.on('packetreceive', (one) => {
    if (one.cmd === 'publish') heard.push(one);
  });
  return heard;
}

describe('basic', () => {
  it('a device publishes at QoS 0, 1 and 2 and hears its commands, in order [MQTT-4.6.0-6]', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, { protocolVersion: 4 });
    const heard = heardBy(client);
    const [granted] = await client.subscribeAsync(command, { qos: 2 });
    expect(granted?.qos).toBe(2);
    for (const qos of [0, 1, 2] as const) await client.publishAsync(readings, `qos ${qos}`, { qos });
    for (const n of [1, 2, 3]) await test.broker.command(id, Buffer.from(`c${n}`));
    await until(() => heard.length === 3, 'three commands');
    expect(
      heard.map(({ topic, payload, qos, dup, retain }) => [topic, payload.toString(), qos, dup, retain]),
    ).toEqual(['c1', 'c2', 'c3'].map((body) => [command, body, 1, false, false]));
    expect(test.waiting.map(({ arrival }) => [arrival.qos, Buffer.from(arrival.body).toString()])).toEqual([
      [0, 'qos 0'],
      [1, 'qos 1'],
      [2, 'qos 2'],
    ]);
  });

  it('DISCONNECT ends the connection and asks for no will [MQTT-3.14.4-1, MQTT-3.14.4-3]', async () => {
    const test = await testBroker();
    const one = await device(test.port, connect({ will: [topicOf(id, 'status'), 'offline'] }));
    await until(() => test.links.length === 1, 'online');
    one.socket.write(Buffer.from([0xe0, 0]));
    await until(one.closed, 'closed');
    await until(() => test.links.length === 2, 'offline, by the end of the connection');
    expect(test.broker.stats().publishesDenied).toBe(0);
  });

  it('PINGREQ is answered [MQTT-3.12.4-1]', async () => {
    const test = await testBroker();
    const one = await device(test.port);
    one.socket.write(Buffer.from([0xc0, 0]));
    await until(() => one.received().length === 6, 'PINGRESP');
    expect([...one.received().subarray(4)]).toEqual([0xd0, 0]);
  });

  it('a protocol level that is not spoken is answered with 0x01 and closed [MQTT-3.1.2-2]', async () => {
    const test = await testBroker();
    for (const level of [0, 6, 0x84]) {
      const stranger = await raw(test.port);
      stranger.socket.write(connect({ level }));
      await until(stranger.closed, 'closed');
      expect([...stranger.received()]).toEqual([0x20, 2, 0, 1]);
    }
  });

  it('a second CONNECT ends the connection [MQTT-3.1.0-2], and so does anything before the first [MQTT-3.1.0-1]', async () => {
    const test = await testBroker();
    const twice = await device(test.port);
    twice.socket.write(connectPacket(id));
    const never = await raw(test.port);
    never.socket.write(Buffer.from([0xc0, 0]));
    await until(() => twice.closed() && never.closed(), 'both closed');
    expect([...twice.received()]).toEqual(CONNACK);
    expect(never.received()).toHaveLength(0);
  });

  it.each([
    ['DUP at QoS 0 [MQTT-3.3.1-2]', packet(0x38, [0, readings.length], Buffer.from(readings))],
    ['QoS 3 [MQTT-3.3.1-4]', packet(0x36, [0, readings.length], Buffer.from(readings), [0, 1])],
    ['a packet identifier of 0 [MQTT-2.3.1-1]', publishPacket(readings, 'x', 1, 0)],
    ['a wildcard in a topic name [MQTT-3.3.2-2]', publishPacket('heartwood/v1/+/readings', 'x', 1)],
    ['a topic that is not UTF-8 [MQTT-1.5.3-1]', publishPacket(Buffer.from([0x61, 0xff]), 'x', 1)],
    ['NUL in a topic [MQTT-1.5.3-2]', publishPacket('a\0', 'x', 1)],
    ['SUBSCRIBE with the wrong flags [MQTT-3.8.1-1]', packet(0x80, [0, 1, 0, 1, 0x61, 0])],
    ['SUBSCRIBE without a filter [MQTT-3.8.3-3]', packet(0x82, [0, 1])],
    ['a wildcard beside other characters [MQTT-4.7.1-3]', subscribe(1, ['heartwood/v1+', 0])],
    ['a filter that goes on after # [MQTT-4.7.1-2]', subscribe(1, ['#/command', 0])],
    ['UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', packet(0xa2, [0, 1])],
    ['PUBREL with the wrong flags [MQTT-3.6.1-1]', packet(0x60, [0, 1])],
  ])('the connection is closed for %s, and nothing is taken', async (_name, bytes) => {
    const test = await testBroker();
    const one = await device(test.port);
    one.socket.write(bytes);
    await until(one.closed, 'closed');
    expect([...one.received()]).toEqual(CONNACK);
    expect(test.waiting).toHaveLength(0);
  });
});

describe('client identifiers', () => {
  it.each([
    ['with a clean session [MQTT-3.1.3-6: ours must have one]', 0xc2],
    ['with a session to keep [MQTT-3.1.3-8]', 0xc0],
  ])('an empty one is refused with 0x02 %s', async (_name, flags) => {
    const test = await testBroker();
    const stranger = await raw(test.port);
    stranger.socket.write(connect({ clientId: '', flags }));
    await until(stranger.closed, 'closed');
    expect([...stranger.received()]).toEqual([0x20, 2, 0, 2]);
  });

  it('one that is no device id is refused with 0x02 [MQTT-3.1.3-9]; 23 characters and more are taken [MQTT-3.1.3-5]', async () => {
    const test = await testBroker();
    const stranger = await raw(test.port);
    stranger.socket.write(connect({ clientId: 'Watch_1' }));
    await until(stranger.closed, 'closed');
    expect([...stranger.received()]).toEqual([0x20, 2, 0, 2]);
    for (const length of [23, 63]) {
      const clientId = 'w'.repeat(length);
      expect([...(await device(test.port, connect({ clientId }))).received()]).toEqual(CONNACK);
    }
  });

  it('the newest connection of an id ends the older [MQTT-3.1.4-2]', async () => {
    const test = await testBroker();
    const older = await device(test.port);
    await device(test.port);
    await until(older.closed, 'the older is closed');
    expect(test.broker.connected()).toEqual([id]);
  });
});

describe('retained messages', () => {
  it('a retained status is acknowledged and told to the hub; nobody is sent it, as no device may hear it [MQTT-3.3.1-5]', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, { protocolVersion: 4 });
    const heard = heardBy(client);
    await client.publishAsync(topicOf(id, 'status'), 'offline', { qos: 1, retain: true });
    expect(test.links.at(-1)).toEqual([id, 'offline']);
    await client.subscribeAsync(command, { qos: 1 });
    const granted = await client
      .subscribeAsync(topicOf(id, 'status'), { qos: 1 })
      .catch((error: Error) => error);
    expect(granted).toBeInstanceOf(Error);
    await pause(30);
    expect(heard).toHaveLength(0);
  });

  it('retained readings are stored as any others, and a retained command is nobody’s to send', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, { protocolVersion: 4 });
    await client.publishAsync(readings, 'kept', { qos: 1, retain: true });
    expect(test.waiting).toHaveLength(1);
    const one = await device(test.port, connectPacket('watch-2'));
    one.socket.write(publishPacket(topicOf('watch-2', 'command'), 'x', 1));
    await until(one.closed, 'closed');
  });
});

describe('sessions and queued messages', () => {
  it('commands to a device that is away wait in its session, in order, and come unmarked [MQTT-3.1.2-5]', async () => {
    const test = await testBroker();
    const first = await testClient(test.port, id, session);
    await first.subscribeAsync(command, { qos: 1 });
    await first.endAsync();
    await until(() => test.broker.connected().length === 0, 'gone');
    for (const n of [1, 2]) await test.broker.command(id, Buffer.from(`c${n}`));
    const again = await device(test.port, connect({ flags: 0xc0 }));
    await until(() => again.received().includes('c2'), 'kept commands');
    expect([...again.received().subarray(0, 4)]).toEqual([0x20, 2, 1, 0]); // session present
    expect(again.received()[4]).toBe(0x32);
    expect(again.received().indexOf('c1')).toBeLessThan(again.received().indexOf('c2'));
  });

  it('what was sent and not acknowledged is sent again with DUP and its identifier [MQTT-4.4.0-1, MQTT-3.3.1-1]', async () => {
    const test = await testBroker();
    const first = await device(test.port, connect({ flags: 0xc0 }));
    first.socket.write(subscribe(9, [command, 1]));
    await until(() => first.received().length === 9, 'SUBACK');
    await test.broker.command(id, Buffer.from('act'));
    await until(() => first.received().includes('act'), 'sent');
    const sent = first.received().subarray(9);
    first.socket.destroy();
    await until(() => test.broker.connected().length === 0, 'gone');
    const second = await device(test.port, connect({ flags: 0xc0 }));
    await until(() => second.received().includes('act'), 'sent again');
    const repeated = second.received().subarray(4);
    expect([sent[0], repeated[0]]).toEqual([0x32, 0x3a]);
    expect(repeated.subarray(1)).toEqual(sent.subarray(1));
    const at = 4 + command.length; // header, length and the topic with its length
    second.socket.write(Buffer.from([0x40, 2, repeated[at] ?? 0, repeated[at + 1] ?? 0]));
    second.socket.write(Buffer.from([0xc0, 0]));
    await until(() => second.received().at(-2) === 0xd0, 'PUBACK taken');
    second.socket.destroy();
    await until(() => test.broker.connected().length === 0, 'gone');
    const third = await device(test.port, connect({ flags: 0xc0 }));
    await pause(30);
    expect([...third.received()]).toEqual([0x20, 2, 1, 0]);
  });

  it('a session is present also without a subscription, and a clean one ends it [MQTT-3.2.2-1, -2, -3, MQTT-3.1.2-6]', async () => {
    const test = await testBroker();
    const present = async (flags: number): Promise<number | undefined> => {
      const one = await device(test.port, connect({ flags }));
      one.socket.destroy();
      await until(() => test.broker.connected().length === 0, 'gone');
      return one.received()[2];
    };
    expect([await present(0xc0), await present(0xc0), await present(0xc2), await present(0xc0)]).toEqual([
      0, 1, 0, 0,
    ]);
    expect(test.broker.stats().subscribesDenied).toBe(0);
  });

  it('a QoS 2 message whose id is free again is never taken for a repetition: its session is present [MQTT-4.3.3-2]', async () => {
    const test = await testBroker();
    const first = await device(test.port, connect({ flags: 0xc0 }));
    first.socket.write(publishPacket(readings, 'once', 2, 7));
    await until(() => first.received().length === 8, 'PUBREC');
    first.socket.destroy();
    await until(() => test.broker.connected().length === 0, 'gone');
    // The session is present, so the device goes on with PUBREL and does not use the id for another message.
    const second = await device(test.port, connect({ flags: 0xc0 }));
    expect(second.received()[2]).toBe(1);
    second.socket.write(Buffer.from([0x62, 2, 0, 7]));
    await until(() => second.received().length === 8, 'PUBCOMP');
    second.socket.write(publishPacket(readings, 'next', 2, 7));
    await until(() => second.received().length === 12, 'PUBREC');
    expect(test.waiting.map(({ arrival }) => Buffer.from(arrival.body).toString())).toEqual(['once', 'next']);
  });

  it('to a QoS 0 subscription nothing is kept, and nothing is sent above QoS 0 [MQTT-3.8.4-6]', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, session);
    const heard = heardBy(client);
    await client.subscribeAsync(command, { qos: 0 });
    await test.broker.command(id, Buffer.from('now'));
    await until(() => heard.length === 1, 'command');
    expect(heard[0]).toMatchObject({ qos: 0, dup: false });
    await client.endAsync();
    await until(() => test.broker.connected().length === 0, 'gone');
    await expect(test.broker.command(id, Buffer.from('later'))).rejects.toMatchObject({
      code: 'NOBODY_LISTENS',
    });
    const again = await device(test.port, connect({ flags: 0xc0 }));
    await pause(30);
    expect(again.received()).toHaveLength(4);
  });

  it('kept commands are bounded by number, bytes and age', async () => {
    let now = 1_000_000;
    const limits = { commandsKeptMax: 3, commandBytesKeptMax: 100, commandAgeMaxMs: 60_000 };
    const test = await testBroker({ limits, now: () => now });
    const first = await testClient(test.port, id, session);
    await first.subscribeAsync(command, { qos: 1 });
    await first.endAsync();
    await until(() => test.broker.connected().length === 0, 'gone');
    await expect(test.broker.command(id, Buffer.alloc(101))).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await test.broker.command(id, Buffer.from('old'));
    now += 59_000;
    for (const body of ['1st', '2nd', '3rd--']) await test.broker.command(id, Buffer.from(body));
    await test.broker.command(id, Buffer.alloc(93, 0x2e)); // with the third 98 bytes
    now += 2_000;
    const again = await device(test.port, connect({ flags: 0xc0 }));
    await until(() => again.received().includes('.'.repeat(93)), 'the newest');
    const text = again.received().toString('latin1');
    expect(['old', '1st', '2nd', '3rd--'].filter((body) => text.includes(body))).toEqual(['3rd--']);
  });
});

describe('wills', () => {
  it('a lost connection publishes the will: the hub hears `offline`, once [MQTT-3.1.2-8]', async () => {
    const test = await testBroker();
    const one = await device(test.port, connect({ will: [topicOf(id, 'status'), 'offline'] }));
    await until(() => test.links.length === 1, 'online');
    one.socket.resetAndDestroy();
    await until(() => test.links.length === 2, 'offline');
    await pause(30);
    expect(test.links).toEqual([
      [id, 'online'],
      [id, 'offline'],
    ]);
  });

  it.each([
    ['another’s topic', topicOf('watch-2', 'status'), 'offline'],
    ['readings', readings, '{"seq":1}'],
    ['another word', topicOf(id, 'status'), 'gone'],
  ])('a will with %s is refused at CONNECT with 0x05', async (_name, topic, body) => {
    const test = await testBroker();
    const one = await raw(test.port);
    one.socket.write(connect({ will: [topic, body] }));
    await until(one.closed, 'closed');
    expect([...one.received()]).toEqual([0x20, 2, 0, 5]);
  });
});

describe('subscriptions', () => {
  it('overlapping filters are refused, so that a command comes once [MQTT-3.3.5-1]', async () => {
    const test = await testBroker();
    const one = await device(test.port);
    one.socket.write(subscribe(5, ['heartwood/#', 2], [command, 1], ['heartwood/v1/+/command', 1], ['#', 0]));
    await until(() => one.received().length >= 12, 'SUBACK');
    expect([...one.received().subarray(4)]).toEqual([0x90, 6, 0, 5, 0x80, 1, 0x80, 0x80]);
    await test.broker.command(id, Buffer.from('once'));
    await until(() => one.received().includes('once'), 'command');
    await pause(30);
    expect(one.received().toString('latin1').split('once')).toHaveLength(2);
  });

  it('a SUBSCRIBE is answered with one code for each filter, in order, also for the same twice [MQTT-3.8.4-5, MQTT-3.9.3-1]', async () => {
    const test = await testBroker();
    const one = await device(test.port);
    one.socket.write(
      subscribe(6, [command, 0], ['7', 0], [command, 1], ['__proto__', 0], ['1', 2], ['7', 1]),
    );
    await until(() => one.received().length >= 14, 'SUBACK');
    expect([...one.received().subarray(4)]).toEqual([0x90, 8, 0, 6, 0, 0x80, 1, 0x80, 0x80, 0x80]);
    await test.broker.command(id, Buffer.from('at the last one’s QoS'));
    await until(() => one.received().includes('QoS'), 'command');
    expect(one.received()[14]).toBe(0x32);
  });

  it('the same filter again replaces the subscription, and its QoS [MQTT-3.8.4-3]', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, { protocolVersion: 4 });
    const heard = heardBy(client);
    await client.subscribeAsync(command, { qos: 1 });
    await client.subscribeAsync(command, { qos: 0 });
    await test.broker.command(id, Buffer.from('x'));
    await until(() => heard.length > 0, 'command');
    await pause(20);
    expect(heard.map(({ qos }) => qos)).toEqual([0]);
  });

  it.each([
    '$SYS/#',
    '$SYS/broker/clients',
    '$share/group/heartwood/v1/watch-1/command',
    '/heartwood',
    '+/+',
  ])(
    '$-topics and others: %s fails with 0x80, the connection stays [MQTT-4.7.2-1, MQTT-3.9.3-2]',
    async (filter) => {
      const test = await testBroker();
      const one = await device(test.port);
      one.socket.write(Buffer.concat([subscribe(3, [filter, 1]), Buffer.from([0xc0, 0])]));
      await until(() => one.received().length === 11, 'SUBACK, PINGRESP');
      expect([...one.received().subarray(4)]).toEqual([0x90, 3, 0, 3, 0x80, 0xd0, 0]);
    },
  );

  it('a $-topic is nobody’s to publish on: denied, which closes an MQTT 3.1.1 connection [MQTT-3.3.5-2]', async () => {
    const test = await testBroker();
    const one = await device(test.port);
    one.socket.write(publishPacket('$SYS/heartwood', 'x', 1));
    await until(one.closed, 'closed');
    expect(test.broker.stats().publishesDenied).toBe(1);
  });

  it('UNSUBSCRIBE ends it, and is acknowledged whatever it names [MQTT-3.10.4-4, -5, -6]', async () => {
    const test = await testBroker();
    const one = await device(test.port);
    const unsubscribe = (messageId: number, ...filters: string[]): Buffer =>
      packet(0xa2, [0, messageId], ...filters.flatMap((filter) => [[0, filter.length], Buffer.from(filter)]));
    one.socket.write(subscribe(1, [command, 1]));
    await until(() => one.received().length === 9, 'SUBACK');
    one.socket.write(unsubscribe(2, 'never/subscribed', '$SYS/#'));
    await until(() => one.received().length === 13, 'UNSUBACK');
    await test.broker.command(id, Buffer.from('still heard'));
    await until(() => one.received().includes('still heard'), 'command');
    const before = one.received().length;
    one.socket.write(unsubscribe(3, command));
    await until(() => one.received().length === before + 4, 'UNSUBACK');
    expect([...one.received().subarray(before)]).toEqual([0xb0, 2, 0, 3]);
    await expect(test.broker.command(id, Buffer.from('late'))).rejects.toMatchObject({
      code: 'NOBODY_LISTENS',
    });
  });

  it('a SUBSCRIBE of more filters than a device can need ends the connection', async () => {
    const test = await testBroker();
    const one = await device(test.port);
    one.socket.write(subscribe(1, ...Array.from({ length: 17 }, (_, n): [string, number] => [`f${n}`, 0])));
    await until(one.closed, 'closed');
    expect(test.broker.stats()).toMatchObject({ subscribesDenied: 0, protocolBroken: 1 });
  });
});

describe('keep-alive', () => {
  it('a silent device is dropped after one and a half times its keep-alive, not before [MQTT-3.1.2-24]', async () => {
    const test = await testBroker();
    const one = await device(test.port, connect({ keepAlive: 1 }));
    const began = Date.now();
    await pause(1_200);
    expect(one.closed()).toBe(false);
    await until(one.closed, 'closed');
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_450);
    expect(test.links.at(-1)).toEqual([id, 'offline']);
  });

  it('keep-alive 0 is none', async () => {
    const test = await testBroker();
    const one = await device(test.port, connect({ keepAlive: 0 }));
    await pause(300);
    expect(one.closed()).toBe(false);
  });
});
