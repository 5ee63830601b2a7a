// The simulated bluetoothd on its private bus, and everything a test wants to do to it. `startBluez` is the door: it gives
// an address for DBUS_SYSTEM_BUS_ADDRESS, and from then on real clients and the caller's faults meet here.

import { type Body, type BodyOptions, createBody } from '../body/body.ts';
import type { ScenarioName } from '../body/scenario.ts';
import { seededRandom } from '../random.ts';
import { type Adapter, addressFrom, createAdapter, type HangMode } from './adapter.ts';
import { createAgentManager } from './agent.ts';
import { startBusDaemon } from './daemon.ts';
import { startPacing } from './delay.ts';
import type { Device } from './device.ts';
import { AGENT_MANAGER } from './introspection.ts';
import { matchRules } from './match-rules.ts';
import { PERIPHERALS, type PeripheralModel } from './model.ts';
import { createObjectTree, noSuchObject, unknownMethod } from './object-tree.ts';
import type { Peripheral } from './peripheral.ts';
import { type Trouble, troubleOf } from './trouble.ts';
import { createTruth, type Sample, type Truth } from './truth.ts';
import { createWearable } from './wearable.ts';
import { type Answer, type Call, openWire, type Wire } from './wire.ts';

export type DeviceWanted = {
  /** How the test calls it; its address, serial number and randomness follow from it and the seed. */
  readonly id: string;
  /** One of ours, or firmware of the test's own. */
  readonly model: PeripheralModel | Peripheral;
  /** Whose body it is on; devices with the same name share one. By default each has its own. See `people`. */
  readonly person?: string;
  readonly scenario?: ScenarioName;
  readonly trouble?: Partial<Trouble>;
  /** Bonded from before: the object is there before any discovery. */
  readonly bonded?: boolean;
  /** On which adapter it can be heard, or on which ones; the first by default. One at a time holds its link. */
  readonly adapter?: string | readonly string[];
  readonly address?: string;
  /** Simulated milliseconds between two measurements; the model's own rhythm by default. */
  readonly everyMs?: number;
  /** Records in its memory at the start; the model's own number by default. */
  readonly stored?: number;
  /** Takes bonds at any time, also where the model wants its button pressed first; false by default. */
  readonly bondable?: boolean;
  /** A child `sep1` that is no GATT service. */
  readonly endpoint?: boolean;
};

export type BluezOptions = {
  readonly seed: string | number;
  readonly devices: readonly DeviceWanted[];
  /** What happens to the people whom devices name; a name that is not here is well, or what its device says. */
  readonly people?: Readonly<Record<string, Omit<BodyOptions, 'random' | 'startAtMs'>>>;
  /** Names and connection slots; one `hci0` with 5 slots by default. */
  readonly adapters?: readonly { readonly name: string; readonly slots?: number }[];
  /** Simulated time at the start, ms since 1970; the real time by default. */
  readonly startAtMs?: number;
  /** Simulated seconds that pass in one; 1 by default. */
  readonly pace?: number;
  /** What BlueZ's and the radio's delays (`DELAYS`) are multiplied with; 1 by default, 0.01 makes tests fast. */
  readonly delayScale?: number;
  /** Battery as a GATT service (as before plugins claimed it) besides Battery1; false by default. */
  readonly exportsBattery?: boolean;
  /** Says `Connected: true` also at the very first connection; false by default, since it cannot be relied on. */
  readonly tellsFirstConnect?: boolean;
  /** Pairs by itself, as bluetoothd does, when a client touches something secured; false by default: it is refused. */
  readonly pairsOnDemand?: boolean;
  /** What the bus forbids its users, as elements of dbus-daemon's configuration; nothing by default. */
  readonly busPolicy?: string;
  /** How many samples `truth` keeps; 1,000,000 by default. */
  readonly truthMax?: number;
  readonly onSample?: (sample: Sample) => void;
  /** A device shows six digits; a person types them at the hub, or compares them. */
  readonly onPasskey?: (device: string, passkey: number) => void;
};

