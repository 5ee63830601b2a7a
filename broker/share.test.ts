// A device that sends more than its share is read more slowly and loses nothing; nobody else notices.

import { topicOf } from '@heartwood/vitals';
import { expect, it } from 'vitest';
import { connectPacket, publishPacket, raw, testBroker, testClient, until } from './testing.ts';

const id = 'watch-1';
const readings = topicOf(id, 'readings');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it.each([
  ['messages', { deviceMessagesPerSecond: 200, deviceMessagesBurst: 20 }, 1000],
  ['bytes', { deviceBytesPerSecond: 200_000, deviceBytesBurst: 20_000 }, 1000],
] as const)(
  'beyond its %s a second a device is not read: late, in order, and whole',
  async (_what, limits, size) => {
    const test = await testBroker({ limits });
    const flood = await testClient(test.port, id);
    const began = performance.now();
    let notRead = 0;
    const looking = setInterval(() => {
      notRead = Math.max(notRead, test.broker.stats().notRead);
    }, 5);
    const sent: Promise<unknown>[] = [];
    for (let n = 0; n < 300; n++) {
      sent.push(flood.publishAsync(readings, String(n).padEnd(size, ' '), { qos: 1 }));
      if (n % 10 === 9) await pause(1);
    }
    const neighbour = await testClient(test.port, 'neighbour');
    const asked = performance.now();
    await neighbour.publishAsync(topicOf('neighbour', 'readings'), 'fine', { qos: 1 });
    const neighbourMs = performance.now() - asked;
    await Promise.all(sent);
    clearInterval(looking);
    const ms = performance.now() - began;
    // 300 and the CONNECT, less the burst and one socket read, at 200 a second.
    expect(ms).toBeGreaterThan(600);
    expect(neighbourMs).toBeLessThan(ms / 2);
    expect(notRead).toBe(1);
    const bodies = test.waiting
      .filter(({ arrival }) => arrival.device === id)
      .map(({ arrival }) => Number(Buffer.from(arrival.body).toString()));
    expect(bodies).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(test.broker.stats()).toMatchObject({ notStored: 0, waiting: 0 });
  },
);

it('a new connection of the same device finds its share as the old one left it', async () => {
  const test = await testBroker({ limits: { deviceMessagesPerSecond: 50, deviceMessagesBurst: 10 } });
  const first = await raw(test.port);
  first.socket.write(connectPacket(id));
  await until(() => first.received().length === 4, 'CONNACK');
  first.socket.write(Buffer.concat(Array(60).fill(publishPacket(readings, 'x'))));
  await until(() => test.waiting.length === 60, 'one socket read of a flood');
  const again = await raw(test.port);
  again.socket.write(connectPacket(id));
  await until(() => again.received().length === 4, 'CONNACK');
  const began = performance.now();
  again.socket.write(publishPacket(readings, 'late', 1));
  await until(() => again.received().length === 8, 'PUBACK');
  expect(performance.now() - began).toBeGreaterThan(500);
});

it('while it is not read its silence is not counted: its PINGREQ waits unread', async () => {
  const test = await testBroker({ limits: { deviceMessagesPerSecond: 20, deviceMessagesBurst: 5 } });
  const device = await raw(test.port);
  const bytes = connectPacket(id);
  bytes[11] = 1; // keep-alive of 1 s
  device.socket.write(bytes);
  await until(() => device.received().length === 4, 'CONNACK');
  device.socket.write(Buffer.concat(Array(60).fill(publishPacket(readings, 'x'))));
  await until(() => test.waiting.length === 60, 'taken');
  await pause(500);
  device.socket.write(Buffer.from([0xc0, 0]));
  await pause(1500);
  expect(device.closed()).toBe(false);
  await until(() => device.received().length === 6, 'PINGRESP');
});

it('a flood of PINGREQs costs its share too', async () => {
  const test = await testBroker({ limits: { deviceMessagesPerSecond: 1000, deviceMessagesBurst: 100 } });
  const device = await raw(test.port);
  device.socket.write(connectPacket(id));
  await until(() => device.received().length === 4, 'CONNACK');
  const pings = Buffer.alloc(2_000_000);
  for (let at = 0; at < pings.length; at += 2) pings[at] = 0xc0;
  device.socket.write(pings);
  await pause(300);
  expect(device.received().length).toBeLessThan(300_000);
  expect(test.broker.stats().notRead).toBe(1);
});

