// Links, takeover, revocation, limits, TLS and the end of it all.

import { topicOf } from '@heartwood/vitals';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { startBroker } from './index.ts';
import {
  connectPacket,
  packet,
  passwordOf,
  publishPacket,
  raw,
  selfSigned,
  type TestBroker,
  testBroker,
  testClient,
  until,
} from './testing.ts';

const id = 'watch-1';
const readings = topicOf(id, 'readings');
const status = topicOf(id, 'status');
const will = { topic: status, payload: Buffer.from('offline'), qos: 1 as const, retain: true };

describe('the link', () => {
  it('is online after CONNACK and offline at the will, each told once', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, { will });
    await client.publishAsync(status, 'online', { qos: 1, retain: true });
    await until(() => test.links.length === 1, 'online');
    client.stream.destroy();
    await until(() => test.links.length === 2, 'offline');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(test.links).toEqual([
      [id, 'online'],
      [id, 'offline'],
    ]);
  });

  it('is offline at once also with a will that asks to wait, and without any will', async () => {
    const test = await testBroker();
    const slow = { ...will, properties: { willDelayInterval: 60 } };
    const later = await testClient(test.port, id, {
      protocolVersion: 5,
      will: slow,
      properties: { sessionExpiryInterval: 600 },
    });
    const none = await testClient(test.port, 'watch-2');
    await until(() => test.links.length === 2, 'online');
    later.stream.destroy();
    none.stream.destroy();
    await until(() => test.links.filter(([, state]) => state === 'offline').length === 2, 'both offline');
  });

  it('follows what the device says of itself', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id);
    await client.publishAsync(status, 'offline', { qos: 1, retain: true });
    await client.publishAsync(status, 'online', { qos: 1, retain: true });
    await client.endAsync();
    await until(() => test.links.length === 4, 'four changes');
    expect(test.links.map(([, state]) => state)).toEqual(['online', 'offline', 'online', 'offline']);
    expect(test.waiting).toHaveLength(0);
  });

  it('is lost when the device goes silent for one and a half keep-alives', async () => {
    const test = await testBroker();
    const device = await raw(test.port);
    const bytes = connectPacket(id);
    bytes[bytes.indexOf(60)] = 1; // keep-alive: 1 s
    device.socket.write(bytes);
    await until(device.closed, 'closed');
    expect(test.links.map(([, state]) => state)).toEqual(['online', 'offline']);
  });
});

