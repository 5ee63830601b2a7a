// The second half of `npm run soak -- ble`: devices that have records in their memories, links that are lost anywhere in
// their upload, and a hub that is killed in the middle of it all, again and again. At the end each record that a device
// ever made is stored once, at its time (one meter's clock is 16 minutes slow until it is set); and of what streamed each
// value that the hub had said was on disk, once and in order. What a stream said while no hub ran, or in the moment
// before a kill, is the only thing that may be missing.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@heartwood/device-sim';
import {
  type Bluez,
  hasBusDaemon,
  type Peripheral,
  type Sample,
  startBluez,
} from '@heartwood/device-sim/ble';
import { encodeHeartRate } from '@heartwood/vitals/gatt';
import { HubHome } from '../ble/hub-home.ts';
import { type Kept, keptIn } from '../ble/kept.ts';

export type CutUploads = { readonly losses: number; readonly seed: string; say(line: string): void };

export type CutUploadsReport = {
  readonly losses: number;
  /** Of them, in the middle of an upload: after a record, or an answer of the control point. */
  readonly inUploads: number;
  readonly inSetUp: number;
  readonly kills: number;
  readonly records: number;
  readonly recordsStored: number;
  readonly recordsMissing: number;
  readonly recordsDoubled: number;
  /** By more than `SLACK_MS`. */
  readonly recordsAtWrongTime: number;
  readonly live: number;
  readonly liveStored: number;
  readonly liveDoubledOrOutOfOrder: number;
  /** On disk by the hub's word, and not there. */
  readonly toldButMissing: number;
  /** Gaps that no kill explains. */
  readonly gapsWithoutAKill: number;
  /** Values that reached the bus and died with a hub, by all kills together. */
  readonly diedWithAHub: number;
  readonly seconds: number;
};

const METERS = [...Array.from({ length: 7 }, (_, n) => `meter-${n}`), 'meter-slow'];
const SENSORS = ['sensor-1', 'sensor-2'];
const STRAPS = ['strap-1', 'strap-2'];
const GLUCOSE = '00002a18';
const OBSERVATION = '00002bdd';
const CONTROL_POINT = '00002a52';
const HEART_RATE = '00002a37';
/** A meter makes a record so often, and has so many from before. */
const RECORD_EVERY_MS = 1_000;
const STORED = 600;
const OBSERVATIONS = 400;
const SLOTS = METERS.length + SENSORS.length + STRAPS.length;
/** A link is lost after a value of an upload with this likelihood; a set-up is cut after one loss in so many. */
const CUT_SHARE = 0.1;
const SET_UP_EVERY = 6;
const LOSSES_PER_LIFE = 40;
/** A clock's seconds, twice, and what a busy machine takes to set one. */
const SLACK_MS = 5_000;
const HUB = fileURLToPath(new URL('ble-hub.ts', import.meta.url));

/** A strap whose values are counted: 16 bits in the field for energy, the rest in an interval. */
const countingStrap: Peripheral = {
  name: 'Count',
  advertised: ['180D'],
  appearance: 0,
  pairing: 'none',
  addressType: 'public',
  firmware: (host) => {
    const measurement = { uuid: '2A37', flags: ['notify' as const] };
    let n = 0;
    return {
      services: [{ uuid: '180D', characteristics: [measurement] }],
      pulse: {
        everyMs: 20,
        at: () => {
          const intervals1024 = [512 + (n >>> 16)];
          const value = {
            beatsPerMinute: 72,
            contact: 'detected',
            energyKj: n & 0xffff,
            intervals1024,
          } as const;
          if (host.say(measurement, encodeHeartRate(value))) n += 1;
        },
      },
    };
  },
};

const numberOfStrap = (octets: Uint8Array): number =>
  (octets[2] ?? 0) + (octets[3] ?? 0) * 256 + ((octets[4] ?? 0) + (octets[5] ?? 0) * 256 - 512) * 65_536;

