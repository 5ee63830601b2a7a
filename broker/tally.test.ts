// What a flood leaves in the log, by count.

import { topicOf } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BrokerEvent } from './event.ts';
import { Tally } from './tally.ts';
import { connectPacket, packet, publishPacket, raw, testBroker, until } from './testing.ts';

const MINUTE = 60_000;
const denied = (device: string): BrokerEvent => ({ event: 'subscribe-denied', device });
const refused = (address: string): BrokerEvent => ({
  event: 'connection-refused',
  address,
  reason: 'not-mqtt',
});

describe('events that come again and again', () => {
  let told: object[];
  let tally: Tally<BrokerEvent>;
  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    tally = new Tally<BrokerEvent>((event) => told.push(event));
  });
  afterEach(() => void vi.useRealTimers());
  const times = (count: number, event: (n: number) => BrokerEvent): void => {
    for (let n = 0; n < count; n++) tally.add(event(n));
  };

  it('are one line for the first, and a count for the rest of the minute', () => {
    times(32_000, () => denied('watch-1'));
    tally.add(denied('watch-2'));
    expect(told).toEqual([denied('watch-1'), denied('watch-2')]);
    vi.advanceTimersByTime(MINUTE);
    expect(told.slice(2)).toEqual([{ ...denied('watch-1'), more: 31_999 }]);
    tally.add(denied('watch-1'));
    expect(told).toHaveLength(4);
    vi.advanceTimersByTime(10 * MINUTE);
    expect(told, 'nothing more happened').toHaveLength(4);
  });

  it('are told apart by what they say, and not by which address of a /64 says it', () => {
    times(1000, (n) => refused(`2001:db8:1:2::${n.toString(16)}`));
    tally.add({ ...refused('2001:db8:1:2::1'), reason: 'connect-timeout' } as BrokerEvent);
    tally.add(refused('2001:db8:1:3::1'));
    expect(told).toHaveLength(3);
    tally.tell();
    expect(told.at(-1)).toEqual({ ...refused('2001:db8:1:2::3e7'), more: 999 });
  });

  it('of ever new addresses are counted together, and every one of them is in a count', () => {
    times(100_000, (n) => refused(`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`));
    times(5, () => denied('watch-1'));
    expect(told).toHaveLength(65);
    vi.advanceTimersByTime(MINUTE);
    expect(told.slice(65)).toEqual([
      { ...denied('watch-1'), more: 4 },
      { event: 'counted-only', of: 'connection-refused', count: 100_000 - 64 },
    ]);
  });

  it('of the link are told ten times a minute of each device, a whole fleet at once', () => {
    const connected = (device: string): BrokerEvent => ({
      event: 'connected',
      address: '10.0.0.1',
      device,
      protocol: 5,
    });
    times(500, (n) => connected(`watch-${n}`));
    expect(told).toHaveLength(500);
    times(29, () => connected('watch-1'));
    expect(told).toHaveLength(509);
    tally.tell();
    expect(told.slice(509)).toEqual([{ ...connected('watch-1'), more: 20 }]);
  });
});

const id = 'watch-1';

/** How often an event happened, by the lines about it. */
const happened = (events: readonly BrokerEvent[], name: string): number =>
  events
    .filter(({ event }) => event === name)
    .reduce((sum, one) => sum + ((one as { more?: number }).more ?? 1), 0);

it('a device that subscribes to and publishes what is not its own is two lines, and their counts at the end', async () => {
  const test = await testBroker({ sameEventsMax: 1, limits: { loginsBurst: 100 } });
  const device = await raw(test.port);
  device.socket.write(connectPacket(id));
  await until(() => device.received().length === 4, 'CONNACK');
  const filters = Array.from({ length: 16 }, (_, n) => [0, 1, 65 + n, 0]);
  device.socket.write(Buffer.concat(Array(100).fill(packet(0x82, [0, 1], ...filters))));
  await until(() => test.broker.stats().subscribesDenied === 1600, 'all answered');
  const lines = (): string[] => test.events.map(({ event }) => event);
  expect(lines()).toEqual(['listening', 'connected', 'subscribe-denied']);
  const foreign = publishPacket(topicOf('watch-2', 'readings'), 'x', 0);
  for (let n = 0; n < 50; n++) {
    const other = await raw(test.port);
    other.socket.write(Buffer.concat([connectPacket(id), foreign]));
    await until(() => test.broker.stats().publishesDenied === n + 1 && other.closed(), 'denied');
    if (n === 20) expect(lines().filter((event) => event === 'publish-denied')).toHaveLength(1);
  }
  await test.broker.close();
  expect(happened(test.events, 'subscribe-denied')).toBe(1600);
  expect(happened(test.events, 'publish-denied')).toBe(50);
  expect(test.events.length).toBeLessThan(40);
});

it('a stranger who connects and goes, or says what is not MQTT, is a line, and a count at the end', async () => {
  const test = await testBroker({
    sameEventsMax: 1,
    limits: { connectsBurst: 10, connectsPerSecond: 0.001 },
  });
  for (let n = 0; n < 60; n++) {
    const stranger = await raw(test.port);
    stranger.socket.write('hello');
    await until(stranger.closed, 'turned away');
  }
  expect(test.broker.stats().connectionsRefused).toBe(60);
  expect(test.events.map(({ event }) => event)).toEqual([
    'listening',
    'connection-refused',
    'connection-refused',
  ]);
  await test.broker.close();
  expect(happened(test.events, 'connection-refused')).toBe(60);
  expect(test.events).toHaveLength(5);
});

it('each filter of a SUBSCRIBE or UNSUBSCRIBE is a message of the share', async () => {
  let now = 1_000_000;
  const limits = { deviceMessagesPerSecond: 1, deviceMessagesBurst: 40 };
  const filters = (count: number, ends: number[]): number[][] =>
    Array.from({ length: count }, (_, n) => [0, 1, 65 + n, ...ends]);
  for (const many of [packet(0x82, [0, 1], ...filters(16, [0])), packet(0xa2, [0, 1], ...filters(16, []))]) {
    const test = await testBroker({ limits, now: () => now });
    const device = await raw(test.port);
    device.socket.write(connectPacket(id));
    await until(() => device.received().length === 4, 'CONNACK');
    for (let n = 1; n <= 3; n++) {
      const before = device.received().length;
      device.socket.write(many);
      await until(() => device.received().length > before, 'answered');
    }
    // 48 of 40: eight seconds of debt.
    await until(() => test.broker.stats().notRead === 1, 'not read');
    now += 7_000;
    device.socket.write(Buffer.from([0xc0, 0]));
    const before = device.received().length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(device.received()).toHaveLength(before);
    now += 2_000;
    await until(() => device.received().length === before + 2, 'PINGRESP');
  }
});
