// Two clients that know nothing of us, node-ble and noble's D-Bus binding, on the simulated BlueZ: both find, connect and
// hear every wearable, octet by octet what went onto the bus.

import { createRequire } from 'node:module';
import {
  type Bluez,
  hasBusDaemon,
  longUuid,
  PERIPHERALS,
  type PeripheralModel,
  startBluez,
} from '@heartwood/device-sim/ble';
import { encodeRecordRequest } from '@heartwood/vitals/gatt';
import type { Noble, Peripheral } from '@stoprocent/noble';
import nodeBle from 'node-ble';
import { afterEach, describe, expect, it } from 'vitest';

/** What each wearable says, by UUID; `asks` where it must be asked for its records first. */
const SAYS: Readonly<
  Record<PeripheralModel, { readonly service: string; readonly uuid: string; readonly asks?: true }>
> = {
  'heart-rate-strap': { service: '180D', uuid: '2A37' },
  'blood-pressure-cuff': { service: '1810', uuid: '2A35' },
  thermometer: { service: '1809', uuid: '2A1E' },
  'pulse-oximeter': { service: '1822', uuid: '2A5F' },
  scale: { service: '181D', uuid: '2A9D' },
  'glucose-meter': { service: '1808', uuid: '2A18', asks: true },
  'glucose-sensor': { service: '181F', uuid: '2AA7', asks: true },
  'running-pod': { service: '1814', uuid: '2A53' },
  'health-sensor': { service: '1840', uuid: '2B8B' },
  'twin-thermometer': { service: '1809', uuid: '2A1C' },
};
const MODELS = Object.keys(SAYS) as PeripheralModel[];
const ENOUGH = 2;
const ALL = Buffer.from(encodeRecordRequest({ procedure: 'report', filter: { which: 'all' } }));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function simulated(model: PeripheralModel, pace = 100): Promise<Bluez> {
  const bonded = PERIPHERALS[model].pairing !== 'none';
  const bluez = await startBluez({
    seed: 'peers',
    devices: [{ id: 'it', model, bonded, stored: 3 }],
    delayScale: 0.01,
    pace,
  });
  ends.push(bluez.stop);
  // Both clients look here for the system bus, and nowhere else.
  process.env['DBUS_SYSTEM_BUS_ADDRESS'] = bluez.address;
  ends.push(() => delete process.env['DBUS_SYSTEM_BUS_ADDRESS']);
  return bluez;
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`still not so after 10 s: ${holds}`);
    await pause();
  }
}
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** What the device itself said, as often as each client hears it. */
function said(bluez: Bluez, uuid: string): readonly string[] {
  return bluez.truth.samples.flatMap((sample) =>
    sample.uuid === longUuid(uuid) ? Array<string>(sample.copies).fill(hex(sample.value)) : [],
  );
}
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

type Heard = { readonly values: readonly string[] };

async function throughNodeBle(bluez: Bluez, model: PeripheralModel): Promise<Heard> {
  const { service, uuid, asks } = SAYS[model];
  const { bluetooth, destroy } = nodeBle.createBluetooth();
  ends.unshift(destroy);
  const adapter = await bluetooth.defaultAdapter();
  if (!(await adapter.isDiscovering())) await adapter.startDiscovery();
  const device = await adapter.waitDevice(bluez.device('it').address, 5000, 10);
  await device.connect();
  // gatt() misses ServicesResolved where it comes between its question and its match rule, and then waits for ever.
  await until(() => bluez.device('it').resolved);
  const gatt = await device.gatt();
  const own = await gatt.getPrimaryService(longUuid(service));
  const characteristic = await own.getCharacteristic(longUuid(uuid));
  const values: string[] = [];
  characteristic.on('valuechanged', (value) => values.push(hex(value)));
  await characteristic.startNotifications();
  if (asks) {
    const control = await own.getCharacteristic(longUuid('2A52'));
    await control.startNotifications();
    await control.writeValueWithResponse(ALL);
  }
  return { values };
}

async function throughNoble(bluez: Bluez, model: PeripheralModel): Promise<Heard> {
  const { service, uuid, asks } = SAYS[model];
  // Its own default looks for a controller of this machine while it is loaded.
  process.env['NOBLE_BINDINGS'] = 'dbus';
  const { withBindings } = createRequire(import.meta.url)('@stoprocent/noble') as {
    withBindings(type: 'dbus'): Noble;
  };
  const noble = withBindings('dbus');
  ends.unshift(async () => {
    const clients = async () => Object.keys(await bluez.matchRules()).length;
    const before = await clients();
    noble.stop();
    // It listens to no error of its connection: the bus must not end before it has left.
    while ((await clients()) >= before) await pause();
  });
  await noble.waitForPoweredOnAsync();
  const found = new Promise<Peripheral>((resolve) => {
    noble.on('discover', (peripheral) => {
      if (peripheral.address.toUpperCase() === bluez.device('it').address) resolve(peripheral);
    });
  });
  await noble.startScanningAsync([], true);
  const peripheral = await found;
  await peripheral.connectAsync();
  const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
    [service.toLowerCase()],
    [uuid.toLowerCase(), ...(asks ? ['2a52'] : [])],
  );
  const of = (wanted: string) => characteristics.find((known) => known.uuid === wanted.toLowerCase())!;
  const values: string[] = [];
  of(uuid).on('data', (value, isNotification) => {
    if (isNotification) values.push(hex(value));
  });
  await of(uuid).subscribeAsync();
  if (asks) {
    await of('2A52').subscribeAsync();
    await of('2A52').writeAsync(ALL, false);
  }
  return { values };
}

describe.skipIf(!hasBusDaemon())(
  'Bluetooth clients of others on the simulated BlueZ (need dbus-daemon)',
  () => {
    it.each(MODELS)('node-ble hears a %s', async (model) => {
      const bluez = await simulated(model);
      const { values } = await throughNodeBle(bluez, model);
      await until(() => values.length >= ENOUGH);
      bluez.device('it').leave();
      // With two probes of one UUID it hears only one of them: a limit of its own, kept by its services' map.
      const whole = said(bluez, SAYS[model].uuid);
      const expected =
        model === 'twin-thermometer'
          ? bluez.truth.samples
              .filter(({ path }) => path === bluez.truth.samples.at(-1)?.path)
              .map(({ value }) => hex(value))
          : whole;
      await until(() => values.length >= expected.length);
      expect(values).toEqual(expected);
    });

    it.each(MODELS.filter((model) => model !== 'twin-thermometer'))('noble hears a %s', async (model) => {
      const bluez = await simulated(model);
      const { values } = await throughNoble(bluez, model);
      await until(() => values.length >= ENOUGH);
      bluez.device('it').leave();
      await until(() => values.length >= said(bluez, SAYS[model].uuid).length);
      expect(values).toEqual(said(bluez, SAYS[model].uuid));
    });

    it('both at once: each hears every sample twice, as with a real bluetoothd', async () => {
      // It says nothing by itself.
      const bluez = await simulated('heart-rate-strap', 0.001);
      const first = await throughNodeBle(bluez, 'heart-rate-strap');
      const second = await throughNoble(bluez, 'heart-rate-strap');
      for (let n = 0; n < 5; n++) bluez.device('it').measure();
      await until(() => first.values.length >= 10 && second.values.length >= 10);
      expect(bluez.truth.samples.map(({ copies }) => copies)).toEqual([2, 2, 2, 2, 2]);
      expect(first.values).toEqual(said(bluez, '2A37'));
      expect(second.values).toEqual(said(bluez, '2A37'));
    });
  },
);
