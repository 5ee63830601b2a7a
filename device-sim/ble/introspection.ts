// What `Introspect` says. Clients that navigate by it (node-ble does) read the names of the children and call only
// the methods that they find here.

type Member = readonly [name: string, inSignature: string, outSignature: string];
type InterfaceText = {
  readonly methods?: readonly Member[];
  readonly signals?: readonly (readonly [name: string, signature: readonly string[]])[];
  /** name, signature, and `readwrite` where a client may set it. */
  readonly properties?: readonly (readonly [name: string, type: string, access?: 'readwrite'])[];
};

export const PROPERTIES = 'org.freedesktop.DBus.Properties';
export const INTROSPECTABLE = 'org.freedesktop.DBus.Introspectable';
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';
export const ADAPTER = 'org.bluez.Adapter1';
export const DEVICE = 'org.bluez.Device1';
export const SERVICE = 'org.bluez.GattService1';
export const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';
export const DESCRIPTOR = 'org.bluez.GattDescriptor1';
export const BATTERY = 'org.bluez.Battery1';
export const AGENT_MANAGER = 'org.bluez.AgentManager1';
export const AGENT = 'org.bluez.Agent1';
/** A stream endpoint: a child of a device that is no GATT service. Music players have them. */
export const ENDPOINT = 'org.bluez.MediaEndpoint1';

/** The interfaces that are served, in BlueZ 5.66's words. */
export const INTERFACES: Readonly<Record<string, InterfaceText>> = {
  [INTROSPECTABLE]: { methods: [['Introspect', '', 's']] },
  [PROPERTIES]: {
    methods: [
      ['Get', 's s', 'v'],
      ['Set', 's s v', ''],
      ['GetAll', 's', 'a{sv}'],
    ],
    signals: [['PropertiesChanged', ['s', 'a{sv}', 'as']]],
  },
  [OBJECT_MANAGER]: {
    methods: [['GetManagedObjects', '', 'a{oa{sa{sv}}}']],
    signals: [
      ['InterfacesAdded', ['o', 'a{sa{sv}}']],
      ['InterfacesRemoved', ['o', 'as']],
    ],
  },
  [AGENT_MANAGER]: {
    methods: [
      ['RegisterAgent', 'o s', ''],
      ['UnregisterAgent', 'o', ''],
      ['RequestDefaultAgent', 'o', ''],
    ],
  },
  [ADAPTER]: {
    methods: [
      ['StartDiscovery', '', ''],
      ['SetDiscoveryFilter', 'a{sv}', ''],
      ['StopDiscovery', '', ''],
      ['RemoveDevice', 'o', ''],
      ['GetDiscoveryFilters', '', 'as'],
    ],
    properties: [
      ['Address', 's'],
      ['AddressType', 's'],
      ['Name', 's'],
      ['Alias', 's', 'readwrite'],
      ['Class', 'u'],
      ['Powered', 'b', 'readwrite'],
      ['PowerState', 's'],
      ['Discoverable', 'b', 'readwrite'],
      ['DiscoverableTimeout', 'u', 'readwrite'],
      ['Pairable', 'b', 'readwrite'],
      ['PairableTimeout', 'u', 'readwrite'],
      ['Discovering', 'b'],
      ['UUIDs', 'as'],
      ['Modalias', 's'],
      ['Roles', 'as'],
    ],
  },
  [DEVICE]: {
    methods: [
      ['Disconnect', '', ''],
      ['Connect', '', ''],
      ['ConnectProfile', 's', ''],
      ['DisconnectProfile', 's', ''],
      ['Pair', '', ''],
      ['CancelPairing', '', ''],
    ],
    properties: [
      ['Address', 's'],
      ['AddressType', 's'],
      ['Name', 's'],
      ['Alias', 's', 'readwrite'],
      ['Class', 'u'],
      ['Appearance', 'q'],
      ['Icon', 's'],
      ['Paired', 'b'],
      ['Bonded', 'b'],
      ['Trusted', 'b', 'readwrite'],
      ['Blocked', 'b', 'readwrite'],
      ['LegacyPairing', 'b'],
      ['RSSI', 'n'],
      ['Connected', 'b'],
      ['UUIDs', 'as'],
      ['Modalias', 's'],
      ['Adapter', 'o'],
      ['ManufacturerData', 'a{qv}'],
      ['ServiceData', 'a{sv}'],
      ['TxPower', 'n'],
      ['ServicesResolved', 'b'],
      ['WakeAllowed', 'b', 'readwrite'],
    ],
  },
  [SERVICE]: {
    properties: [
      ['Handle', 'q'],
      ['UUID', 's'],
      ['Device', 'o'],
      ['Primary', 'b'],
      ['Includes', 'ao'],
    ],
  },
  [CHARACTERISTIC]: {
    methods: [
      ['ReadValue', 'a{sv}', 'ay'],
      ['WriteValue', 'ay a{sv}', ''],
      ['StartNotify', '', ''],
      ['StopNotify', '', ''],
    ],
    properties: [
      ['Handle', 'q'],
      ['UUID', 's'],
      ['Service', 'o'],
      ['Value', 'ay'],
      ['Notifying', 'b'],
      ['Flags', 'as'],
      ['MTU', 'q'],
    ],
  },
  [DESCRIPTOR]: {
    methods: [
      ['ReadValue', 'a{sv}', 'ay'],
      ['WriteValue', 'ay a{sv}', ''],
    ],
    properties: [
      ['Handle', 'q'],
      ['UUID', 's'],
      ['Characteristic', 'o'],
      ['Value', 'ay'],
    ],
  },
  [BATTERY]: {
    properties: [
      ['Percentage', 'y'],
      ['Source', 's'],
    ],
  },
  [ENDPOINT]: {
    properties: [
      ['UUID', 's'],
      ['Device', 'o'],
    ],
  },
};

const HEADER = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`;

function args(signatures: string, direction: 'in' | 'out'): string {
  return signatures
    .split(' ')
    .filter((signature) => signature !== '')
    .map((signature, i) => `<arg name="${direction}${i}" type="${signature}" direction="${direction}"/>`)
    .join('');
}

function interfaceXml(name: string): string {
  const text = INTERFACES[name] ?? {};
  const methods = (text.methods ?? []).map(
    ([method, given, got]) => `<method name="${method}">${args(given, 'in')}${args(got, 'out')}</method>`,
  );
  const signals = (text.signals ?? []).map(
    ([signal, types]) =>
      `<signal name="${signal}">${types.map((type, i) => `<arg name="arg${i}" type="${type}"/>`).join('')}</signal>`,
  );
  const properties = (text.properties ?? []).map(
    ([property, type, access = 'read']) =>
      `<property name="${property}" type="${type}" access="${access}"></property>`,
  );
  return `<interface name="${name}">${[...methods, ...signals, ...properties].join('')}</interface>`;
}

/** The document of one object: its interfaces, and the last parts of its children's paths. */
export function introspectionXml(interfaces: readonly string[], children: readonly string[]): string {
  const nodes = children.map((child) => `<node name="${child}"/>`);
  return `${HEADER}<node>${interfaces.map(interfaceXml).join('')}${nodes.join('')}</node>`;
}
