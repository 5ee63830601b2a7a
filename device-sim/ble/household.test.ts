import { afterEach, describe, expect, it } from 'vitest';
import { hasBusDaemon } from './daemon.ts';
import { type BleHousehold, startBleHousehold } from './household.ts';
import { CHARACTERISTIC, DEVICE } from './introspection.ts';
import { openTestClient, until } from './test-client.ts';

describe.skipIf(!hasBusDaemon())('a household of simulated Bluetooth wearables (needs dbus-daemon)', () => {
  let home: BleHousehold | undefined;
  afterEach(() => home?.stop());

  it('has four people, whose devices are all found, and stream', async () => {
    home = await startBleHousehold({ seed: 1, delayScale: 0.01, speed: 10 });
    const client = await openTestClient(home.bluez);
    await client.discover();
    const devices = home.people.flatMap((person) => person.devices);
    expect(home.people).toHaveLength(4);
    await until(async () => {
      const known = Object.values(await client.objects()).flatMap((own) => own[DEVICE]?.['Address'] ?? []);
      return devices.every(({ address }) => known.includes(address));
    });
    const strap = devices.find(({ model }) => model === 'heart-rate-strap')!;
    await client.connect(strap.id);
    const read = await client.call(
      await client.characteristic(strap.id, '2A25'),
      CHARACTERISTIC,
      'ReadValue',
      'a{sv}',
      [{}],
    );
    expect(String(read)).toBe(strap.serial);
    const heartRate = await client.characteristic(strap.id, '2A37');
    await client.call(heartRate, CHARACTERISTIC, 'StartNotify');
    await until(() => client.values(heartRate).length > 1);
    client.close();
  });

  it('is the same for the same seed, and bonded where that is asked for', async () => {
    home = await startBleHousehold({ seed: 7, bonded: true });
    const { people } = home;
    const client = await openTestClient(home.bluez);
    const paired = Object.values(await client.objects()).filter((own) => own[DEVICE]?.['Paired'] === true);
    client.close();
    expect(paired).toHaveLength(
      people.flatMap(({ devices }) => devices.filter(({ pairing }) => pairing !== 'none')).length,
    );
    await home.stop();
    home = await startBleHousehold({ seed: 7 });
    expect(home.people).toEqual(people);
  });
});