/** A device in a test's hands: its state, its troubles, the person who holds it. */
export type DeviceControl = Omit<
  Device,
  | 'seen'
  | 'matches'
  | 'answer'
  | 'giveUp'
  | 'recovered'
  | 'invalidateRssi'
  | 'clientGone'
  | 'restore'
  | 'remove'
  | 'vanish'
>;

export type AdapterControl = {
  readonly path: string;
  readonly powered: boolean;
  readonly discovering: boolean;
  /** By default it answers InProgress for ever, and a power cycle mends it. */
  hang(mode?: Partial<HangMode>): void;
  recover(): void;
  /** Somebody switched it off; by rfkill where it is `blocked`, and then nobody can switch it on. */
  switchOff(blocked?: boolean): void;
  /** Pulled out; `reappear` plugs it in again, with objects anew. */
  remove(): void;
  reappear(): void;
};

export type Bluez = {
  /** For `DBUS_SYSTEM_BUS_ADDRESS`. */
  readonly address: string;
  readonly truth: Truth;
  /** Simulated time, ms since 1970. */
  now(): number;
  /** Simulated time passes at once, for devices that lie in a drawer meanwhile: one that streams would say all of it. */
  pass(ms: number): void;
  /** A device as one adapter sees it: the one that is named, else the one that holds its link, else its first. */
  device(id: string, adapter?: string): DeviceControl;
  adapter(name?: string): AdapterControl;
  readonly bluetoothd: {
    /** Ends: links break and `org.bluez` has no owner. */
    stop(): Promise<void>;
    start(): Promise<void>;
    /** Ends and comes back under a new unique name: bonds are known, services are not. */
    restart(): Promise<void>;
    /** Hangs as a whole: no call is answered, nothing is said, the name stays. */
    freeze(): void;
    thaw(): void;
  };
  readonly dbusDaemon: {
    /** SIGKILL; bluetoothd ends with it. */
    kill(): Promise<void>;
    /** At the same address, with bluetoothd. */
    restart(): Promise<void>;
  };
  /** Calls of one client that waited for their answer at the same time, at most so far. */
  readonly inFlightMax: number;
  /** Match rules in force by client (unique name), as the daemon counts them; it allows 512 to each. */
  matchRules(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
};

export async function startBluez(options: BluezOptions): Promise<Bluez> {
  const random = seededRandom(options.seed);
  const startAtMs = options.startAtMs ?? Date.now();
  const daemon = await startBusDaemon(options.busPolicy);
  const pacing = startPacing(startAtMs, options.pace ?? 1, options.delayScale ?? 1);
  const truth = createTruth(options.truthMax ?? 1_000_000, options.onSample);
  let wire: Wire | undefined;
  let frozen = false;
  let inFlightBefore = 0;
  const wireOf = (): Wire | undefined => (frozen ? undefined : wire);
  const tree = createObjectTree((...signal) => wireOf()?.signal(...signal));
  const agents = createAgentManager(wireOf);
  const adapters = (options.adapters ?? [{ name: 'hci0' }]).map(({ name, slots = 5 }) =>
    createAdapter(
      { name, slots, address: addressFrom(random.fork(`adapter ${name}`), 'public') },
      {
        tree,
        pacing,
        truth,
        agents,
        exportsBattery: options.exportsBattery ?? false,
        tellsFirstConnect: options.tellsFirstConnect ?? false,
        pairsOnDemand: options.pairsOnDemand ?? false,
        wire: wireOf,
      },
    ),
  );
  const adapterOf = (name: string): Adapter => {
    const found = adapters.find((known) => known.name === name);
    if (found === undefined) throw new RangeError(`no adapter ${name}`);
    return found;
  };

  const bodies = new Map<string, Body>();
  const bodyOf = ({ id, person = id, scenario = 'well' }: DeviceWanted): Body => {
    const known = bodies.get(person);
    if (known !== undefined) return known;
    const course = options.people?.[person] ?? { scenario };
    const body = createBody({ random: random.fork(`person ${person}`), startAtMs, ...course });
    bodies.set(person, body);
    return body;
  };
  const devices = new Map<string, readonly Device[]>();
  for (const wanted of options.devices) {
    const peripheral: Peripheral =
      typeof wanted.model === 'string' ? PERIPHERALS[wanted.model] : wanted.model;
    const own = random.fork(`device ${wanted.id}`);
    const wearable = createWearable(
      {
        id: wanted.id,
        address: wanted.address ?? addressFrom(own.fork('address'), peripheral.addressType),
        peripheral,
        body: bodyOf(wanted),
        random: own,
        trouble: troubleOf(wanted.trouble),
        bonded: wanted.bonded ?? false,
        endpoint: wanted.endpoint ?? false,
        everyMs: wanted.everyMs,
        stored: wanted.stored,
        bondable: wanted.bondable ?? false,
        onPasskey: (passkey) => options.onPasskey?.(wanted.id, passkey),
      },
      pacing,
    );
    const near = [wanted.adapter ?? adapters[0]!.name].flat();
    devices.set(
      wanted.id,
      near.map((name) => adapterOf(name).addDevice(wearable)),
    );
  }

  const onCall = (call: Call): Answer | Promise<Answer> => {
    if (frozen) return new Promise(() => undefined);
    const standard = tree.answer(call);
    if (standard !== undefined) return standard.answer;
    if (call.path === '/org/bluez' && call.interface === AGENT_MANAGER) return agents.answer(call);
    for (const adapter of adapters) {
      if (call.path !== adapter.path && !call.path.startsWith(`${adapter.path}/`)) continue;
      const answer = adapter.answer(call);
      if (answer !== undefined) return answer;
    }
    throw tree.has(call.path) ? unknownMethod(call) : noSuchObject(call);
  };
  const onGone = (client: string): void => {
    agents.clientGone(client);
    for (const adapter of adapters) adapter.clientGone(client);
  };
  const start = async (): Promise<void> => {
    if (wire !== undefined) return;
    frozen = false;
    wire = await openWire(daemon.address, onCall, onGone);
    tree.add('/org/bluez', { [AGENT_MANAGER]: {} });
    for (const adapter of adapters) adapter.appear();
  };
  const stop = async (): Promise<void> => {
    const ending = wire;
    wire = undefined;
    if (ending === undefined) return;
    inFlightBefore = Math.max(inFlightBefore, ending.inFlightMax);
    for (const adapter of adapters) adapter.vanish();
    agents.forget();
    tree.clear();
    await ending.close();
  };
  await start();

  return {
    address: daemon.address,
    truth,
    now: pacing.now,
    pass: pacing.pass,
    device: (id, adapter) => {
      const views = devices.get(id) ?? [];
      const device =
        adapter === undefined
          ? (views.find(({ state }) => state !== 'idle') ?? views[0])
          : views.find(({ path }) => path.startsWith(`${adapterOf(adapter).path}/`));
      if (device === undefined) throw new RangeError(`no device ${id}`);
      return device;
    },
    adapter: (name = adapters[0]!.name) => controlAdapter(adapterOf(name)),
    bluetoothd: {
      stop,
      start,
      restart: async () => {
        await stop();
        await start();
      },
      freeze: () => {
        frozen = true;
      },
      thaw: () => {
        frozen = false;
      },
    },
    dbusDaemon: {
      kill: async () => {
        await daemon.kill();
        await stop();
      },
      restart: async () => {
        await stop();
        await daemon.restart();
        await start();
      },
    },
    get inFlightMax() {
      return Math.max(inFlightBefore, wire?.inFlightMax ?? 0);
    },
    matchRules: () => matchRules(daemon.address),
    stop: async () => {
      pacing.stop();
      await stop();
      await daemon.stop();
    },
  };
}

function controlAdapter(adapter: Adapter): AdapterControl {
  return {
    path: adapter.path,
    get powered() {
      return adapter.powered;
    },
    get discovering() {
      return adapter.discovering;
    },
    hang: (mode = {}) => adapter.hang({ answers: 'in-progress', cure: 'power-cycle', ...mode }),
    recover: () => adapter.hang(undefined),
    switchOff: (blocked = false) => adapter.switchedOff(blocked),
    remove: () => adapter.removed(),
    reappear: () => adapter.appear(),
  };
}
