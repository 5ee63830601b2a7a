// Every fault that can be asked for, seen from a client on the bus.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  currentTimeAt,
  decodeBloodPressure,
  decodeCurrentTime,
  decodeHeartRate,
  decodeSpotOximetry,
  encodeCurrentTime,
  encodeRecordRequest,
} from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import { hasBusDaemon } from './daemon.ts';
import { ADAPTER, BATTERY, CHARACTERISTIC, DEVICE, SERVICE } from './introspection.ts';
import { typed } from './object-tree.ts';
import { longUuid } from './peripheral.ts';
import { type Bench, benches, STRAP } from './test-bench.ts';
import { hexOf, openTestClient, type TestClient, until } from './test-client.ts';
import type { ClockTrouble } from './trouble.ts';

const start = benches();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Connects the strap and listens to it. */
async function streaming(bench: Bench): Promise<string> {
  await bench.client.connect('strap');
  const path = await bench.client.characteristic('strap', '2A37');
  await bench.client.call(path, CHARACTERISTIC, 'StartNotify');
  await until(() => bench.client.values(path).length > 0);
  return path;
}

/** What was told about the device's link, without its RSSI. */
function linkChanges(client: TestClient, path: string): readonly object[] {
  return client.changes(path, DEVICE).flatMap(({ changed }) => ('Connected' in changed ? [changed] : []));
}

