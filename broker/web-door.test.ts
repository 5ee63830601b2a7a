// MQTT over WebSocket, by MQTT.js and by hand: the same door, and the same refusals.

import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { connectPacket, passwordOf, raw, selfSigned, type TestBroker, testBroker, until } from './testing.ts';

const id = 'strap-1';
const tls = selfSigned();
const readings = `heartwood/v1/${id}/readings`;
const connect = async (url: string, options: IClientOptions = {}): Promise<MqttClient> => {
  const client = await mqtt.connectAsync(
    url,
    { clientId: id, username: id, password: passwordOf(id), reconnectPeriod: 0, ...options },
    false,
  );
  client.on('error', () => undefined);
  onTestFinished(() => void client.end(true));
  return client;
};
const refusals = (test: TestBroker): string[] =>
  test.events.flatMap((event) => (event.event === 'connection-refused' ? [event.reason] : []));
/** Opens a WebSocket by hand. @returns why not, where it does not open */
const open = (url: string, protocol: string | undefined, headers = {}): Promise<WebSocket | string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], { headers });
    onTestFinished(() => socket.terminate());
    socket.on('open', () => resolve(socket));
    socket.on('error', (error) => resolve(error.message));
  });

describe('MQTT over WebSocket', () => {
  it.each([4, 5] as const)(
    'takes messages of any size, and answers when they are stored (MQTT %i)',
    async (protocolVersion) => {
      const test = await testBroker();
      test.storesAtOnce = false;
      const client = await connect(`ws://127.0.0.1:${test.port}/mqtt`, { protocolVersion });
      let acknowledged = false;
      const publishing = client.publishAsync(readings, Buffer.alloc(200_000, 7), { qos: 1 }).then(() => {
        acknowledged = true;
      });
      await until(() => test.waiting.length === 1, 'the message');
      expect(acknowledged).toBe(false);
      expect(test.waiting[0]?.arrival.body.length).toBe(200_000);
      test.waiting[0]?.store();
      await publishing;
      await client.subscribeAsync(`heartwood/v1/${id}/command`, { qos: 1 });
      const heard = new Promise((resolve) => client.once('message', (_topic, body) => resolve(String(body))));
      await test.broker.command(id, Buffer.from('beep'));
      expect(await heard).toBe('beep');
      await client.endAsync();
      await until(() => test.broker.stats().connections === 0, 'nothing stays');
      expect(test.links.map(([, state]) => state)).toEqual(['online', 'offline']);
    },
  );

  it('is the same device’s connection as any other, and ends when the device is revoked', async () => {
    const test = await testBroker();
    const first = await connect(`ws://127.0.0.1:${test.port}/mqtt`);
    await connect(`mqtt://127.0.0.1:${test.port}`);
    await until(() => !first.connected, 'the newer connection wins');
    const again = await connect(`ws://127.0.0.1:${test.port}/mqtt`);
    test.broker.disconnect(id);
    await until(() => !again.connected, 'the connection ends');
    await until(() => test.broker.stats().connections === 0, 'nothing stays');
    await expect(connect(`ws://127.0.0.1:${test.port}/mqtt`, { password: 'x' })).rejects.toThrow();
  });

  it.skipIf(tls === undefined)('comes over TLS on the same port (needs the openssl program)', async () => {
    if (tls === undefined) throw new Error('no certificate');
    const test = await testBroker({ listeners: [{ host: '127.0.0.1', port: 0, tls }] });
    const client = await connect(`wss://127.0.0.1:${test.port}/mqtt`, { ca: tls.cert });
    await client.publishAsync(readings, 'x', { qos: 1 });
    expect(test.waiting).toHaveLength(1);
  });

  it('is refused for another path, protocol, or page', async () => {
    const test = await testBroker();
    const at = `ws://127.0.0.1:${test.port}`;
    expect(await open(`${at}/other`, 'mqtt')).toContain('hang up');
    expect(await open(`${at}/mqtt`, undefined)).toContain('hang up');
    expect(await open(`${at}/mqtt`, 'chat')).toContain('hang up');
    expect(await open(`${at}/mqtt`, 'mqtt', { origin: 'https://elsewhere.example' })).toContain('hang up');
    expect(refusals(test)).toEqual(['not-mqtt', 'not-mqtt', 'not-mqtt', 'not-mqtt']);
    expect(await open(`${at}/mqtt`, 'mqtt', { origin: 'https://127.0.0.1:8420' })).toBeInstanceOf(WebSocket);
    await expect(fetch(`http://127.0.0.1:${test.port}/mqtt`)).rejects.toThrow();
  });

  it('waits no longer, and takes no more, than from any stranger', async () => {
    const test = await testBroker({ limits: { connectTimeoutMs: 300 } });
    const slow = await raw(test.port);
    slow.socket.write('GET /mqtt HTTP/1.1\r\nhost: a\r\n');
    const silent = await open(`ws://127.0.0.1:${test.port}/mqtt`, 'mqtt');
    const long = await raw(test.port);
    long.socket.write(`GET /mqtt HTTP/1.1\r\nx: ${'x'.repeat(10_000)}\r\n`);
    await until(() => test.broker.stats().connections === 0, 'all are gone');
    expect(silent).toBeInstanceOf(WebSocket);
    expect(refusals(test).sort()).toEqual(['connect-timeout', 'connect-timeout', 'not-mqtt']);
  });

  it('takes MQTT in binary frames, one byte each if need be, and nothing else', async () => {
    const test = await testBroker();
    const bytewise = await open(`ws://127.0.0.1:${test.port}/mqtt`, 'mqtt');
    if (typeof bytewise === 'string') throw new Error(bytewise);
    for (const byte of connectPacket(id)) bytewise.send(Buffer.from([byte]));
    await until(() => test.broker.connected().length === 1, 'a login');
    bytewise.send('text');
    await until(() => test.broker.stats().connections === 0, 'text ends it');
    const rude = await open(`ws://127.0.0.1:${test.port}/mqtt`, 'mqtt');
    if (typeof rude === 'string') throw new Error(rude);
    rude.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await until(() => refusals(test).includes('not-mqtt'), 'HTTP in a WebSocket is no MQTT');
    const huge = await open(`ws://127.0.0.1:${test.port}/mqtt`, 'mqtt');
    if (typeof huge === 'string') throw new Error(huge);
    huge.on('error', () => undefined);
    huge.send(Buffer.alloc(300_000, 0x10));
    await until(() => test.broker.stats().connections === 0, 'a frame too large ends it');
  });
});
