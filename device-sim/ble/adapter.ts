// Adapter1: power, discovery and the connection slots of one controller. Discovery is a session of each client that
// asked for it, as BlueZ keeps them: it lasts until the last of them has stopped or left the bus.

import type { Random } from '../random.ts';
import type { AgentManager } from './agent.ts';
import type { Pacing } from './delay.ts';
import { type AdapterSide, createDevice, type Device } from './device.ts';
import { bluezError } from './error.ts';
import { ADAPTER } from './introspection.ts';
import { type ObjectTree, type Properties, typed, unknownMethod } from './object-tree.ts';
import { longUuid } from './peripheral.ts';
import type { TruthKeeper } from './truth.ts';
import type { Wearable } from './wearable.ts';
import { type Answer, type Call, DONE, type Wire } from './wire.ts';

export type HangMode = {
  /** `in-progress`: every call is refused with InProgress, for ever. `nothing`: calls are never answered. */
  readonly answers: 'in-progress' | 'nothing';
  /** What mends it: switching it off and on, or nothing but another adapter. */
  readonly cure: 'power-cycle' | 'none';
};

export type AdapterSetup = {
  readonly name: string;
  readonly address: string;
  /** Connections at once: 5 to 7 on a Pi's adapter. */
  readonly slots: number;
};

/** What the daemon lends its adapters. */
export type DaemonSide = {
  readonly tree: ObjectTree;
  readonly pacing: Pacing;
  readonly truth: TruthKeeper;
  readonly agents: AgentManager;
  readonly exportsBattery: boolean;
  readonly tellsFirstConnect: boolean;
  readonly pairsOnDemand: boolean;
  wire(): Wire | undefined;
};

export type Adapter = {
  readonly name: string;
  readonly path: string;
  readonly devices: readonly Device[];
  readonly powered: boolean;
  readonly discovering: boolean;
  /** The wearable can be heard here. */
  addDevice(wearable: Wearable): Device;
  /** Shows it, with the devices that are bonded. */
  appear(): void;
  /** Switched off by somebody else, by rfkill where it is `blocked`: then nobody can switch it on. */
  switchedOff(blocked: boolean): void;
  /** Pulled out. */
  removed(): void;
  hang(mode: HangMode | undefined): void;
  /** Answers calls to this adapter and all below it; undefined where there is no such object. */
  answer(call: Call): Answer | Promise<Answer> | undefined;
  clientGone(client: string): void;
  /** The daemon ended. */
  vanish(): void;
};

type Filter = { readonly uuids: ReadonlySet<string> | undefined };

