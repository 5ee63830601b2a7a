// How the hub tells records apart, for a ward that stores in its place. Taken from its file by URL: the gateway shows
// other rooms the hub whole.

import type { RadioDevice } from '@heartwood/gateway';
import type { TimedMeasurement } from '@heartwood/vitals';

type RecordName = {
  readonly characteristic: number;
  readonly name: number;
  readonly number: number | undefined;
};

const module: unknown = await import(new URL('../../gateway/ingest/record-name.ts', import.meta.url).href);
const cursors: unknown = await import(new URL('../../gateway/ingest/cursor.ts', import.meta.url).href);

type Cursor = {
  hasRecord(record: RecordName): boolean;
  addRecord(record: RecordName): void;
  readonly records: RadioDevice['records'];
};

/** What the hub remembers of a device's records. */
export const newCursor = (): Cursor => new (cursors as { DeviceCursor: new () => Cursor }).DeviceCursor();

export const recordOf: (readings: readonly TimedMeasurement[]) => RecordName | undefined = (
  module as { recordOf: (readings: readonly TimedMeasurement[]) => RecordName | undefined }
).recordOf;

type OtherClient = { close(): void };
type Bus = OtherClient & {
  call(call: object): Promise<readonly unknown[]>;
};
const { BluezBus } = (await import(new URL('../../gateway/ble/bus.ts', import.meta.url).href)) as {
  readonly BluezBus: { open(address: string, events: object): Promise<Bus> };
};

/** Another program on the bus, which subscribes to a characteristic of the device at `path`, as hubs and tools do. */
export async function subscribeAs(address: string, path: string, uuid: number): Promise<OtherClient> {
  const deaf = {
    signal: () => undefined,
    owner: () => undefined,
    end: () => undefined,
    called: () => undefined,
  };
  const bus = await BluezBus.open(address, deaf);
  const iface = 'org.freedesktop.DBus.ObjectManager';
  const [managed] = await bus.call({ path: '/', iface, member: 'GetManagedObjects' });
  const characteristic = 'org.bluez.GattCharacteristic1';
  const short = `0000${uuid.toString(16)}`;
  for (const [object, ifaces] of Object.entries(managed as Record<string, Record<string, unknown>>)) {
    const fields = ifaces[characteristic] as { UUID: { value: string } } | undefined;
    if (object.startsWith(`${path}/`) && fields?.UUID.value.startsWith(short))
      await bus.call({ path: object, iface: characteristic, member: 'StartNotify' });
  }
  return bus;
}