/** Cuts uploads and kills hubs. Throws where dbus-daemon is not installed. */
export async function cutUploads({ losses, seed, say }: CutUploads): Promise<CutUploadsReport> {
  if (!hasBusDaemon()) throw new Error('dbus-daemon is not installed (Debian: dbus)');
  const beganMs = performance.now();
  const random = seededRandom(seed);
  const counts = { losses: 0, inUploads: 0, inSetUp: 0, kills: 0 };
  let cutting = true;
  const lose = (id: string, inUpload: boolean): void => {
    if (!cutting || counts.losses >= losses || bluez.device(id).state !== 'connected') return;
    bluez.device(id).loseLink();
    counts.losses += 1;
    if (inUpload) counts.inUploads += 1;
    if (counts.losses % SET_UP_EVERY === 0) {
      bluez.device(id).trouble.losesLinkInDiscovery = 1;
      counts.inSetUp += 1;
    }
  };
  /** By strap, the last number that was on the bus. */
  const said = new Map<string, number>();
  const startAtMs = Date.now();
  const bluez: Bluez = await startBluez({
    seed,
    startAtMs,
    devices: [
      ...METERS.map((id) => ({
        id,
        model: 'glucose-meter' as const,
        everyMs: RECORD_EVERY_MS,
        stored: STORED,
        trouble: {
          repeatsLastRecord: true,
          clock: id === 'meter-slow' ? ('slow' as const) : ('right' as const),
        },
      })),
      ...SENSORS.map((id) => ({ id, model: 'health-sensor' as const, stored: OBSERVATIONS })),
      ...STRAPS.map((id) => ({ id, model: countingStrap })),
    ].map((one) => ({ ...one, bonded: true, bondable: true })),
    adapters: [{ name: 'hci0', slots: SLOTS }],
    delayScale: 0.002,
    truthMax: 0,
    onSample: ({ device, uuid, value, by }: Sample) => {
      if (by !== 'device') return;
      if (uuid.startsWith(HEART_RATE)) said.set(device, numberOfStrap(value));
      const ofUpload = [GLUCOSE, OBSERVATION, CONTROL_POINT].some((one) => uuid.startsWith(one));
      if (ofUpload && random.next() < CUT_SHARE) setImmediate(() => lose(device, true));
    },
  });
  const ids = [...METERS, ...SENSORS, ...STRAPS];
  const home = await HubHome.open(ids.map((id) => ({ id, address: bluez.device(id).address })));
  await home.stop();

  /** What a hub said was on disk, of all lives: names of values by device. */
  const told = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
  const up = new Set<string>();
  let hub = launch(home.folder, bluez.address, (words) => {
    const [word = '', device = '', characteristic = '', octets = ''] = words;
    if (word === 'up') up.add(device);
    else if (word === 'lost' || word === 'released') up.delete(device);
    else if (octets !== '') told.get(device)?.add(`${characteristic} ${octets}`);
  });
  /** By strap, what was the last on the bus when a hub was killed. */
  const atKills = new Map<string, number[]>(STRAPS.map((id) => [id, []]));
  try {
    let nextKill = LOSSES_PER_LIFE;
    let nextLine = 0;
    while (counts.losses < losses) {
      for (const id of STRAPS) if (up.has(id) && random.next() < 0.3) lose(id, false);
      await wait(20);
      if (counts.losses >= nextLine) {
        const records = [...METERS, ...SENSORS].reduce((sum, id) => sum + (told.get(id)?.size ?? 0), 0);
        say(
          `${counts.losses} links lost, ${counts.inUploads} of them in an upload; ${counts.kills} kills; ${records} records stored`,
        );
        nextLine += Math.max(1, Math.floor(losses / 10));
      }
      if (counts.losses < nextKill) continue;
      // At any moment: also while the hub starts.
      nextKill += Math.max(1, Math.round(LOSSES_PER_LIFE * (0.5 + random.next())));
      await wait(random.next() * 50);
      await hub.kill();
      counts.kills += 1;
      up.clear();
      for (const id of STRAPS) atKills.get(id)?.push(said.get(id) ?? -1);
      hub = hub.again();
    }
    cutting = false;
    // Everything that was made until now is to come.
    const due = STORED + Math.floor((Date.now() - startAtMs) / RECORD_EVERY_MS) - 3;
    // What was stored in the moment of a kill, no hub has said: a sensor that makes none meanwhile lacks those few.
    const complete = (): boolean =>
      METERS.every((id) => (told.get(id)?.size ?? 0) >= due) &&
      SENSORS.every((id) => observationsOf([...(told.get(id) ?? [])]) >= OBSERVATIONS - counts.kills);
    const endMs = performance.now() + 240_000;
    while (!complete() && performance.now() < endMs) await wait(100);
    for (const id of STRAPS) bluez.device(id).trouble.silent = true;
    // Those that are still on their way.
    await wait(5_000);
    const status = await hub.stop();
    if (status !== 0) throw new Error(`the last hub stopped with ${status}`);
    const checked = check(keptIn(home.folder), { told, atKills, said, due, startAtMs });
    return { ...counts, ...checked, seconds: Math.round((performance.now() - beganMs) / 1000) };
  } finally {
    await hub.kill();
    await bluez.stop();
    home.remove();
  }
}

