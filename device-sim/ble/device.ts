// One wearable as bluetoothd sees it: Device1. It appears when it advertises, is forgotten when it is idle and unbonded,
// and puts together what the rest is made of: link, pairing, services, and the firmware that plays behind them.

import type { Body } from '../body/body.ts';
import type { Random } from '../random.ts';
import type { AgentManager } from './agent.ts';
import type { Pacing } from './delay.ts';
import { bluezError } from './error.ts';
import { createGattObjects, type GattObjects } from './gatt-objects.ts';
import { DEVICE, ENDPOINT } from './introspection.ts';
import { createLink, type LinkState } from './link.ts';
import { type ObjectTree, type Properties, typed, unknownMethod } from './object-tree.ts';
import { createPairingDesk, type PersonAtDevice } from './pairing.ts';
import { serialOf } from './peripheral/parts.ts';
import { type Firmware, type Host, longUuid, type Peripheral } from './peripheral.ts';
import { playFirmware } from './play.ts';
import type { Trouble } from './trouble.ts';
import type { TruthKeeper } from './truth.ts';
import { type Answer, type Call, DONE, type Wire } from './wire.ts';

export type DeviceSetup = {
  readonly id: string;
  readonly address: string;
  readonly peripheral: Peripheral;
  readonly body: Body;
  readonly random: Random;
  readonly trouble: Trouble;
  /** Known to bluetoothd, and bonded, from before. */
  readonly bonded: boolean;
  /** A child object of the device that is no service. */
  readonly endpoint: boolean;
  readonly everyMs: number | undefined;
  readonly stored: number | undefined;
  /** Takes bonds at any time, also where the model wants its button pressed. */
  readonly bondable: boolean;
  /** Hears of the digits on the device's screen. */
  readonly onPasskey: (passkey: number) => void;
};

/** What the adapter lends its devices. */
export type AdapterSide = {
  readonly path: string;
  readonly tree: ObjectTree;
  readonly pacing: Pacing;
  readonly truth: TruthKeeper;
  readonly agents: AgentManager;
  readonly exportsBattery: boolean;
  readonly tellsFirstConnect: boolean;
  wire(): Wire | undefined;
  powered(): boolean;
  /** The controller hangs: nothing passes over the air. */
  hung(): boolean;
  /** True while another link would be one too many. */
  full(): boolean;
};

export type Device = {
  readonly id: string;
  readonly address: string;
  /** As Device Information says it: it outlives addresses. */
  readonly serial: string;
  readonly path: string;
  readonly trouble: Trouble;
  readonly person: PersonAtDevice;
  readonly state: LinkState;
  readonly bonded: boolean;
  readonly resolved: boolean;
  /** Within reach and switched on. */
  present: boolean;
  /** The peer's side of the bond. */
  peerHasBond: boolean;
  /** Whether it takes new bonds now: cuffs do only for a while after a button. */
  bondable: boolean;
  /** Opens the bonding window, where the model has one; while it is open the device is awake. */
  pressButton(): void;
  /** An advertisement was received; `matches` says whether a filter lets new devices through. */
  seen(matches: boolean): void;
  matches(uuids: ReadonlySet<string>): boolean;
  answer(call: Call): Answer | Promise<Answer> | undefined;
  /** The link breaks, as when somebody walks out of range; the device is still there. */
  loseLink(): void;
  /** Out of range, or switched off: the link breaks, and nothing is heard of it. */
  leave(): void;
  comeBack(): void;
  /** Its side of the bond is gone (reset, new batteries); ours says Paired. */
  forgetBond(): void;
  invalidateRssi(): void;
  clientGone(client: string): void;
  /** Bonded devices are there from the start. */
  restore(): void;
  /** `RemoveDevice`: objects and our side of the bond. */
  remove(): void;
  /** The daemon or the adapter is gone: no word about anything. */
  vanish(): void;
  /** Lets the firmware act as its pulse would at this moment. */
  measure(): void;
  /** So many notifications at once; gives how many somebody listened to. */
  storm(count: number): number;
};