export function createAdapter(setup: AdapterSetup, daemon: DaemonSide): Adapter {
  const { tree, pacing } = daemon;
  const path = `/org/bluez/${setup.name}`;
  const devices: Device[] = [];
  const sessions = new Map<string, Filter>();
  const filters = new Map<string, Filter>();
  let powered = true;
  let blocked = false;
  let hung: HangMode | undefined;
  let stopAdvertising: () => void = () => undefined;

  const change = (changed: Properties): void => tree.change(path, ADAPTER, changed);
  const connections = (): number => devices.filter(({ state }) => state !== 'idle').length;
  const side: AdapterSide = {
    path,
    tree,
    pacing,
    truth: daemon.truth,
    agents: daemon.agents,
    exportsBattery: daemon.exportsBattery,
    tellsFirstConnect: daemon.tellsFirstConnect,
    pairsOnDemand: daemon.pairsOnDemand,
    wire: daemon.wire,
    powered: () => powered,
    hung: () => hung !== undefined,
    full: () => connections() > setup.slots,
  };

  const matches = (device: Device): boolean =>
    [...sessions.values()].some(({ uuids }) => uuids === undefined || device.matches(uuids));
  // Every device in reach advertises in turn, not all in the same instant.
  const advertise = (): void => {
    let next = 0;
    const turn = (): void => {
      const device = devices[next++ % Math.max(1, devices.length)];
      if (hung === undefined && device !== undefined) device.seen(matches(device));
      stopAdvertising = pacing.delay('advertiseMs', turn, 1 / Math.max(1, devices.length));
    };
    stopAdvertising = pacing.delay('advertiseMs', turn, 0.2);
  };
  const endDiscovery = (): void => {
    stopAdvertising();
    change({ Discovering: typed('b', false) });
    for (const device of devices) device.invalidateRssi();
  };
  const leaveSession = (client: string): boolean => {
    if (!sessions.delete(client)) return false;
    if (sessions.size === 0) endDiscovery();
    return true;
  };

  const startDiscovery = (client: string): Answer => {
    if (!powered) throw bluezError('NotReady');
    if (sessions.has(client)) throw bluezError('InProgress');
    const first = sessions.size === 0;
    sessions.set(client, filters.get(client) ?? { uuids: undefined });
    if (first) {
      change({ Discovering: typed('b', true) });
      advertise();
    }
    return DONE;
  };

  const setFilter = (client: string, wanted: unknown): Answer => {
    const options = wanted as Readonly<Record<string, { readonly value: unknown } | undefined>>;
    for (const name of Object.keys(options)) {
      if (!KNOWN_FILTERS.includes(name)) throw bluezError('InvalidArguments');
    }
    const uuids = options['UUIDs']?.value;
    const filter: Filter = {
      uuids:
        Array.isArray(uuids) && uuids.length > 0
          ? new Set(uuids.map((uuid) => longUuid(String(uuid))))
          : undefined,
    };
    if (Object.keys(options).length === 0) filters.delete(client);
    else filters.set(client, filter);
    if (sessions.has(client)) sessions.set(client, filter);
    return DONE;
  };

  const recover = (): void => {
    hung = undefined;
    for (const device of devices) device.recovered();
  };
  const off = (): void => {
    powered = false;
    sessions.clear();
    stopAdvertising();
    for (const device of devices) device.loseLink();
    if (tree.get(path, ADAPTER, 'Discovering') === true) endDiscovery();
  };
  const setPower = async (wanted: unknown): Promise<void> => {
    if (hung !== undefined && hung.cure === 'none') return hangs(hung);
    if (wanted === powered) return;
    if (wanted === true && blocked) throw bluezError('Failed', 'Blocked through rfkill');
    await new Promise<void>((resolve) => pacing.delay('powerMs', resolve));
    if (wanted === true) {
      powered = true;
      recover();
    } else off();
    change({ Powered: typed('b', powered), PowerState: typed('s', powered ? 'on' : 'off') });
  };

  const own = (call: Call): Answer => {
    switch (call.member) {
      case 'StartDiscovery':
        return startDiscovery(call.sender);
      case 'StopDiscovery':
        if (!leaveSession(call.sender)) throw bluezError('Failed', 'No discovery started');
        return DONE;
      case 'SetDiscoveryFilter':
        return setFilter(call.sender, call.body[0]);
      case 'GetDiscoveryFilters':
        return { signature: 'as', body: [KNOWN_FILTERS] };
      case 'RemoveDevice': {
        const device = devices.find((known) => known.path === call.body[0] && tree.has(known.path));
        if (device === undefined) throw bluezError('DoesNotExist');
        device.remove();
        return DONE;
      }
      default:
        throw unknownMethod(call);
    }
  };

  const forgetLinks = (): void => {
    sessions.clear();
    filters.clear();
    stopAdvertising();
    for (const device of devices) device.vanish();
  };

  return {
    name: setup.name,
    path,
    devices,
    get powered() {
      return powered;
    },
    get discovering() {
      return sessions.size > 0;
    },
    addDevice: (wearable) => {
      const device = createDevice(wearable, side);
      devices.push(device);
      if (tree.has(path)) device.restore();
      return device;
    },
    appear: () => {
      powered = true;
      blocked = false;
      hung = undefined;
      tree.add(
        path,
        {
          [ADAPTER]: {
            Address: typed('s', setup.address),
            AddressType: typed('s', 'public'),
            Name: typed('s', setup.name),
            Alias: typed('s', setup.name),
            Class: typed('u', 0),
            Powered: typed('b', true),
            PowerState: typed('s', 'on'),
            Discoverable: typed('b', false),
            DiscoverableTimeout: typed('u', 180),
            Pairable: typed('b', true),
            PairableTimeout: typed('u', 0),
            Discovering: typed('b', false),
            UUIDs: typed('as', ['1800', '1801', '180A'].map(longUuid)),
            Modalias: typed('s', 'usb:v1D6Bp0246d0542'),
            Roles: typed('as', ['central', 'peripheral']),
          },
        },
        {
          Powered: setPower,
          Alias: (value) => change({ Alias: typed('s', value) }),
          Pairable: (value) => change({ Pairable: typed('b', value) }),
          Discoverable: (value) => change({ Discoverable: typed('b', value) }),
        },
      );
      for (const device of devices) device.restore();
    },
    switchedOff: (byRfkill) => {
      off();
      blocked = byRfkill;
      change({ Powered: typed('b', false), PowerState: typed('s', blocked ? 'off-blocked' : 'off') });
    },
    removed: () => {
      forgetLinks();
      tree.remove(path);
    },
    hang: (mode) => {
      const was = hung;
      hung = mode;
      if (mode === undefined) recover();
      else if (was === undefined) {
        pacing.delay('supervisionMs', () => {
          if (hung === mode) for (const device of devices) device.giveUp();
        });
      }
    },
    answer: (call) => {
      if (!tree.has(path)) return undefined;
      if (hung !== undefined) return tree.has(call.path) ? hangs(hung) : undefined;
      if (call.path === path) return call.interface === ADAPTER ? own(call) : undefined;
      for (const device of devices) {
        if (!call.path.startsWith(device.path)) continue;
        const answer = device.answer(call);
        if (answer !== undefined) return answer;
      }
      return undefined;
    },
    clientGone: (client) => {
      filters.delete(client);
      leaveSession(client);
      for (const device of devices) device.clientGone(client);
    },
    vanish: forgetLinks,
  };
}

const KNOWN_FILTERS = ['UUIDs', 'RSSI', 'Pathloss', 'Transport', 'DuplicateData', 'Discoverable', 'Pattern'];

function hangs(mode: HangMode): Promise<never> {
  if (mode.answers === 'in-progress') throw bluezError('InProgress');
  return new Promise(() => undefined);
}

/** An address that looks like one: unicast, `random` ones with the two top bits set (static random). */
export function addressFrom(random: Random, type: 'public' | 'random'): string {
  const octets = Array.from({ length: 6 }, () => random.below(256));
  octets[0] = type === 'random' ? octets[0]! | 0xc0 : octets[0]! & 0x3c;
  return octets.map((octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join(':');
}