describe('takeover', () => {
  it.each([4, 5] as const)(
    'the newer connection wins and the link stays up (version %i)',
    async (protocolVersion) => {
      const test = await testBroker();
      const old = await testClient(test.port, id, { protocolVersion, will });
      const heard: (number | undefined)[] = [];
      old.on('packetreceive', (one) => one.cmd === 'disconnect' && heard.push(one.reasonCode));
      await old.subscribeAsync(topicOf(id, 'command'), { qos: 1 });
      const next = await testClient(test.port, id, { protocolVersion, will });
      await until(() => !old.connected, 'old one closed');
      if (protocolVersion === 5) expect(heard).toEqual([0x8e]);
      await next.publishAsync(readings, 'x', { qos: 1 });
      expect(test.broker.connected()).toEqual([id]);
      expect(test.links).toEqual([[id, 'online']]);
      test.broker.disconnect(id);
      await until(() => !next.connected, 'the registered one is the new one');
    },
  );

  it('of a half-open connection does not wait for it', async () => {
    const test = await testBroker();
    const old = await raw(test.port);
    old.socket.write(connectPacket(id, 5));
    await until(() => old.received().length > 4, 'CONNACK');
    old.socket.pause();
    const next = await testClient(test.port, id);
    await next.publishAsync(readings, 'x', { qos: 1 });
  });

  it('by ten at once leaves exactly one', async () => {
    const test = await testBroker();
    const all = await Promise.all(Array.from({ length: 10 }, () => raw(test.port)));
    for (const { socket } of all) socket.write(connectPacket(id));
    await until(() => all.filter(({ closed }) => closed()).length === 9, 'nine closed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(all.filter(({ closed }) => !closed())).toHaveLength(1);
    expect(test.broker.connected()).toEqual([id]);
    expect(test.broker.stats().connections).toBe(1);
    expect(test.links.at(-1)).toEqual([id, 'online']);
  });

  it('by a connection that is gone before its password was found right leaves the old one as it is', async () => {
    const answers: (() => void)[] = [];
    const test = await testBroker({
      authenticate: () => new Promise((resolve) => answers.push(() => resolve(true))),
    });
    const standing = await raw(test.port);
    standing.socket.write(connectPacket(id));
    await until(() => answers.length === 1, 'asked');
    answers[0]?.();
    await until(() => test.links.length === 1, 'online');
    const fleeting = await raw(test.port);
    fleeting.socket.write(connectPacket(id));
    await until(() => answers.length === 2, 'asked again');
    fleeting.socket.resetAndDestroy();
    await until(() => test.broker.stats().connections === 1, 'gone');
    answers[1]?.();
    standing.socket.write(publishPacket(readings, 'x', 1));
    await until(() => standing.received().length === 8, 'PUBACK');
    expect(test.broker.connected()).toEqual([id]);
    expect(test.links).toEqual([[id, 'online']]);
    expect(test.events.map(({ event }) => event)).not.toContain('taken-over');
    standing.socket.destroy();
    await until(() => test.links.length === 2, 'offline');
  });

  it.each([4, 5] as const)(
    'that is cut short by a revocation is told as a lost link, once (version %i)',
    async (version) => {
      // The old connection is ended, the new one does not stand yet.
      const test: TestBroker = await testBroker({
        log: ({ event }) => {
          if (event === 'taken-over') test.broker.disconnect(id);
        },
      });
      const old = await raw(test.port);
      old.socket.write(connectPacket(id, version));
      await until(() => test.links.length === 1, 'online');
      const next = await raw(test.port);
      next.socket.write(connectPacket(id, version));
      await until(() => old.closed() && next.closed(), 'both closed');
      await until(() => test.broker.stats().connections === 0, 'both gone');
      await until(() => test.links.length === 2, 'offline');
      expect(test.links).toEqual([
        [id, 'online'],
        [id, 'offline'],
      ]);
      expect(test.broker.connected()).toEqual([]);
    },
  );

  it('drops the acknowledgements that the old connection still waited for', async () => {
    const test = await testBroker();
    test.storesAtOnce = false;
    const old = await raw(test.port);
    old.socket.write(Buffer.concat([connectPacket(id), publishPacket(readings, 'x', 1, 5)]));
    await until(() => test.waiting.length === 1, 'arrival');
    const next = await raw(test.port);
    next.socket.write(connectPacket(id));
    await until(() => next.received().length === 4 && old.closed(), 'taken over');
    test.waiting[0]?.store();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(next.received()).toHaveLength(4);
  });
});

describe('revocation', () => {
  it('ends the connection and what is kept for it', async () => {
    const test = await testBroker();
    const client = await testClient(test.port, id, {
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 600 },
    });
    await client.subscribeAsync(topicOf(id, 'command'), { qos: 1 });
    test.broker.disconnect(id);
    await until(() => !client.connected && test.broker.connected().length === 0, 'closed');
    await expect(test.broker.command(id, Buffer.from('x'))).rejects.toMatchObject({ code: 'NOBODY_LISTENS' });
  });

  it('also catches a login whose password was found right a moment before', async () => {
    let answer = (_right: boolean): void => undefined;
    const test = await testBroker({ authenticate: () => new Promise((resolve) => (answer = resolve)) });
    const device = await raw(test.port);
    device.socket.write(connectPacket(id));
    await new Promise((resolve) => setTimeout(resolve, 30));
    test.broker.disconnect(id);
    answer(true);
    await until(device.closed, 'closed');
    expect(test.links).toEqual([]);
    expect(test.broker.connected()).toEqual([]);
  });
});

