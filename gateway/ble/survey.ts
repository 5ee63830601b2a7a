// Doctor's look at Bluetooth: the bus, bluetoothd, what this user may, the adapters, and who is heard. It switches
// nothing on or off, connects to nobody, and tells no name of a device: it may be a person's.

import { advice, type Finding, trouble, well } from '../inspect/finding.ts';
import { typed } from './bus.ts';
import { BusFault, isFault } from './bus-fault.ts';
import { BUS_POLICY_PATH, busPolicy } from './bus-policy.ts';
import { Ear } from './ear.ts';
import { ADAPTER, type AdapterView, type DeviceView, longUuid } from './objects.ts';
import { nameOf } from './presence.ts';
import { HEALTH_SERVICES } from './profile.ts';
import { enrolledBy } from './wearing.ts';

export type Survey = {
  /** Of the bus; undefined: the system's. */
  readonly address: string | undefined;
  /** Who asks: named in the policy that would let them. */
  readonly user: string;
  readonly listenMs: number;
  /** Devices that the hub knows, with their addresses; undefined where there is no hub to ask. */
  readonly enrolled: readonly { readonly id: string; readonly radio: string }[] | undefined;
};

/** Opens the bus and takes the picture, or says why not; whoever gets an ear closes it. */
export async function reachBluez({ address, user }: Survey): Promise<Ear | Finding> {
  let ear: Ear;
  try {
    ear = await Ear.open(address);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return trouble('bus', `The system bus cannot be reached (${why}). Debian: apt install dbus`);
  }
  if (ear.bus.hasOwner) {
    try {
      await ear.look();
      return ear;
    } catch (error) {
      ear.close();
      return isDenied(error)
        ? trouble(
            'permission',
            `The bus does not let ${user} talk to bluetoothd. Write this into ${BUS_POLICY_PATH}, then run: systemctl reload dbus\n${busPolicy(user)}`,
          )
        : trouble('bluetoothd', `It does not answer (${whyOf(error)}). Run: systemctl restart bluetooth`);
    }
  }
  ear.close();
  return trouble(
    'bluetoothd',
    'It does not run. Debian: apt install bluez, then: systemctl enable --now bluetooth',
  );
}

/** Adapters, then whoever is heard within `listenMs`. */
export async function* survey(ear: Ear, asked: Survey): AsyncGenerator<Finding> {
  yield well('bluetoothd', 'It answers.');
  const adapters = ear.objects.adapters();
  if (adapters.length === 0) {
    yield trouble(
      'adapter',
      'There is none. Is a stick plugged in? A Pi has its own, unless /boot/firmware/config.txt says disable-bt. Then: rfkill list bluetooth',
    );
    return;
  }
  const listening: AdapterView[] = [];
  for (const adapter of adapters) {
    const finding = await stateOf(ear, adapter);
    yield finding;
    if (finding.level === 'well') listening.push(adapter);
  }
  if (listening.length > 0) yield* heard(ear, asked);
}

/** Ends the scan that `survey` began: it goes on meanwhile, as the hub's does, for whoever tries a device. */
export async function endSurvey(ear: Ear): Promise<void> {
  for (const { path } of ear.objects.adapters())
    await onAdapter(ear, path, 'StopDiscovery').catch(() => undefined);
}

/** Its state, and its scan begun where it can be. */
async function stateOf(ear: Ear, { path, powered, blocked }: AdapterView): Promise<Finding> {
  const about = `adapter ${nameOf(path)}`;
  if (blocked) return trouble(about, 'Its radio is blocked. Run: rfkill unblock bluetooth');
  if (!powered)
    return trouble(
      about,
      'It is switched off. A hub with --ble switches it on; to do so now: bluetoothctl power on. Where it stays off: rfkill list bluetooth',
    );
  try {
    const filter = {
      Transport: typed('s', 'le'),
      UUIDs: typed('as', [...HEALTH_SERVICES.keys()].map(longUuid)),
    };
    await onAdapter(ear, path, 'SetDiscoveryFilter', 'a{sv}', [filter]);
    await onAdapter(ear, path, 'StartDiscovery');
    return well(about, 'It is switched on, and listens.');
  } catch (error) {
    return trouble(
      about,
      `It does not listen (${whyOf(error)}): it may hang. Run: bluetoothctl power off, then: bluetoothctl power on`,
    );
  }
}

