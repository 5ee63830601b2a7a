// Promise 1, the broker's half: no PUBACK and no PUBREC before `accept` resolved, in order, and none at all
// when it rejected.

import { describe, expect, it } from 'vitest';
import { connectPacket, publishPacket, raw, testBroker, testClient, until } from './testing.ts';

const readings = 'heartwood/v1/watch-1/readings';
const pause = (ms = 60): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([4, 5] as const)('MQTT version %i', (protocolVersion) => {
  it.each([1, 2] as const)('QoS %i is acknowledged only after accept resolved', async (qos) => {
    const test = await testBroker();
    test.storesAtOnce = false;
    const client = await testClient(test.port, 'watch-1', { protocolVersion });
    const received: string[] = [];
    client.on('packetreceive', ({ cmd }) => received.push(cmd));
    const published = client.publishAsync(readings, 'x', { qos });
    await until(() => test.waiting.length === 1, 'arrival');
    await pause();
    expect(received).toEqual([]);
    test.waiting[0]?.store();
    await published;
    expect(received[0]).toBe(qos === 1 ? 'puback' : 'pubrec');
  });

  it.each([1, 2] as const)(
    'a rejected QoS %i gets no acknowledgement and its connection closes',
    async (qos) => {
      const test = await testBroker();
      test.storesAtOnce = false;
      const client = await testClient(test.port, 'watch-1', { protocolVersion });
      const received: { cmd: string; reasonCode?: number }[] = [];
      client.on('packetreceive', (packet) => received.push(packet as never));
      let acknowledged = false;
      client.publish(readings, 'x', { qos }, (error) => {
        acknowledged ||= !error;
      });
      await until(() => test.waiting.length === 1, 'arrival');
      test.waiting[0]?.fail(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
      await until(() => !client.connected, 'connection closed');
      expect(acknowledged).toBe(false);
      expect(received.map(({ cmd }) => cmd)).toEqual(protocolVersion === 5 ? ['disconnect'] : []);
      if (protocolVersion === 5) expect(received[0]?.reasonCode).toBe(0x89);
      expect(test.events).toContainEqual({ event: 'not-stored', device: 'watch-1', qos, error: 'ENOSPC' });
      await until(() => test.links.length === 2, 'offline told');
    },
  );

  it('the same message comes again after a rejection and is then acknowledged', async () => {
    const test = await testBroker();
    test.storesAtOnce = false;
    const client = await testClient(test.port, 'watch-1', { protocolVersion, reconnectPeriod: 20 });
    const published = client.publishAsync(readings, 'again', { qos: 1 });
    await until(() => test.waiting.length === 1, 'first arrival');
    test.waiting[0]?.fail();
    await until(() => test.waiting.length === 2, 'second arrival');
    test.waiting[1]?.store();
    await published;
    expect(test.waiting.map(({ arrival }) => Buffer.from(arrival.body).toString())).toEqual([
      'again',
      'again',
    ]);
  });

  it('messages are handed over without waiting for each other, and acknowledged in their order', async () => {
    const test = await testBroker();
    test.storesAtOnce = false;
    const client = await testClient(test.port, 'watch-1', { protocolVersion });
    const order: number[] = [];
    for (let n = 0; n < 40; n++) client.publish(readings, String(n), { qos: 1 }, () => order.push(n));
    await until(() => test.waiting.length === 40, '40 in hand at once');
    for (const { store } of test.waiting.toReversed().slice(0, 39)) store();
    await pause();
    expect(order).toEqual([]);
    test.waiting[0]?.store();
    await until(() => order.length === 40, '40 acknowledgements');
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(test.waiting.map(({ arrival }) => Number(Buffer.from(arrival.body).toString()))).toEqual(order);
  });
});

it('hands over QoS 0, and a rejection there costs the message only', async () => {
  const test = await testBroker();
  test.storesAtOnce = false;
  const client = await testClient(test.port, 'watch-1');
  await client.publishAsync(readings, 'lost', { qos: 0 });
  await until(() => test.waiting.length === 1, 'arrival');
  test.waiting[0]?.fail();
  await client.publishAsync('heartwood/v1/watch-1/wave', 'kept', { qos: 0 });
  await until(() => test.waiting.length === 2, 'second arrival');
  expect(test.waiting[1]?.arrival).toMatchObject({ device: 'watch-1', channel: 'wave', qos: 0 });
  expect(client.connected).toBe(true);
  test.waiting[1]?.store();
});

it('passes the MQTT 5 content type on and leaves it out where there is none', async () => {
  const test = await testBroker();
  const client = await testClient(test.port, 'watch-1', { protocolVersion: 5 });
  await client.publishAsync(readings, '{}', { qos: 1, properties: { contentType: 'application/json' } });
  await client.publishAsync(readings, '{}', { qos: 1 });
  expect(test.waiting[0]?.arrival.contentType).toBe('application/json');
  expect(test.waiting[1]?.arrival).not.toHaveProperty('contentType');
});

it('a QoS 2 message repeated before its PUBREL is acknowledged again but handed over once', async () => {
  const test = await testBroker();
  const device = await raw(test.port);
  device.socket.write(connectPacket('watch-1'));
  device.socket.write(publishPacket(readings, 'once', 2, 7));
  await until(() => device.received().includes(Buffer.from([0x50, 2, 0, 7])), 'PUBREC');
  device.socket.write(publishPacket(readings, 'once', 2, 7));
  await until(() => device.received().length === 4 + 4 + 4, 'second PUBREC');
  expect(test.waiting).toHaveLength(1);
  expect(test.broker.stats().repeated).toBe(1);
  device.socket.write(Buffer.from([0x62, 2, 0, 7]));
  await until(() => device.received().includes(Buffer.from([0x70, 2, 0, 7])), 'PUBCOMP');
  device.socket.write(publishPacket(readings, 'new one, same id', 2, 7));
  await until(() => test.waiting.length === 2, 'the id is free again');
});

it('a QoS 2 id left open by a clean session means nothing in the next', async () => {
  const test = await testBroker();
  for (const body of ['first', 'second']) {
    const device = await raw(test.port);
    device.socket.write(connectPacket('watch-1'));
    device.socket.write(publishPacket(readings, body, 2, 7));
    await until(() => device.received().includes(Buffer.from([0x50, 2, 0, 7])), 'PUBREC');
    device.socket.destroy();
  }
  expect(test.waiting.map(({ arrival }) => Buffer.from(arrival.body).toString())).toEqual([
    'first',
    'second',
  ]);
});

it('keeps each of 20 devices in order while the disk answers in any order', async () => {
  const test = await testBroker();
  test.storesAtOnce = false;
  const devices = Array.from({ length: 20 }, (_, n) => `watch-${n}`);
  const clients = await Promise.all(devices.map((device) => testClient(test.port, device)));
  let stored = 0;
  const disk = setInterval(() => {
    const batch = test.waiting.slice(stored);
    stored += batch.length;
    for (const { store } of batch.sort((a, b) => a.arrival.body.length - b.arrival.body.length)) store();
  }, 2);
  const acknowledged = await Promise.all(
    clients.map(async (client, n) => {
      const order: number[] = [];
      const all = Array.from({ length: 200 }, (_, i) =>
        client
          .publishAsync(`heartwood/v1/watch-${n}/readings`, `${i}`.padEnd(1 + ((i * 7) % 50)), { qos: 1 })
          .then(() => order.push(i)),
      );
      await Promise.all(all);
      return order;
    }),
  );
  clearInterval(disk);
  const inOrder = Array.from({ length: 200 }, (_, i) => i);
  for (const [n, order] of acknowledged.entries()) {
    expect(order).toEqual(inOrder);
    const handed = test.waiting.filter(({ arrival }) => arrival.device === `watch-${n}`);
    expect(handed.map(({ arrival }) => Number(Buffer.from(arrival.body).toString()))).toEqual(inOrder);
  }
  expect(test.broker.stats()).toMatchObject({ arrivals: 4000, notStored: 0, waiting: 0 });
});
