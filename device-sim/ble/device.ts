// One wearable as bluetoothd sees it: Device1, its link, its bond. The story of a connection is `connect`: the link, the
// reply, the services one by one, and only then `ServicesResolved`. Its end is always the same single signal.

import type { Body } from '../body/body.ts';
import type { Random } from '../random.ts';
import type { AgentManager } from './agent.ts';
import type { Pacing } from './delay.ts';
import { bluezError } from './error.ts';
import { BATTERY_SERVICE, createGattObjects, type GattObjects } from './gatt-objects.ts';
import { BATTERY, DEVICE, ENDPOINT } from './introspection.ts';
import { type ObjectTree, type Properties, typed, unknownMethod } from './object-tree.ts';
import { type PersonAtDevice, pairWith } from './pairing.ts';
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
  readonly state: 'idle' | 'connecting' | 'connected' | 'disconnecting';
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
  const passkeys = random.fork('passkey');
  const person: PersonAtDevice = { passkey: undefined, accepts: true, shows: undefined };
  let state: Device['state'] = 'idle';
  let resolved = false;
  let bonded = setup.bonded;
  let trusted = false;
  /** Rises with every link that ends: what waited for an old one is dropped. */
  let epoch = 0;
  let pairing: { readonly cancel: () => void } | undefined;
  let giveUp: (() => void) | undefined;
  let cancelForgetting: () => void = () => undefined;
  let linkTimers: (() => void)[] = [];
  let afterEnd: (() => void)[] = [];

  const linkUp = (): boolean => state === 'connected';
  const change = (changed: Properties, invalidated?: readonly string[]): void =>
    tree.change(path, DEVICE, changed, invalidated);
  const onLink = (cancel: () => void): void => {
    linkTimers.push(cancel);
  };
  const exchange = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const began = epoch;
      if (adapter.hung()) return;
      pacing.delay('attMs', () =>
        began === epoch ? resolve() : reject(bluezError('Failed', 'Not connected')),
      );
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
    after: (ms, then) => {
      const began = epoch;
      onLink(pacing.after(ms, () => began === epoch && linkUp() && then()));
    },
    hangUp: () => loseLink(),
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
    exchange,
    subscribed: (characteristic) => resolved && firmware.subscribed?.(characteristic),
  });
  const play = playFirmware(firmware, gatt, trouble, pacing, setup.body.startAtMs, linkUp);

  const audible = (): boolean =>
    device.present &&
    (firmware.awake?.() !== false || (peripheral.bondWindowMs !== undefined && device.bondable && !bonded));

  const forgetLater = (): void => {
    cancelForgetting();
    cancelForgetting = () => undefined;
    if (bonded || state !== 'idle') return;
    cancelForgetting = pacing.delay('temporaryMs', () => {
      if (!bonded && state === 'idle') drop();
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

  // The end of a link, whoever ended it: ONE signal; services, values and subscriptions stay.
  const linkEnded = (): void => {
    const was = state;
    epoch++;
    state = 'idle';
    resolved = false;
    for (const cancel of linkTimers) cancel();
    linkTimers = [];
    giveUp?.();
    giveUp = undefined;
    pairing?.cancel();
    if (was === 'connected' || was === 'disconnecting') {
      play.stop();
      const waiting = afterEnd;
      afterEnd = [];
      for (const reply of waiting) reply();
      change({ ServicesResolved: typed('b', false), Connected: typed('b', false) });
    }
    forgetLater();
  };
  const loseLink = (): void => {
    if (state !== 'idle') linkEnded();
  };

  const finishServices = (): void => {
    resolved = true;
    const battery = firmware.services.find(({ uuid }) => uuid.toUpperCase() === BATTERY_SERVICE);
    const level = battery?.characteristics[0]?.read?.()[0];
    // bluetoothd takes no level over 100.
    if (level !== undefined && level <= 100) {
      const properties = { Percentage: typed('y', level), Source: typed('s', 'GATT Battery Service') };
      if (tree.get(path, BATTERY, 'Percentage') === undefined) tree.add(path, { [BATTERY]: properties });
      else tree.change(path, BATTERY, { Percentage: properties.Percentage });
    }
    const uuids = [...new Set([...peripheral.advertised.map(longUuid), ...gatt.uuids])];
    if (String(tree.get(path, DEVICE, 'UUIDs')) !== String(uuids)) change({ UUIDs: typed('as', uuids) });
    change({ ServicesResolved: typed('b', true) });
    play.start();
    for (const characteristic of gatt.listening()) firmware.subscribed?.(characteristic);
  };

  const discover = (): void => {
    const steps = gatt.missing();
    if (steps.length === 0) {
      onLink(pacing.delay('resolveMs', finishServices));
      return;
    }
    const next = (i: number): void => {
      if (i === 1 && trouble.losesLinkInDiscovery > 0) {
        trouble.losesLinkInDiscovery--;
        loseLink();
        return;
      }
      steps[i]?.();
      const last = i + 1 >= steps.length && !(steps.length === 1 && trouble.losesLinkInDiscovery > 0);
      onLink(pacing.delay('discoverMs', last ? finishServices : () => next(i + 1), 1 / (steps.length + 1)));
    };
    onLink(pacing.delay('discoverMs', () => next(0), 1 / (steps.length + 1)));
  };

  const connect = async (): Promise<Answer> => {
    if (!adapter.powered()) throw bluezError('NotReady');
    if (state === 'connected') return DONE;
    if (state !== 'idle') throw bluezError('InProgress');
    cancelForgetting();
    state = 'connecting';
    await new Promise<void>((resolve, reject) => {
      const refuse = (): void => {
        giveUp = undefined;
        if (state === 'connecting') state = 'idle';
        forgetLater();
        reject(bluezError('Failed', 'le-connection-abort-by-local'));
      };
      giveUp = () => reject(bluezError('Failed', 'le-connection-abort-by-local'));
      if (adapter.full()) onLink(pacing.delay('connectMs', refuse));
      else if (audible()) onLink(pacing.delay('connectMs', resolve));
      else onLink(pacing.delay('absentMs', refuse));
    });
    giveUp = undefined;
    linkTimers = [];
    state = 'connected';
    const first = gatt.missing().length > 0;
    if (!first || adapter.tellsFirstConnect) change({ Connected: typed('b', true) });
    else tree.keep(path, DEVICE, 'Connected', typed('b', true));
    if (bonded && !device.peerHasBond) {
      // The peer has no key any more: encryption fails, the link ends, and Paired stays true.
      loseLink();
      throw bluezError('AuthenticationFailed');
    }
    discover();
    return DONE;
  };

  const disconnect = (): Promise<Answer> => {
    if (state === 'connecting') {
      linkEnded();
      return Promise.resolve(DONE);
    }
    if (state === 'idle') throw bluezError('NotConnected');
    if (state === 'connected') {
      // The device falls silent when it is told; the word about it comes when the link is really down.
      state = 'disconnecting';
      play.stop();
      onLink(pacing.delay('disconnectMs', loseLink));
    }
    return new Promise((resolve) => {
      afterEnd.push(() => resolve(DONE));
    });
  };

  const pair = async (call: Call): Promise<Answer> => {
    if (!adapter.powered()) throw bluezError('NotReady');
    if (bonded) throw bluezError('AlreadyExists');
    if (pairing !== undefined) throw bluezError('InProgress');
    if (state === 'idle') await connect();
    const agent = adapter.agents.agentFor(call.sender);
    let stopAsking: (error: Error) => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stopAsking = reject;
    });
    stopped.catch(() => undefined);
    const own = {
      cancel: () => {
        agent?.cancel();
        stopAsking(bluezError('AuthenticationCanceled'));
      },
    };
    pairing = own;
    const waitForAgent = async <T>(question: Promise<T>): Promise<T> => {
      question.catch(() => undefined);
      const late = pacing.delay('agentMs', () => {
        agent?.cancel();
        stopAsking(bluezError('AuthenticationTimeout'));
      });
      try {
        return await Promise.race([question, stopped]);
      } finally {
        late();
      }
    };
    try {
      await Promise.race([new Promise<void>((resolve) => onLink(pacing.delay('pairMs', resolve))), stopped]);
      if (!device.bondable) throw bluezError('AuthenticationFailed');
      await pairWith(peripheral.pairing, path, agent, person, passkeys, waitForAgent, setup.onPasskey);
    } finally {
      if (pairing === own) pairing = undefined;
    }
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
      return state;
    },
    get bonded() {
      return bonded;
    },
    get resolved() {
      return resolved;
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
      if (!audible() || state !== 'idle') return;
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
          return connect();
        case 'Disconnect':
        case 'DisconnectProfile':
          return disconnect();
        case 'Pair':
          return pair(call);
        case 'CancelPairing':
          if (pairing === undefined) throw bluezError('DoesNotExist');
          pairing.cancel();
          return DONE;
        default:
          throw unknownMethod(call);
      }
    },
    loseLink,
    leave: () => {
      device.present = false;
      loseLink();
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
      loseLink();
      bonded = false;
      drop();
    },
    vanish: () => {
      loseLink();
      cancelForgetting();
      gatt.forget();
    },
    measure: play.once,
    storm: play.storm,
  };
  return device;
}
