// Doctor's try of one device: everything that the hub would do with it, told step by step, with a table of what it has
// and said. Nothing is stored. What no simulation can prove (bonding, address, times of a real radio) shows here.

import { GATT_DECODERS } from '@heartwood/vitals/gatt';
import { advice, type Finding, trouble, well } from '../inspect/finding.ts';
import { PairingAgent, type PairingDesk } from './agent.ts';
import { bondTrouble } from './bond.ts';
import { setClock } from './clock-sync.ts';
import type { Zone } from './clock-trust.ts';
import type { Ear } from './ear.ts';
import { readMade } from './made.ts';
import type { CharacteristicView, DeviceView } from './objects.ts';
import { MEASUREMENTS } from './profile.ts';
import type { Timing } from './timing.ts';
import { TrialDevice } from './trial-device.ts';
import { hex, Listened, type TrialRow } from './trial-values.ts';
import { clockFinding, failed } from './trial-words.ts';

export type TrialAsked = {
  /** Of the device, in capitals. */
  readonly address: string;
  readonly listenMs: number;
  readonly desk: PairingDesk;
  readonly zone: Zone;
  readonly timing: Timing;
  /** ms since 1970. */
  clock(): number;
  /** ms that only ever rise. */
  ticks(): number;
};

/** What a maintainer needs to know of a device: no address, no serial number, no vital sign. */
export type TrialTable = {
  readonly kind: 'table';
  /** Manufacturer, model, firmware, as the device says them. */
  readonly made: readonly string[];
  readonly services: readonly string[];
  readonly rows: readonly TrialRow[];
  /** From the call to all services known; undefined where it did not come about. */
  readonly connectedMs: readonly (number | undefined)[];
  readonly paired: boolean;
};

const RECONNECTS = 3;
/** A device needs a moment before it can be heard again. */
const REST_SHARE = 0.1;
const MADE: readonly number[] = [0x2a29, 0x2a24, 0x2a26, 0x2a28];

/** Connects, reads, listens, sets the clock, disconnects and connects again. */
export async function* tryDevice(ear: Ear, asked: TrialAsked): AsyncGenerator<Finding | TrialTable> {
  const view = find(ear, asked.address);
  if (view === undefined) {
    yield trouble(
      'try',
      'The device was not heard. Wake it (wear it, press its button), and run this again with --seconds 60.',
    );
    return;
  }
  const device = new TrialDevice(ear, view.path, asked.timing, asked.ticks);
  ear.agent = new PairingAgent(asked.desk, (path) =>
    path === view.path ? { id: asked.address, pairs: true } : undefined,
  );
  await ear.agent.register(ear.bus).catch(() => undefined);
  try {
    yield* visit(ear, device, asked);
  } finally {
    await device.disconnect();
  }
}

async function* visit(
  ear: Ear,
  device: TrialDevice,
  asked: TrialAsked,
): AsyncGenerator<Finding | TrialTable> {
  const connectedMs: (number | undefined)[] = [];
  try {
    yield* connected(device, connectedMs);
    const characteristics = ear.objects.characteristics(device.path);
    yield well('services', `${characteristics.length} characteristics; the table has them.`);
    const made = await madeBy(device, characteristics);
    const { serial } = await readMade(characteristics, device.read);
    // To whoever sits here, and not in the table, which is to be sent on.
    if (serial !== undefined)
      yield well(
        'serial',
        `${serial}. Behind a changing address it is enrolled by --ble 'serial:${serial}'.`,
      );
    const seen = await setClock(characteristics, {
      ...asked,
      read: device.read,
      write: device.write,
      // What it knew is the hub's, which does not run now.
      keep: () => Promise.resolve(),
    });
    yield clockFinding(seen);
    const listened = new Listened(asked);
    yield* listen(ear, device, characteristics, listened, asked);
    const paired = device.paired;
    const services = [...new Set(characteristics.map(({ service }) => hex(service)))];
    yield* again(ear, device, asked, connectedMs, paired);
    const rows = characteristics.map((one) => listened.row(one));
    yield { kind: 'table', made, services, rows, connectedMs, paired };
  } catch (error) {
    yield failed(error, device.paired, asked.address);
  }
}

