// One wearable as bluetoothd sees it: Device1. It appears when it advertises, is forgotten when it is idle and unbonded,
// and puts together what the rest is made of: link, pairing, services, and the firmware that plays behind them.

import type { AgentManager } from './agent.ts';
import type { Pacing } from './delay.ts';
import { bluezError } from './error.ts';
import { createGattObjects, type GattObjects } from './gatt-objects.ts';
import { DEVICE, ENDPOINT } from './introspection.ts';
import { createLink, type LinkState } from './link.ts';
import { type ObjectTree, type Properties, typed, unknownMethod } from './object-tree.ts';
import { createPairingDesk, type PersonAtDevice } from './pairing.ts';
import { longUuid } from './peripheral.ts';
import { playFirmware } from './play.ts';
import type { Trouble } from './trouble.ts';
import type { TruthKeeper } from './truth.ts';
import type { Holder, Wearable } from './wearable.ts';
import { type Answer, type Call, DONE, type Wire } from './wire.ts';

/** What the adapter lends its devices. */
export type AdapterSide = {
  readonly path: string;
  readonly tree: ObjectTree;
  readonly pacing: Pacing;
  readonly truth: TruthKeeper;
  readonly agents: AgentManager;
  readonly exportsBattery: boolean;
  readonly tellsFirstConnect: boolean;
  readonly pairsOnDemand: boolean;
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
  /** Within reach and switched on: see `leave`. */
  readonly present: boolean;
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
  /** The controller hangs for so long that the device has given up the link; bluetoothd does not know. */
  giveUp(): void;
  /** The controller is well again: what it lost is told now. */
  recovered(): void;
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

/** The view that `adapter` has of a wearable. */
export function createDevice(wearable: Wearable, adapter: AdapterSide): Device {
  const { setup, firmware, person } = wearable;
  const { id, peripheral, trouble, random } = setup;
  const { tree, pacing } = adapter;
  const path = `${adapter.path}/dev_${setup.address.replaceAll(':', '_')}`;
  const signalNoise = random.fork('rssi');
  let bonded = setup.bonded;
  if (bonded) wearable.bonds.add(path);
  let trusted = false;
  let cancelForgetting: () => void = () => undefined;

  const change = (changed: Properties, invalidated?: readonly string[]): void =>
    tree.change(path, DEVICE, changed, invalidated);
  const link = createLink({
    path,
    adapter,
    peripheral,
    trouble,
    onIt: () => ({ gatt, firmware, play }),
    audible: wearable.audible,
    encrypts: () => !bonded || wearable.bonds.has(path),
    connecting: () => {
      cancelForgetting();
      // Whoever tries an attempt that fails holds nothing: then another one may.
      if (wearable.audible()) wearable.holder = holder;
    },
    idle: () => {
      if (wearable.holder === holder) wearable.holder = undefined;
      forgetLater();
    },
    ended: () => pairing.cancel(),
  });
  const linkUp = (): boolean => link.state === 'connected';
  const pairing = createPairingDesk({
    path,
    kind: peripheral.pairing,
    pacing,
    person,
    random: random.fork('passkey'),
    bondable: () => wearable.bondable,
    onPasskey: setup.onPasskey,
  });
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
    pairOnDemand: adapter.pairsOnDemand ? (client) => pairOnDemand(client) : undefined,
    subscribed: (characteristic) => link.resolved && firmware.subscribed?.(characteristic),
  });
  const holder: Holder = { link, gatt };
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

  const pair = async (client: string): Promise<Answer> => {
    if (!adapter.powered()) throw bluezError('NotReady');
    if (bonded) throw bluezError('AlreadyExists');
    if (pairing.busy) throw bluezError('InProgress');
    if (link.state === 'idle') await link.connect();
    await pairing.pair(adapter.agents.agentFor(client), link.pairingTime());
    bonded = true;
    wearable.bonds.add(path);
    change({ Bonded: typed('b', true), Paired: typed('b', true) });
    return DONE;
  };
  // Whoever touches a second secured value meanwhile waits for the same pairing.
  let demanded: Promise<unknown> | undefined;
  const pairOnDemand = async (client: string): Promise<void> => {
    demanded ??= pair(client).finally(() => {
      demanded = undefined;
    });
    await demanded;
  };

  const device: Device = {
    id,
    address: setup.address,
    serial: wearable.serial,
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
    get present() {
      return wearable.present;
    },
    get bondable() {
      return wearable.bondable;
    },
    set bondable(takes) {
      wearable.bondable = takes;
    },
    pressButton: wearable.pressButton,
    seen: (matches) => {
      if (!wearable.audible() || link.state !== 'idle') return;
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
          if (trouble.connectBusy) throw bluezError('InProgress');
          return link.connect();
        case 'Disconnect':
        case 'DisconnectProfile':
          return link.disconnect();
        case 'Pair':
          return pair(call.sender);
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
      wearable.present = false;
      wearable.holder?.link.lose();
    },
    comeBack: () => {
      wearable.present = true;
    },
    forgetBond: () => {
      wearable.bonds.clear();
    },
    giveUp: () => {
      if (link.state !== 'connected') return;
      play.stop();
      wearable.holder = undefined;
    },
    recovered: () => {
      if (wearable.holder !== holder) link.lose();
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
      wearable.bonds.delete(path);
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