describe('limits', () => {
  it('connections in all and per address', async () => {
    for (const limits of [{ connectionsMax: 2 }, { connectionsPerAddressMax: 2 }]) {
      const test = await testBroker({ limits });
      const first = await raw(test.port);
      await raw(test.port);
      const third = await raw(test.port);
      await until(third.closed, 'third closed');
      first.socket.destroy();
      await until(() => test.broker.stats().connections === 1, 'a place is free');
      await testClient(test.port, id);
      expect(test.broker.stats()).toMatchObject({ connections: 2, connectionsRefused: 1 });
    }
  });

  it('wrong passwords of one device make that device wait, not its neighbour', async () => {
    let now = 1_000_000;
    const asked: string[] = [];
    const test = await testBroker({
      now: () => now,
      limits: { failedLoginsMax: 3 },
      authenticate: async (device, password) => {
        asked.push(device);
        return Buffer.from(password ?? []).toString() === passwordOf(device);
      },
    });
    const wrong = { clientId: id, username: id, password: 'guess', reconnectPeriod: 0 };
    const tries = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        await expect(mqtt.connectAsync(`mqtt://127.0.0.1:${test.port}`, wrong)).rejects.toThrow();
      }
    };
    await tries(5);
    expect(asked).toHaveLength(3);
    await testClient(test.port, 'watch-2');
    now += 1_001;
    await testClient(test.port, id);
    expect(asked).toHaveLength(5);
  });

  it('wrong passwords under many names make the address wait', async () => {
    let now = 1_000_000;
    const test = await testBroker({ now: () => now, limits: { failedLoginsPerAddressMax: 4 } });
    for (let n = 0; n < 4; n++) {
      const stranger = await raw(test.port);
      const bytes = connectPacket(`watch-${n}`);
      bytes[bytes.length - 1] = 0x21;
      stranger.socket.write(bytes);
      await until(stranger.closed, 'refused');
    }
    const next = await raw(test.port);
    await until(next.closed, 'turned away');
    expect(test.events.at(-1)).toMatchObject({
      event: 'connection-refused',
      reason: 'too-many-failed-logins',
    });
    now += 1_001;
    await testClient(test.port, id);
  });

  it('messages in flight of an MQTT 5 client', async () => {
    const test = await testBroker({ limits: { inFlightMax: 5 } });
    test.storesAtOnce = false;
    const device = await raw(test.port);
    device.socket.write(connectPacket(id, 5));
    await until(() => device.received().length > 4, 'CONNACK');
    const publish = (n: number): Buffer =>
      packet(0x32, [0, readings.length], Buffer.from(readings), [0, n, 0], Buffer.from('x'));
    device.socket.write(Buffer.concat([1, 2, 3, 4, 5, 6].map(publish)));
    await until(device.closed, 'closed');
    expect([...device.received().subarray(-4)]).toEqual([0xe0, 2, 0x93, 0]);
    expect(test.waiting).toHaveLength(5);
    for (const { store } of test.waiting) store();
  });

  it('QoS 2 ids without PUBREL', async () => {
    const test = await testBroker({ limits: { unreleasedMax: 3 } });
    const device = await raw(test.port);
    device.socket.write(connectPacket(id));
    for (let n = 1; n <= 4; n++) {
      device.socket.write(publishPacket(readings, 'x', 2, n));
      await until(() => device.received().length >= 4 + 4 * Math.min(n, 3), 'PUBREC');
    }
    await until(device.closed, 'closed');
    expect(test.waiting).toHaveLength(3);
  });

  it('the longest keep-alive of an MQTT 5 client is told to it', async () => {
    const test = await testBroker({ limits: { keepAliveSecondsMax: 30 } });
    const device = await raw(test.port);
    const bytes = connectPacket(id, 5);
    bytes[bytes.indexOf(60)] = 200;
    device.socket.write(bytes);
    await until(
      () => device.received().includes(Buffer.from([19, 0, 30])),
      'Server Keep Alive 30 in CONNACK',
    );
  });
});

const certificate = selfSigned();

