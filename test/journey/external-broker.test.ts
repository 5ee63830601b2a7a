// A home whose devices already speak to a broker of their own: the hub takes a seat at a real Mosquitto. Readings land
// once, also when the hub is killed while they flow, and those published while it is away wait for it.

import { encodeMessageCbor } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Mosquitto, noMosquitto, startMosquitto } from '../peers/mosquitto.ts';
import { Device } from './device.ts';
import { Home } from './home.ts';
import { type HubProcess, JOURNEY, pause, until } from './program.ts';

const body = (seq: number): Uint8Array =>
  encodeMessageCbor({
    seq,
    readings: [
      { measurement: { kind: 'heart-rate', value: 50 + (seq % 100) } },
      { measurement: { kind: 'steps', value: seq } },
    ],
  });

describe.skipIf(noMosquitto)('a hub at an external broker (install mosquitto to run)', JOURNEY, () => {
  let broker: Mosquitto;
  let home: Home;
  let devices: Device[];

  beforeEach(async () => {
    home = new Home();
    broker = await startMosquitto();
    devices = [];
  });
  afterEach(async () => {
    for (const device of devices) device.leave();
    await home.close();
    await broker.close();
  });

  const start = (...args: readonly string[]): Promise<HubProcess> =>
    home.start('--mqtt', broker.url, '--interval-ms', '300', ...args);
  const joined = (hub: HubProcess): Promise<void> =>
    until(() => hub.log('external-connected').length > 0, 'the hub is at the broker');

  /** Devices that publish to the broker, which knows them by nothing but their topics. */
  async function enrollTwo(): Promise<void> {
    for (const [id, qos, protocolVersion] of [
      ['strap-1', 1, 4],
      ['watch-1', 2, 5],
    ] as const) {
      await home.enroll(id, 'Ada');
      const device = new Device({ id, qos, protocolVersion, inFlightMax: 20, body });
      devices.push(device);
      await device.connect(broker.url);
    }
  }
  const published = (): Promise<void> =>
    until(() => devices.every(({ pending }) => pending === 0), 'the broker has everything');

  /** Waits until the hub holds this many readings, and gives them by device. */
  async function stored(count: number): Promise<Map<string, number[]>> {
    await until(async () => (await home.exported()).length >= count, `${count} readings are stored`);
    const readings = await home.exported();
    expect(readings).toHaveLength(count);
    return new Map(
      devices.map(({ id }) => [id, readings.filter(({ device }) => device === id).map(({ seq }) => seq)]),
    );
  }
  /** Each number twice (a message has two readings), in order, none left out. */
  const whole = ({ offered }: Device): number[] =>
    Array.from({ length: 2 * offered }, (_, i) => Math.floor(i / 2) + 1);

  it('stores what is published there, once, and proves it', async () => {
    const hub = await start();
    await joined(hub);
    await enrollTwo();
    for (const device of devices) device.offer(300);
    await published();
    const held = await stored(4 * 300);
    for (const device of devices) expect(held.get(device.id)).toEqual(whole(device));
    expect(hub.out).toContain(`Devices   through ${new URL(broker.url).host}`);
    expect(await hub.stop()).toBe(0);
    const [reading] = await home.exported();
    expect((await home.verify(await home.prove(reading?.id ?? ''))).status).toBe(0);
  });

  it('loses and doubles nothing when it is killed again and again while messages flow', {
    timeout: 90_000,
  }, async () => {
    let hub = await start();
    await joined(hub);
    await enrollTwo();
    const flow = setInterval(() => {
      for (const device of devices) device.offer(2);
    }, 10);
    for (let kill = 0; kill < 5; kill++) {
      await pause(150 + 90 * kill);
      await hub.kill();
      // Away for a while: the broker keeps what comes.
      await pause(kill % 2 === 0 ? 0 : 200);
      hub = await start();
      await joined(hub);
      expect(hub.log('external-connected')[0]).toMatchObject({ sessionPresent: true });
    }
    clearInterval(flow);
    await published();
    const messages = devices.reduce((sum, { offered }) => sum + offered, 0);
    expect(messages).toBeGreaterThan(500);
    const held = await stored(2 * messages);
    for (const device of devices) expect(held.get(device.id)).toEqual(whole(device));
    expect(await hub.stop()).toBe(0);
    expect(hub.log('quarantined')).toEqual([]);
    expect((await home.run('fsck')).status).toBe(0);
  });

  it('takes what was published while it had stopped, and outlives a restart of the broker', async () => {
    const first = await start();
    await joined(first);
    await enrollTwo();
    expect(await first.stop()).toBe(0);
    for (const device of devices) device.offer(100);
    await published();
    const second = await start();
    await stored(4 * 100);
    await broker.stop();
    await until(() => second.log('external-lost').length > 0, 'the hub has noticed');
    await broker.start();
    for (const device of devices) expect(await device.connect(broker.url)).toBe(true);
    for (const device of devices) device.offer(50);
    await published();
    const held = await stored(4 * 150);
    for (const device of devices) expect(held.get(device.id)).toEqual(whole(device));
    expect(await second.stop()).toBe(0);
  });
});