export function createDevice(setup: DeviceSetup, adapter: AdapterSide): Device {
  const { id, peripheral, trouble, random } = setup;
  const { tree, pacing } = adapter;
  const path = `${adapter.path}/dev_${setup.address.replaceAll(':', '_')}`;
  const signalNoise = random.fork('rssi');
  const person: PersonAtDevice = { passkey: undefined, accepts: true, shows: undefined };
  let bonded = setup.bonded;
  let trusted = false;
  let cancelForgetting: () => void = () => undefined;

  const change = (changed: Properties, invalidated?: readonly string[]): void =>
    tree.change(path, DEVICE, changed, invalidated);
  const audible = (): boolean =>
    device.present &&
    (firmware.awake?.() !== false || (peripheral.bondWindowMs !== undefined && device.bondable && !bonded));

  const link = createLink({
    path,
    adapter,
    peripheral,
    trouble,
    onIt: () => ({ gatt, firmware, play }),
    audible,
    encrypts: () => !bonded || device.peerHasBond,
    connecting: () => cancelForgetting(),
    idle: () => forgetLater(),
    ended: () => pairing.cancel(),
  });
  const linkUp = (): boolean => link.state === 'connected';
  const pairing = createPairingDesk({
    path,
    kind: peripheral.pairing,
    pacing,
    person,
    random: random.fork('passkey'),
    bondable: () => device.bondable,
    onPasskey: setup.onPasskey,
  });
  const host: Host = {
    id,
    body: setup.body,
    random: random.fork('firmware'),
    trouble,
    everyMs: setup.everyMs,
    stored: setup.stored,
    now: pacing.now,
    subscribed: (characteristic) => linkUp() && gatt.listening().includes(characteristic),
    say: (characteristic, value) => !trouble.silent && gatt.say(characteristic, value),
    after: link.after,
    hangUp: link.lose,
  };
  const firmware: Firmware = peripheral.firmware(host);
  const gatt: GattObjects = createGattObjects(firmware.services, adapter.exportsBattery, {
    id,
    path,
    tree,
    truth: adapter.truth,
    wire: adapter.wire,
    now: pacing.now,
    linkUp,
    bonded: () => bonded,
    muted: adapter.hung,
    exchange: link.exchange,
    subscribed: (characteristic) => link.resolved && firmware.subscribed?.(characteristic),
  });
  const play = playFirmware(firmware, gatt, trouble, pacing, setup.body.startAtMs, linkUp);

  // Unbonded and idle: bluetoothd forgets it after a while, unless it is seen again.
  const forgetLater = (): void => {
    cancelForgetting();
    cancelForgetting = () => undefined;
    if (bonded || link.state !== 'idle') return;
    cancelForgetting = pacing.delay('temporaryMs', () => {
      if (!bonded && link.state === 'idle') drop();
    });
  };
  const drop = (): void => {
    cancelForgetting();
    tree.remove(path);
    gatt.forget();
  };
  const appear = (rssi: number | undefined): void => {
    const { name } = peripheral;
    const data = (entries: readonly (readonly [string | number, Uint8Array])[]) =>
      Object.fromEntries(entries.map(([key, bytes]) => [key, typed('ay', Buffer.from(bytes))]));
    tree.add(
      path,
      {
        [DEVICE]: {
          Address: typed('s', setup.address),
          AddressType: typed('s', peripheral.addressType),
          Name: typed('s', name),
          Alias: typed('s', name),
          Appearance: typed('q', peripheral.appearance),
          Paired: typed('b', bonded),
          Bonded: typed('b', bonded),
          Trusted: typed('b', trusted),
          Blocked: typed('b', false),
          LegacyPairing: typed('b', false),
          ...(rssi !== undefined && { RSSI: typed('n', rssi) }),
          Connected: typed('b', false),
          UUIDs: typed('as', peripheral.advertised.map(longUuid)),
          Adapter: typed('o', adapter.path),
          ...(peripheral.manufacturerData && {
            ManufacturerData: typed('a{qv}', data(peripheral.manufacturerData)),
          }),
          ...(peripheral.serviceData && {
            ServiceData: typed(
              'a{sv}',
              data(peripheral.serviceData.map(([uuid, bytes]) => [longUuid(uuid), bytes])),
            ),
          }),
          ServicesResolved: typed('b', false),
        },
      },
      {
        Trusted: (value) => {
          trusted = value === true;
          change({ Trusted: typed('b', trusted) });
        },
        Blocked: (value) => change({ Blocked: typed('b', value) }),
        Alias: (value) => change({ Alias: typed('s', value) }),
      },
    );
    if (setup.endpoint) {
      tree.add(`${path}/sep1`, {
        [ENDPOINT]: { UUID: typed('s', longUuid('110B')), Device: typed('o', path) },
      });
    }
  };

  const pair = async (call: Call): Promise<Answer> => {
    if (!adapter.powered()) throw bluezError('NotReady');
    if (bonded) throw bluezError('AlreadyExists');
    if (pairing.busy) throw bluezError('InProgress');
    if (link.state === 'idle') await link.connect();
    await pairing.pair(adapter.agents.agentFor(call.sender), link.pairingTime());
    bonded = true;
    device.peerHasBond = true;
    change({ Bonded: typed('b', true), Paired: typed('b', true) });
    return DONE;
  };

  const device: Device = {
    id,
    address: setup.address,
    serial: serialOf(random.fork('firmware')),
    path,
    trouble,
    person,
    get state() {
      return link.state;
    },
    get bonded() {
      return bonded;
    },
    get resolved() {
      return link.resolved;
    },
    present: true,
    peerHasBond: setup.bonded,
    bondable: setup.bondable || peripheral.bondWindowMs === undefined,
    pressButton: () => {
      const windowMs = peripheral.bondWindowMs;
      if (windowMs === undefined || device.bondable) return;
      device.bondable = true;
      pacing.after(windowMs, () => {
        device.bondable = false;
      });
    },
    seen: (matches) => {
      if (!audible() || link.state !== 'idle') return;
      const rssi = Math.round(-62 + 4 * signalNoise.normal());
      if (tree.has(path)) change({ RSSI: typed('n', rssi) });
      else if (matches) appear(rssi);
      else return;
      forgetLater();
    },
    matches: (uuids) => peripheral.advertised.some((uuid) => uuids.has(longUuid(uuid))),
    answer: (call) => {
      if (call.path !== path) return gatt.answer(call);
      if (call.interface !== DEVICE || !tree.has(path)) return undefined;
      switch (call.member) {
        case 'Connect':
        case 'ConnectProfile':
          return link.connect();
        case 'Disconnect':
        case 'DisconnectProfile':
          return link.disconnect();
        case 'Pair':
          return pair(call);
        case 'CancelPairing':
          if (!pairing.busy) throw bluezError('DoesNotExist');
          pairing.cancel();
          return DONE;
        default:
          throw unknownMethod(call);
      }
    },
    loseLink: link.lose,
    leave: () => {
      device.present = false;
      link.lose();
    },
    comeBack: () => {
      device.present = true;
    },
    forgetBond: () => {
      device.peerHasBond = false;
    },
    invalidateRssi: () => {
      if (tree.get(path, DEVICE, 'RSSI') !== undefined) change({}, ['RSSI']);
    },
    clientGone: gatt.clientGone,
    restore: () => {
      if (bonded && !tree.has(path)) appear(undefined);
    },
    remove: () => {
      link.lose();
      bonded = false;
      drop();
    },
    vanish: () => {
      link.lose();
      cancelForgetting();
      gatt.forget();
    },
    measure: play.once,
    storm: play.storm,
  };
  return device;
}
