import { describe, expect, it } from 'vitest';
import type { BluezBus } from './bus.ts';
import { BluezObjects, DEVICE } from './objects.ts';

const STRAP = '/org/bluez/hci0/dev_C0_FF_EE_00_12_34';
const shown = async (): Promise<BluezObjects> => {
  const objects = new BluezObjects();
  const bus = {
    call: async () => [{ [STRAP]: { [DEVICE]: { Address: 'c0:ff:ee:00:12:34', RSSI: -60 } } }],
  };
  await objects.load(bus as unknown as BluezBus);
  return objects;
};
const changes = (objects: BluezObjects, changed: object, gone: readonly string[]) =>
  objects.take({
    path: STRAP,
    iface: 'org.freedesktop.DBus.Properties',
    member: 'PropertiesChanged',
    body: [DEVICE, changed, gone],
  });

describe('what BlueZ shows', () => {
  it('an RSSI that is invalidated when discovery stops is no advertisement', async () => {
    const objects = await shown();
    expect(objects.device(STRAP)).toMatchObject({ address: 'C0:FF:EE:00:12:34', rssi: -60 });
    expect(changes(objects, {}, ['RSSI'])).toEqual({
      kind: 'changed',
      path: STRAP,
      iface: DEVICE,
      changed: {},
    });
    expect(objects.device(STRAP)?.rssi).toBeUndefined();
  });

  it('a lost link is ONE signal with both properties', async () => {
    const objects = await shown();
    changes(objects, { Connected: true, ServicesResolved: true }, []);
    expect(objects.device(STRAP)).toMatchObject({ connected: true, resolved: true });
    expect(changes(objects, { ServicesResolved: false, Connected: false }, [])).toMatchObject({
      changed: { Connected: false, ServicesResolved: false },
    });
    expect(objects.device(STRAP)).toMatchObject({ connected: false, resolved: false });
  });
});