/** A device that takes no bond but by a button is given one more chance: while we pair. @throws BusFault */
async function* connected(device: TrialDevice, times: (number | undefined)[]): AsyncGenerator<Finding> {
  try {
    times.push(await device.connect());
    yield well('connection', `It came about in ${times[0]} ms, with all services.`);
    // Whether it wants a bond shows when something of it is touched.
    await device.touch();
  } catch (error) {
    if (bondTrouble(error, device.paired) !== 'wants-pairing') throw error;
    yield advice('bond', 'It wants to be paired. Hold its pairing button, if it has one …');
    await device.disconnect();
    times.length = 0;
    times.push(await device.connect());
    await device.pair();
    yield well('bond', 'It is paired now.');
  }
}

async function* listen(
  ear: Ear,
  device: TrialDevice,
  characteristics: readonly CharacteristicView[],
  listened: Listened,
  { listenMs }: TrialAsked,
): AsyncGenerator<Finding> {
  const unlisten = ear.listen((change) => {
    if (change.kind === 'value') listened.take(change.path, change.octets);
  });
  try {
    for (const one of characteristics) {
      if (one.uuid === undefined || !MEASUREMENTS.has(one.uuid) || !isTold(one)) continue;
      listened.watch(one);
      await device.subscribe(one);
    }
    await ear.until(() => !device.connected, listenMs);
  } finally {
    unlisten();
  }
  const seconds = Math.round(listenMs / 1000);
  const { values, refused } = listened;
  if (values === 0)
    yield advice(
      'values',
      `It is subscribed, and said nothing in ${seconds} s. Wear it, or take a measurement, and run this again.`,
    );
  else if (refused > 0)
    yield trouble('values', `${refused} of ${values} could not be read; the table says why.`);
  else yield well('values', `${values} in ${seconds} s, all of them read.`);
  if (!device.connected) yield advice('connection', 'The device ended it by itself: cuffs and meters do.');
}

/** Lets it go and takes it again, and looks whether it is still the same. */
async function* again(
  ear: Ear,
  device: TrialDevice,
  { address, timing }: TrialAsked,
  times: (number | undefined)[],
  paired: boolean,
): AsyncGenerator<Finding> {
  for (let n = 1; n <= RECONNECTS; n++) {
    await device.disconnect();
    await new Promise((resolve) => setTimeout(resolve, timing.resolveMs * REST_SHARE));
    // One without a bond may have been forgotten meanwhile: it is there again when it is heard.
    await ear.until(() => ear.objects.device(device.path) !== undefined, timing.resolveMs);
    try {
      times.push(await device.connect());
      if (paired) await device.touch();
    } catch (error) {
      if (bondTrouble(error, device.paired) === 'stale-bond') throw error;
      times.push(undefined);
    }
  }
  const came = times.slice(1).filter((ms) => ms !== undefined);
  const said = `${came.length} of ${RECONNECTS} came about (${times
    .slice(1)
    .map((ms) => (ms === undefined ? 'none' : `${ms} ms`))
    .join(', ')})`;
  if (came.length === RECONNECTS) yield well('again', `${said}.`);
  else yield advice('again', `${said}. A device that switches itself off cannot be called back.`);
  const view = ear.objects.device(device.path);
  if (paired && view?.paired !== true)
    yield trouble('bond', 'The bond did not hold: BlueZ has forgotten it.');
  else if (paired) yield well('bond', 'It held over every connection.');
  else yield well('bond', 'It needs none.');
  if (view?.address !== address)
    yield trouble(
      'address',
      'It is known by another address now: enrol it by the one that doctor shows next.',
    );
  else if (view.addressKind !== 'stays')
    yield trouble(
      'address',
      'It changes by itself, and no bond tells the one behind it: the hub would lose the device.',
    );
  else yield well('address', 'It is one that stays, and it stayed.');
}

async function madeBy(
  device: TrialDevice,
  characteristics: readonly CharacteristicView[],
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const uuid of MADE) {
    const one = characteristics.find((each) => each.uuid === uuid);
    const octets = one && (await device.read(one).catch(() => undefined));
    const text = octets && GATT_DECODERS.get(uuid)?.decode(octets);
    if (text?.kind === 'decoded') made.push(String(text.value));
  }
  return made;
}

/** Where it was heard best; a device with a bond may be called without having been heard. */
const find = (ear: Ear, address: string): DeviceView | undefined =>
  ear.objects
    .devices()
    .filter((device) => device.address === address)
    .toSorted((a, b) => (b.rssi ?? -999) - (a.rssi ?? -999))[0];

const isTold = ({ flags }: CharacteristicView): boolean =>
  flags.some((flag) => flag === 'notify' || flag === 'indicate');
