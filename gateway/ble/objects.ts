// What BlueZ shows: adapters, devices, services and characteristics, as one ObjectManager tells them and as they
// change. One picture for all, instead of an object with listeners for each.
//
// Values of characteristics are not kept here: thousands of them pass in a second, and each is told once.

import { type AddressKind, addressKind } from './address-kind.ts';
import type { BluezBus, BusSignal } from './bus.ts';
import { plain } from './bus.ts';

export const ADAPTER = 'org.bluez.Adapter1';
export const DEVICE = 'org.bluez.Device1';
const SERVICE = 'org.bluez.GattService1';
export const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';
export const BATTERY = 'org.bluez.Battery1';
const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

type Fields = Map<string, unknown>;

export type Change =
  | { readonly kind: 'added' | 'removed'; readonly path: string; readonly ifaces: readonly string[] }
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly iface: string;
      readonly changed: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'value'; readonly path: string; readonly octets: Uint8Array };

export type AdapterView = {
  readonly path: string;
  readonly address: string;
  readonly powered: boolean;
  /** Switched off by the kernel's switch (rfkill); bluetoothd tells since 5.65. */
  readonly blocked: boolean;
  readonly discovering: boolean;
};
export type DeviceView = {
  readonly path: string;
  readonly adapter: string;
  readonly address: string;
  readonly addressKind: AddressKind;
  readonly name: string;
  /** Short UUIDs of the SIG's services, as numbers. */
  readonly services: readonly number[];
  readonly connected: boolean;
  readonly resolved: boolean;
  readonly paired: boolean;
  readonly rssi: number | undefined;
};
export type CharacteristicView = {
  readonly path: string;
  /** 16-bit UUID; undefined for a maker's own. */
  readonly uuid: number | undefined;
  /** Of the service it belongs to. */
  readonly service: number | undefined;
  readonly flags: readonly string[];
  /** Somebody on the bus has subscribed to it: perhaps we, perhaps another program. */
  readonly notifying: boolean;
};

export class BluezObjects {
  readonly #objects = new Map<string, Map<string, Fields>>();

  /** Takes the whole picture. @throws BusFault */
  async load(bus: BluezBus): Promise<void> {
    const [managed] = await bus.call({ path: '/', iface: OBJECT_MANAGER, member: 'GetManagedObjects' });
    this.#objects.clear();
    for (const [path, interfaces] of Object.entries(managed as object)) this.#add(path, interfaces);
  }

  /** What a signal changes, and remembers it; undefined for signals that say nothing of objects. */
  take({ path, iface, member, body }: BusSignal): Change | undefined {
    if (iface === PROPERTIES && member === 'PropertiesChanged') return this.#change(path, body);
    if (iface !== OBJECT_MANAGER) return undefined;
    const [object, what] = body as [string, unknown];
    if (member === 'InterfacesAdded') {
      this.#add(object, what);
      return { kind: 'added', path: object, ifaces: Object.keys(what as object) };
    }
    if (member !== 'InterfacesRemoved') return undefined;
    const known = this.#objects.get(object);
    for (const name of what as string[]) known?.delete(name);
    if (known?.size === 0) this.#objects.delete(object);
    return { kind: 'removed', path: object, ifaces: what as string[] };
  }

  adapters(): readonly AdapterView[] {
    return [...this.#objects.keys()].flatMap((path) => this.adapter(path) ?? []);
  }

  adapter(path: string): AdapterView | undefined {
    const fields = this.#objects.get(path)?.get(ADAPTER);
    return (
      fields && {
        path,
        address: textOf(fields.get('Address')),
        powered: fields.get('Powered') === true,
        blocked: fields.get('PowerState') === 'off-blocked',
        discovering: fields.get('Discovering') === true,
      }
    );
  }

  devices(): readonly DeviceView[] {
    return [...this.#objects.keys()].flatMap((path) => this.device(path) ?? []);
  }

  device(path: string): DeviceView | undefined {
    const fields = this.#objects.get(path)?.get(DEVICE);
    if (fields === undefined) return undefined;
    const rssi = fields.get('RSSI');
    const address = textOf(fields.get('Address')).toUpperCase();
    return {
      path,
      adapter: textOf(fields.get('Adapter')) || path.slice(0, path.lastIndexOf('/')),
      address,
      addressKind: addressKind(textOf(fields.get('AddressType')), address),
      name: textOf(fields.get('Alias') ?? fields.get('Name')),
      services: ((fields.get('UUIDs') ?? []) as string[]).flatMap((uuid) => shortUuid(uuid) ?? []),
      connected: fields.get('Connected') === true,
      resolved: fields.get('ServicesResolved') === true,
      paired: fields.get('Paired') === true,
      rssi: typeof rssi === 'number' ? rssi : undefined,
    };
  }

  /** All of a device, two of the same UUID too; what is neither service nor characteristic is passed over. */
  characteristics(device: string): readonly CharacteristicView[] {
    const found: CharacteristicView[] = [];
    for (const [path, interfaces] of this.#objects) {
      if (!path.startsWith(`${device}/`)) continue;
      const fields = interfaces.get(CHARACTERISTIC);
      if (fields === undefined) continue;
      const service = this.#objects.get(path.slice(0, path.lastIndexOf('/')))?.get(SERVICE);
      found.push({
        path,
        uuid: shortUuid(textOf(fields.get('UUID'))),
        service: shortUuid(textOf(service?.get('UUID'))),
        flags: (fields.get('Flags') ?? []) as string[],
        notifying: fields.get('Notifying') === true,
      });
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** What BlueZ itself read of a battery, per cent, where it keeps that service to itself. */
  battery(device: string): number | undefined {
    const percentage = this.#objects.get(device)?.get(BATTERY)?.get('Percentage');
    return typeof percentage === 'number' ? percentage : undefined;
  }

  #add(path: string, interfaces: unknown): void {
    const known = this.#objects.get(path) ?? new Map<string, Fields>();
    for (const [iface, fields] of Object.entries(interfaces as object)) {
      if (!iface.startsWith('org.bluez.')) continue;
      known.set(
        iface,
        new Map(Object.entries(fields as object).map(([name, value]) => [name, plain(value)])),
      );
    }
    if (known.size > 0) this.#objects.set(path, known);
  }

  #change(path: string, body: readonly unknown[]): Change | undefined {
    const [iface, said, gone] = body as [string, Record<string, unknown>, string[]];
    if (iface === CHARACTERISTIC && 'Value' in said) {
      return { kind: 'value', path, octets: Uint8Array.from(plain(said['Value']) as ArrayLike<number>) };
    }
    const fields = this.#objects.get(path)?.get(iface);
    const changed: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(said)) {
      changed[name] = plain(value);
      fields?.set(name, changed[name]);
    }
    for (const name of gone) fields?.delete(name);
    return { kind: 'changed', path, iface, changed };
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The 16 bits of one of the SIG's UUIDs; undefined for a maker's own. */
function shortUuid(uuid: string): number | undefined {
  const short = /^0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb$/i.exec(uuid)?.[1];
  return short === undefined ? undefined : Number.parseInt(short, 16);
}

/** All 36 characters of a 16-bit UUID, as BlueZ writes them. */
export const longUuid = (uuid: number): string =>
  `0000${uuid.toString(16).padStart(4, '0')}-0000-1000-8000-00805f9b34fb`;