async function* heard(ear: Ear, { listenMs, enrolled = [] }: Survey): AsyncGenerator<Finding> {
  const onAir = new Set<string>();
  const unlisten = ear.listen((change) => {
    if (change.kind === 'added' || (change.kind === 'changed' && 'RSSI' in change.changed))
      onAir.add(change.path);
  });
  await new Promise((resolve) => setTimeout(resolve, listenMs));
  unlisten();
  const byAddress = new Map<string, DeviceView>();
  for (const device of ear.objects.devices()) {
    const near = onAir.has(device.path) || device.connected || device.rssi !== undefined;
    const known = byAddress.get(device.address);
    const nearer = known === undefined || (device.rssi ?? -999) > (known.rssi ?? -999);
    if (near && nearer && measuresOf(device) !== '') byAddress.set(device.address, device);
  }
  const seconds = Math.round(listenMs / 1000);
  const all = [...byAddress.values()].toSorted((a, b) => (b.rssi ?? -999) - (a.rssi ?? -999));
  for (const device of all) yield deviceFinding(device, enrolled);
  if (all.some((device) => !isEnrolled(device, enrolled)))
    yield advice('enroll', 'To admit one: heartwood enroll NAME --patient NAME --ble ADDRESS');
  if (all.length === 0)
    yield advice(
      'devices',
      `No health device was heard in ${seconds} s. Many speak only while they are worn, or after a button: wake it, and run this again with --seconds 60.`,
    );
  for (const { id, radio } of enrolled) {
    const { address } = enrolledBy(radio);
    if (address === undefined)
      yield advice(`device ${id}`, 'Enrolled by its serial number: any of these may be it. A hub asks them.');
    else if (!byAddress.has(address))
      yield advice(`device ${address}`, `Enrolled as ${id}, and not heard in ${seconds} s.`);
  }
  for (const device of ear.objects.devices())
    if (
      device.paired &&
      !byAddress.has(device.address) &&
      !isEnrolled(device, enrolled) &&
      measuresOf(device)
    )
      yield advice(
        `device ${device.address}`,
        `${measuresOf(device)}: paired with this machine, not enrolled, not heard.`,
      );
}

function deviceFinding(device: DeviceView, enrolled: readonly { id: string; radio: string }[]): Finding {
  const { address, rssi, adapter, paired, connected } = device;
  const about = `device ${address}`;
  const facts = [
    measuresOf(device),
    rssi === undefined ? (connected ? 'connected' : 'heard') : `${rssi} dBm at ${nameOf(adapter)}`,
    ...(paired ? ['paired'] : []),
  ].join(', ');
  const known = enrolled.find(({ radio }) => enrolledBy(radio).address === address);
  if (known !== undefined) return well(about, `${facts}. Enrolled as ${known.id}.`);
  if (device.addressKind !== 'stays')
    return advice(
      about,
      `${facts}. This address will change. Pair it first, or enroll it by its serial number: heartwood doctor --ble --try ${address} does the one and shows the other`,
    );
  return advice(about, `${facts}. Not enrolled.`);
}

const isEnrolled = ({ address }: DeviceView, enrolled: readonly { radio: string }[]): boolean =>
  enrolled.some(({ radio }) => enrolledBy(radio).address === address);

/** What it measures, in words; empty for what is no health device. */
const measuresOf = ({ services }: DeviceView): string =>
  services.flatMap((uuid) => HEALTH_SERVICES.get(uuid) ?? []).join(', ');

const onAdapter = (
  ear: Ear,
  path: string,
  member: string,
  signature = '',
  body: readonly unknown[] = [],
): Promise<unknown> => ear.bus.call({ path, iface: ADAPTER, member, signature, body });

const isDenied = (error: unknown): boolean =>
  isFault(error, 'remote') && (error as BusFault).remote === 'org.freedesktop.DBus.Error.AccessDenied';

/** What went wrong, short, and without a word of the device's. */
export const whyOf = (error: unknown): string =>
  error instanceof BusFault ? error.bluez || error.code : 'a fault of the program';