describe.skipIf(certificate === undefined)('TLS (needs the openssl program to make a certificate)', () => {
  const tls = certificate ?? { cert: '', key: '' };

  it('serves TLS 1.3 with the certificate given and refuses 1.2', async () => {
    const test = await testBroker({ listeners: [{ host: '0.0.0.0', port: 0, tls }] });
    const options = {
      clientId: id,
      username: id,
      password: passwordOf(id),
      reconnectPeriod: 0,
      ca: tls.cert,
    };
    const client = await mqtt.connectAsync(`mqtts://localhost:${test.port}`, options);
    await client.publishAsync(readings, Buffer.alloc(100_000), { qos: 1 });
    expect(test.waiting).toHaveLength(1);
    await client.endAsync();
    const older = { ...options, maxVersion: 'TLSv1.2' }; // handed through to node:tls
    const old = mqtt.connectAsync(`mqtts://localhost:${test.port}`, older);
    await expect(old).rejects.toThrow();
    await until(
      () => test.events.some((e) => e.event === 'connection-refused' && e.reason === 'tls-handshake'),
      'log',
    );
  });

  it('drops a plain speaker, a silent handshake and a crowd, and serves on', async () => {
    const test = await testBroker({
      listeners: [{ host: '127.0.0.1', port: 0, tls }],
      limits: { connectTimeoutMs: 300, connectionsPerAddressMax: 3 },
    });
    const plain = await raw(test.port);
    plain.socket.write(connectPacket(id));
    await until(plain.closed, 'plain closed');
    const silent = await Promise.all([1, 2, 3, 4].map(() => raw(test.port)));
    await until(() => silent.every(({ closed }) => closed()), 'all dropped in time');
    const options = {
      clientId: id,
      username: id,
      password: passwordOf(id),
      reconnectPeriod: 0,
      ca: tls.cert,
    };
    const client = await mqtt.connectAsync(`mqtts://localhost:${test.port}`, options);
    await client.publishAsync(readings, 'x', { qos: 1 });
    await client.endAsync();
  });

  it('shows a new certificate from the next connection on, and keeps the ones that stand', async () => {
    const test = await testBroker({ listeners: [{ host: '127.0.0.1', port: 0, tls }] });
    const options = { clientId: id, username: id, password: passwordOf(id), reconnectPeriod: 0 };
    const first = await mqtt.connectAsync(`mqtts://localhost:${test.port}`, { ...options, ca: tls.cert });
    const renewed = selfSigned() ?? tls;
    test.broker.renew(renewed);
    await first.publishAsync(readings, 'x', { qos: 1 });
    const old = mqtt.connectAsync(`mqtts://localhost:${test.port}`, { ...options, ca: tls.cert });
    await expect(old).rejects.toThrow();
    await first.endAsync();
    const second = await mqtt.connectAsync(`mqtts://localhost:${test.port}`, {
      ...options,
      ca: renewed.cert,
    });
    await second.endAsync();
  });

  it('says what is wrong with a certificate', async () => {
    const started = testBroker({
      listeners: [{ host: '127.0.0.1', port: 0, tls: { cert: 'no', key: 'no' } }],
    });
    await expect(started).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});

describe('the end', () => {
  it('stopAccepting waits for the disk and lets the acknowledgements out', async () => {
    const test = await testBroker();
    test.storesAtOnce = false;
    const client = await testClient(test.port, id);
    const acknowledged = [0, 1, 2].map((n) => client.publishAsync(readings, `${n}`, { qos: 1 }));
    await until(() => test.waiting.length === 3, 'arrivals');
    let stopped = false;
    const stopping = test.broker.stopAccepting().then(() => {
      stopped = true;
    });
    client.publish(readings, 'too late', { qos: 1 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(stopped).toBe(false);
    for (const { store } of test.waiting) store();
    await stopping;
    await Promise.all(acknowledged);
    await until(() => !client.connected, 'the late one is disconnected, unanswered');
    expect(test.waiting).toHaveLength(3);
    await expect(testClient(test.port, 'watch-2')).rejects.toThrow();
  });

  it('close ends every socket and timer and reports no lost link', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length;
    const test = await testBroker();
    const clients = await Promise.all([1, 2, 3].map((n) => testClient(test.port, `watch-${n}`)));
    await raw(test.port);
    await test.broker.close();
    await until(() => clients.every(({ connected }) => !connected), 'clients closed');
    for (const client of clients) client.end(true);
    expect(test.links.every(([, state]) => state === 'online')).toBe(true);
    expect(test.broker.stats()).toMatchObject({ connections: 0, devices: 0 });
    await until(
      () => process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length <= before + 1,
      'no handle left (one timer is this wait)',
    );
  });

  it('close does not wait for ever for a disk that never answers', async () => {
    const test = await testBroker({ limits: { drainTimeoutMs: 100 } });
    test.storesAtOnce = false;
    const client = await testClient(test.port, id);
    client.publish(readings, 'x', { qos: 1 });
    await until(() => test.waiting.length === 1, 'arrival');
    await Promise.all([test.broker.close(), test.broker.close()]);
    await until(() => !client.connected, 'closed');
  });

  it('a port that is taken is said clearly', async () => {
    const test = await testBroker();
    const second = startBroker({
      listeners: [{ host: '127.0.0.1', port: test.port }],
      authenticate: async () => true,
      accept: async () => undefined,
      onLink: () => undefined,
      log: () => undefined,
    });
    await expect(second).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});