describe.skipIf(!hasBusDaemon())('faults of simulated Bluetooth (need dbus-daemon)', () => {
  it('link loss in mid-discovery: some services, ServicesResolved false again, and all of them the next time', async () => {
    const { bluez, client } = await start({ devices: [{ ...STRAP, trouble: { losesLinkInDiscovery: 1 } }] });
    const { path } = bluez.device('strap');
    await client.discover();
    await until(async () => path in (await client.objects()));
    await client.call(path, DEVICE, 'Connect');
    await until(() => client.changes(path, DEVICE).some(({ changed }) => changed['Connected'] === false));
    expect(linkChanges(client, path)).toEqual([{ ServicesResolved: false, Connected: false }]);
    const services = async () => Object.values(await client.objects()).filter((own) => SERVICE in own).length;
    expect(await services()).toBe(1);
    await client.connect('strap');
    expect(await services()).toBe(2);
  });

  it('a device out of range: the link breaks, Connect fails late, and it is forgotten', async () => {
    const bench = await start();
    await streaming(bench);
    const { bluez, client } = bench;
    bluez.device('strap').leave();
    const { path } = bluez.device('strap');
    expect(await client.refusal(path, DEVICE, 'Connect')).toBe('Failed: le-connection-abort-by-local');
    await until(async () => !(path in (await client.objects())));
    bluez.device('strap').comeBack();
    await client.connect('strap');
  });

  it('a silent device: connected, and no data', async () => {
    const bench = await start();
    const path = await streaming(bench);
    bench.bluez.device('strap').trouble.silent = true;
    await pause(20);
    const heard = bench.client.values(path).length;
    await pause(200);
    expect(bench.client.values(path)).toHaveLength(heard);
    expect(await bench.client.get(bench.bluez.device('strap').path, DEVICE, 'Connected')).toBe(true);
  });

  it('a hung adapter that answers InProgress for ever, until it is switched off and on', async () => {
    const bench = await start();
    const path = await streaming(bench);
    const { bluez, client } = bench;
    const adapter = bluez.adapter();
    adapter.hang();
    await pause(20);
    const heard = client.values(path).length;
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await client.refusal(adapter.path, ADAPTER, 'StopDiscovery')).toMatch(/^InProgress/);
      expect(await client.refusal(bluez.device('strap').path, DEVICE, 'Connect')).toMatch(/^InProgress/);
    }
    expect(client.values(path)).toHaveLength(heard);
    await client.set(adapter.path, ADAPTER, 'Powered', typed('b', false));
    expect(bluez.device('strap').state).toBe('idle');
    await client.set(adapter.path, ADAPTER, 'Powered', typed('b', true));
    await client.connect('strap');
    await until(() => client.values(path).length > heard);
  });

  it('a hung adapter whose calls never answer, and that nothing mends', async () => {
    const bench = await start();
    await streaming(bench);
    const { bluez, client } = bench;
    bluez.adapter().hang({ answers: 'nothing', cure: 'none' });
    let answered = 0;
    const note = (): void => {
      answered++;
    };
    const { path } = bluez.adapter();
    client.call(path, ADAPTER, 'StopDiscovery').then(note, note);
    client.call(bluez.device('strap').path, DEVICE, 'Disconnect').then(note, note);
    client.set(path, ADAPTER, 'Powered', typed('b', false)).then(note, note);
    await pause(150);
    expect(answered).toBe(0);
    // What bluetoothd knows without asking the controller it still says.
    expect(await client.get(path, ADAPTER, 'Powered')).toBe(true);
    expect(bluez.inFlightMax).toBeGreaterThanOrEqual(3);
  });

  it('an adapter is pulled out and plugged in again; another one stays', async () => {
    const { bluez, client } = await start({
      adapters: [{ name: 'hci0' }, { name: 'hci1' }],
      devices: [
        { ...STRAP, bonded: true },
        { id: 'pod', model: 'running-pod', adapter: 'hci1', bonded: true },
      ],
    });
    await client.connect('strap');
    const { path } = bluez.adapter('hci0');
    bluez.adapter('hci0').remove();
    await until(() =>
      client.signals.some(({ member, body }) => member === 'InterfacesRemoved' && body[0] === path),
    );
    const left = Object.keys(await client.objects());
    expect(left.filter((known) => known.startsWith(path))).toEqual([]);
    expect(left).toContain(bluez.device('pod').path);
    expect(await client.refusal(path, ADAPTER, 'StartDiscovery')).toMatch(/UnknownObject/);
    bluez.adapter('hci0').reappear();
    expect(Object.keys(await client.objects())).toContain(bluez.device('strap').path);
    await client.connect('strap');
  });

  it('one wearable in reach of two adapters: while one holds it, the other hears nothing; then it goes on there', async () => {
    const { bluez, client } = await start({
      adapters: [{ name: 'hci0' }, { name: 'hci1' }],
      devices: [{ ...STRAP, adapter: ['hci0', 'hci1'] }],
    });
    const [first, second] = ['hci0', 'hci1'].map((name) => bluez.device('strap', name).path) as [
      string,
      string,
    ];
    await client.connect('strap');
    expect(bluez.device('strap').path).toBe(first);
    await client.call(bluez.adapter('hci1').path, ADAPTER, 'StartDiscovery');
    await pause(60);
    expect(second in (await client.objects())).toBe(false);
    bluez.adapter('hci0').remove();
    await until(async () => second in (await client.objects()));
    await client.call(second, DEVICE, 'Connect');
    await until(() => bluez.device('strap').resolved);
    expect(bluez.device('strap').path).toBe(second);
    const path = await client.characteristic('strap', '2A37');
    await client.call(path, CHARACTERISTIC, 'StartNotify');
    await until(() => client.values(path).length > 0);
  });

  it('a hung adapter keeps its links on paper only: after a while another one hears the wearable', async () => {
    const { bluez, client } = await start({
      adapters: [{ name: 'hci0' }, { name: 'hci1' }],
      devices: [{ ...STRAP, adapter: ['hci0', 'hci1'] }],
    });
    await client.connect('strap');
    const [first, second] = ['hci0', 'hci1'].map((name) => bluez.device('strap', name).path) as [
      string,
      string,
    ];
    await client.call(await client.characteristic('strap', '2A37'), CHARACTERISTIC, 'StartNotify');
    bluez.adapter('hci0').hang({ answers: 'nothing', cure: 'none' });
    await client.call(bluez.adapter('hci1').path, ADAPTER, 'StartDiscovery');
    await until(async () => second in (await client.objects()));
    expect(await client.get(first, DEVICE, 'Connected')).toBe(true);
    await client.call(second, DEVICE, 'Connect');
    await until(() => bluez.device('strap', 'hci1').resolved);
    expect(linkChanges(client, first)).toEqual([]);
    bluez.adapter('hci0').recover();
    await until(() => linkChanges(client, first).length === 1);
    expect(bluez.device('strap', 'hci1').state).toBe('connected');
  });

  it('bluetoothd restarts: a new owner, bonds kept, unbonded devices and all subscriptions gone', async () => {
    const bench = await start({ devices: [STRAP, { id: 'pod', model: 'running-pod', bonded: true }] });
    await streaming(bench);
    const { bluez, client } = bench;
    const owner = client.signals.at(-1)?.sender;
    await bluez.bluetoothd.restart();
    const objects = await client.objects();
    expect(Object.keys(objects)).toContain(bluez.device('pod').path);
    expect(Object.keys(objects)).not.toContain(bluez.device('strap').path);
    const path = await streaming(bench);
    const late = client.signals.findLast((seen) => seen.path === path);
    expect(late?.sender).not.toBe(owner);
  });

  it('bluetoothd is frozen: the name stays, and nobody answers', async () => {
    const bench = await start();
    const path = await streaming(bench);
    const { bluez, client } = bench;
    bluez.bluetoothd.freeze();
    let answered = false;
    void client.get(bluez.adapter().path, ADAPTER, 'Powered').then(() => {
      answered = true;
    });
    await pause(20);
    const heard = client.values(path).length;
    await pause(150);
    expect([answered, client.values(path).length]).toEqual([false, heard]);
    bluez.bluetoothd.thaw();
    expect(await client.get(bluez.adapter().path, ADAPTER, 'Powered')).toBe(true);
  });

  it('dbus-daemon dies without a word, and comes back at the same address', async () => {
    const bench = await start();
    await streaming(bench);
    const { bluez, client } = bench;
    await bluez.dbusDaemon.kill();
    // The call hangs, or is refused for a closed stream; an answer it never gets.
    let answered = false;
    client.get(bluez.adapter().path, ADAPTER, 'Powered').then(
      () => {
        answered = true;
      },
      () => undefined,
    );
    await pause(100);
    await bluez.dbusDaemon.restart();
    const second = await openTestClient(bluez);
    expect(await second.get(bluez.adapter().path, ADAPTER, 'Powered')).toBe(true);
    await second.connect('strap');
    second.close();
    expect(answered).toBe(false);
  });

  it.each<readonly [ClockTrouble, number | undefined]>([
    ['right', 0],
    ['slow', -16 * 60_000],
    ['1970', undefined],
    ['2094', undefined],
    ['not-set', undefined],
  ])('a clock that is %s, and is mended by writing it', async (clock, aheadMs) => {
    const { bluez, client } = await start({
      devices: [{ id: 'it', model: 'thermometer', trouble: { clock } }],
      pace: 1,
    });
    await client.connect('it');
    const path = await client.characteristic('it', '2A2B');
    const shown = async () => {
      const said = decodeCurrentTime(
        (await client.call(path, CHARACTERISTIC, 'ReadValue', 'a{sv}', [{}])) as Uint8Array,
      );
      if (said.kind === 'refused') throw new Error(said.detail);
      const { year, month, day, hour, minute, second } = said.value.time;
      return { year, atMs: Date.UTC(year, month - 1, day, hour, minute, second) };
    };
    const first = await shown();
    if (aheadMs !== undefined) expect(Math.abs(first.atMs - bluez.now() - aheadMs)).toBeLessThan(2500);
    else expect(first.year).toBe({ '1970': 1970, '2094': 2094, 'not-set': 0 }[clock as '1970']);
    const right = encodeCurrentTime(currentTimeAt(bluez.now(), 0));
    await client.call(path, CHARACTERISTIC, 'WriteValue', 'aya{sv}', [[...right], {}]);
    expect(Math.abs((await shown()).atMs - bluez.now())).toBeLessThan(2500);
    bluez.device('it').trouble.ignoresTimeWrites = true;
    const wrong = encodeCurrentTime(currentTimeAt(0, 0));
    expect(await client.refusal(path, CHARACTERISTIC, 'WriteValue', 'aya{sv}', [[...wrong], {}])).toBe(
      'no error',
    );
    expect(Math.abs((await shown()).atMs - bluez.now())).toBeLessThan(2500);
  });

  it('an oximeter whose clock was never set says so in each stored record', async () => {
    const { bluez, client } = await start({
      devices: [{ id: 'it', model: 'pulse-oximeter', stored: 1, trouble: { clock: 'not-set' } }],
    });
    await client.connect('it');
    for (const uuid of ['2A5E', '2A52']) {
      await client.call(await client.characteristic('it', uuid), CHARACTERISTIC, 'StartNotify');
    }
    const all = encodeRecordRequest({ procedure: 'report', filter: { which: 'all' } });
    await client.call(await client.characteristic('it', '2A52'), CHARACTERISTIC, 'WriteValue', 'aya{sv}', [
      [...all],
      {},
    ]);
    const spot = () => bluez.truth.samples.find(({ uuid }) => uuid === longUuid('2A5E'));
    await until(() => spot() !== undefined);
    expect(decodeSpotOximetry(spot()!.value)).toMatchObject({
      value: { clockNotSet: true, time: { year: 0 } },
    });
  });

  it('readings that are no number, 07FF', async () => {
    const { bluez, client } = await start({
      devices: [
        { id: 'it', model: 'blood-pressure-cuff', bonded: true, stored: 1, trouble: { nanShare: 1 } },
      ],
    });
    await client.connect('it');
    await client.call(await client.characteristic('it', '2A35'), CHARACTERISTIC, 'StartNotify');
    await until(() => bluez.truth.count > 0);
    const { value } = bluez.truth.samples[0]!;
    expect(Buffer.from(value.subarray(1, 7)).toString('hex')).toBe('ff07ff07ff07');
    expect(decodeBloodPressure(value)).toMatchObject({ value: { systolic: { kind: 'nan' } } });
  });

  it('a strap without contact says 0', async () => {
    const bench = await start({ devices: [{ ...STRAP, trouble: { nanShare: 1 } }] });
    const path = await streaming(bench);
    expect(decodeHeartRate(bench.client.values(path)[0]!)).toMatchObject({
      value: { beatsPerMinute: 0, contact: 'not-detected' },
    });
  });

  it('a battery over 100 %: the octet says so, and Battery1 is not there', async () => {
    const { bluez, client } = await start({
      devices: [{ ...STRAP, trouble: { battery: 150 } }],
      exportsBattery: true,
    });
    await client.connect('strap');
    const path = await client.characteristic('strap', '2A19');
    expect(await client.call(path, CHARACTERISTIC, 'ReadValue', 'a{sv}', [{}])).toEqual(Buffer.of(150));
    expect((await client.objects())[bluez.device('strap').path]?.[BATTERY]).toBeUndefined();
  });

  it('a cuff repeats its last record in the next session', async () => {
    const cuff = {
      id: 'it',
      model: 'blood-pressure-cuff',
      bonded: true,
      stored: 2,
      everyMs: 10_000,
    } as const;
    const { bluez, client } = await start({ devices: [{ ...cuff, trouble: { repeatsLastRecord: true } }] });
    await client.connect('it');
    await client.call(await client.characteristic('it', '2A35'), CHARACTERISTIC, 'StartNotify');
    await until(() => bluez.truth.count >= 2);
    bluez.device('it').loseLink();
    const before = bluez.truth.samples.map(({ value }) => hexOf(value));
    // It sleeps until it has measured again.
    const { path } = bluez.device('it');
    await until(async () => (await client.refusal(path, DEVICE, 'Connect')) === 'no error');
    await until(() => bluez.truth.count >= before.length + 2);
    expect(hexOf(bluez.truth.samples[before.length]!.value)).toBe(before.at(-1));
    expect(hexOf(bluez.truth.samples[before.length + 1]!.value)).not.toBe(before.at(-1));
  });

  it('a notification storm: thousands a second while it lasts', async () => {
    const bench = await start();
    const path = await streaming(bench);
    const { bluez, client } = bench;
    const from = bluez.truth.count;
    bluez.device('strap').trouble.stormPerSecond = 4000;
    await pause(500);
    bluez.device('strap').trouble.stormPerSecond = 0;
    const sent = bluez.truth.count - from;
    expect(sent).toBeGreaterThan(800);
    await until(() => client.values(path).length === bluez.truth.count);
  });

  it('leaves no daemon and no folder behind, even when it is killed', async () => {
    const script = `
      import { startBluez } from ${JSON.stringify(new URL('./bluez.ts', import.meta.url).href)};
      const bluez = await startBluez({ seed: 1, devices: [] });
      console.log(bluez.address);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const socket = printed.toString().trim().replace('unix:path=', '');
    expect(existsSync(socket)).toBe(true);
    child.kill('SIGKILL');
    await until(() => !existsSync(socket));
  });
});