it.each([
  ['messages', { inFlightMax: 20 }, 20],
  ['bytes', { waitingBytesMax: 20_000 }, 20],
] as const)(
  'is not read while too many %s of it wait for the disk, sent one by one',
  async (_what, limits, most) => {
    const test = await testBroker({ limits });
    test.storesAtOnce = false;
    const device = await raw(test.port);
    device.socket.setNoDelay(true);
    device.socket.write(connectPacket(id));
    await until(() => device.received().length === 4, 'CONNACK');
    for (let n = 1; n <= 100; n++) {
      device.socket.write(publishPacket(readings, String(n).padEnd(1000), 1, n));
      await pause(3);
    }
    // One socket read more than the limit: its packets may have come together on a busy machine.
    expect(test.waiting.length).toBeGreaterThanOrEqual(most);
    expect(test.waiting.length).toBeLessThan(95);
    expect(test.broker.stats().notRead).toBe(1);
    test.storesAtOnce = true;
    for (const one of test.waiting) one.store();
    await until(() => test.waiting.length === 100, 'the rest');
    expect(test.waiting.map(({ arrival }) => Number(Buffer.from(arrival.body).toString()))).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    await until(() => device.received().length === 4 + 400, 'all acknowledged');
  },
);

it('pays for what was dearer than its bytes, and nobody else does', async () => {
  let now = 1_000_000;
  const test = await testBroker({
    limits: { deviceBytesPerSecond: 100_000, deviceBytesBurst: 100_000 },
    now: () => now,
  });
  const dear = await testClient(test.port, id);
  const neighbour = await testClient(test.port, 'neighbour');
  await dear.publishAsync(readings, 'a', { qos: 1 });
  test.broker.charge(id, 1_000_000);
  const late = dear.publishAsync(readings, 'b', { qos: 1 });
  await until(() => test.broker.stats().notRead === 1, 'it is not read');
  await neighbour.publishAsync(topicOf('neighbour', 'readings'), 'fine', { qos: 1 });
  expect(test.waiting.map(({ arrival }) => Buffer.from(arrival.body).toString())).toEqual(['a', 'fine']);
  now += 10_000;
  await late;
  expect(test.broker.stats()).toMatchObject({ notRead: 0, notStored: 0 });
});

it('where too much of all waits for the disk, who has much waiting is not read, and who has little is', async () => {
  const limits = { waitingBytesOfAllMax: 20_000, waitingBytesAlways: 2_000 };
  const test = await testBroker({ limits });
  test.storesAtOnce = false;
  const names = ['much-1', 'much-2', 'much-3', 'much-4'];
  const floods = await Promise.all(names.map(() => raw(test.port)));
  for (const [i, { socket, received }] of floods.entries()) {
    socket.setNoDelay(true);
    socket.write(connectPacket(names[i] as string));
    await until(() => received().length === 4, 'CONNACK');
  }
  for (let n = 1; n <= 50; n++) {
    for (const [i, { socket }] of floods.entries())
      socket.write(publishPacket(topicOf(names[i] as string, 'readings'), String(n).padEnd(1000), 1, n));
    await pause(3);
  }
  await until(() => test.broker.stats().notRead === 4, 'none of them is read');
  // One socket read each beyond the limit, whose packets may have come together on a busy machine.
  const waited = test.waiting.length;
  expect(waited).toBeGreaterThanOrEqual(20);
  expect(waited).toBeLessThan(190);
  const little = await testClient(test.port, 'little');
  const sent = little.publishAsync(topicOf('little', 'readings'), 'fine', { qos: 1 });
  await until(() => test.waiting.length > waited, 'its message is taken');
  expect(test.waiting.at(-1)?.arrival.device).toBe('little');
  test.storesAtOnce = true;
  for (const one of test.waiting) one.store();
  await sent;
  await until(() => test.waiting.length === 201, 'the rest');
  for (const name of names) {
    const own = test.waiting.filter(({ arrival }) => arrival.device === name);
    expect(own.map(({ arrival }) => Number(Buffer.from(arrival.body).toString()))).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 1),
    );
  }
});

it('sockets from one address, and logins of one device from it, have a rate', async () => {
  let now = 1_000_000;
  const limits = { connectsBurst: 4, connectsPerSecond: 1, loginsBurst: 2, loginsPerSecond: 1 };
  const test = await testBroker({ limits, now: () => now });
  const answers: number[] = [];
  for (let n = 0; n < 4; n++) {
    const one = await raw(test.port);
    one.socket.write(connectPacket(id));
    await until(() => one.received().length === 4, 'CONNACK');
    answers.push(one.received()[3] ?? -1);
  }
  // 3: server unavailable, come again later. The password was not looked at.
  expect(answers).toEqual([0, 0, 0, 3]);
  const next = [await raw(test.port), await raw(test.port)];
  await until(() => next[1]?.closed() === true, 'turned away');
  expect(test.events).toContainEqual({
    event: 'connection-refused',
    address: '127.0.0.1',
    reason: 'too-many-connects',
  });
  now += 5_000;
  const later = await raw(test.port);
  later.socket.write(connectPacket(id));
  await until(() => later.received()[3] === 0, 'welcome again');
});