const observationsOf = (told: readonly string[]): number =>
  told.filter((one) => one.startsWith(`${0x2bdd} `)).length;

type Books = {
  readonly told: ReadonlyMap<string, ReadonlySet<string>>;
  readonly atKills: ReadonlyMap<string, readonly number[]>;
  readonly said: ReadonlyMap<string, number>;
  readonly due: number;
  readonly startAtMs: number;
};

type Checked = Omit<CutUploadsReport, 'losses' | 'inUploads' | 'inSetUp' | 'kills' | 'seconds'>;

/** The disk against the devices' memories and what was said. */
function check(kept: readonly Kept[], { told, atKills, said, due, startAtMs }: Books): Checked {
  const found = { recordsStored: 0, recordsMissing: 0, recordsDoubled: 0, recordsAtWrongTime: 0 };
  const times = new Map<string, number>();
  const onDisk = new Map<string, Set<string>>();
  const streams = new Map<string, number[]>(STRAPS.map((id) => [id, []]));
  for (const { device, characteristic, octets, at } of kept) {
    const names = onDisk.get(device) ?? new Set();
    onDisk.set(device, names.add(`${characteristic} ${Buffer.from(octets).toString('hex')}`));
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    if (characteristic === 0x2a37) streams.get(device)?.push(numberOfStrap(octets));
    if (characteristic !== 0x2a18 && characteristic !== 0x2bdd) continue;
    const number = characteristic === 0x2a18 ? view.getUint16(1, true) : view.getUint32(0, true);
    times.set(`${device} ${number}`, (times.get(`${device} ${number}`) ?? 0) + 1);
    found.recordsStored += 1;
    if (characteristic !== 0x2a18) continue;
    const madeMs = startAtMs + (number - STORED) * RECORD_EVERY_MS;
    if (at === undefined || Math.abs(at - madeMs) > SLACK_MS) found.recordsAtWrongTime += 1;
  }
  for (const [ids, count] of [
    [METERS, due],
    [SENSORS, OBSERVATIONS],
  ] as const)
    for (const id of ids)
      for (let number = 1; number <= count; number++)
        if (!times.has(`${id} ${number}`)) found.recordsMissing += 1;
  for (const count of times.values()) found.recordsDoubled += count - 1;

  let toldButMissing = 0;
  for (const [id, names] of told)
    for (const name of names) if (onDisk.get(id)?.has(name) !== true) toldButMissing += 1;

  const live = { live: 0, liveStored: 0, liveDoubledOrOutOfOrder: 0, gapsWithoutAKill: 0, diedWithAHub: 0 };
  for (const [id, numbers] of streams) {
    const last = said.get(id) ?? -1;
    live.live += last + 1;
    live.liveStored += numbers.length;
    let before = -1;
    // What was said last comes after the last one on disk, if anything.
    for (const number of [...numbers, last + 1]) {
      if (number <= before) live.liveDoubledOrOutOfOrder += 1;
      if (number > before + 1) {
        const kill = atKills.get(id)?.find((one) => one >= before && one < number);
        if (kill === undefined) live.gapsWithoutAKill += 1;
        else live.diedWithAHub += kill - before;
      }
      before = number;
    }
  }
  return { records: METERS.length * due + SENSORS.length * OBSERVATIONS, ...found, ...live, toldButMissing };
}

type HubChild = {
  kill(): Promise<void>;
  /** @returns its status */
  stop(): Promise<number | null>;
  again(): HubChild;
};

function launch(folder: string, address: string, hear: (words: readonly string[]) => void): HubChild {
  const child: ChildProcess = spawn(process.execPath, [HUB, folder, address, String(SLOTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line.split(' '));
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return {
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    again: () => launch(folder, address, hear),
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
