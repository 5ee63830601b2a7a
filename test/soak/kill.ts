// A hub under load that is killed, again and again, at moments that chance picks from a printed seed: while it starts,
// commits, closes a batch, gives a statement to the ledger, rests. The devices keep their own books. After every kill,
// before anything is mended, the disk must hold every acknowledged message, once, whole and in order.
//
// SIGKILL ends the process, not the machine: what the kernel has not written yet survives it. That fsync is asked for
// before an acknowledgement is shown elsewhere.

import { seededRandom } from '@heartwood/device-sim';
import { enroll, exportReadings, fsck, Vault, type VaultOptions } from '@heartwood/gateway';
import { encodeMessageCbor, encodeMessageJson, type Message } from '@heartwood/vitals';
import { Device } from '../journey/device.ts';
import { Home } from '../journey/home.ts';
import { type HubProcess, pause, until } from '../journey/program.ts';

export type KillOptions = {
  readonly kills: number;
  /** Of two patients, half of each protocol and QoS. */
  readonly devices: number;
  readonly seed: string;
  readonly say: (line: string) => void;
};

export type KillReport = {
  readonly kills: number;
  /** Of them, before the hub listened. */
  readonly whileStarting: number;
  /** Starts that found acknowledged readings outside a batch. */
  readonly recoveries: number;
  readonly messages: number;
  readonly acknowledged: number;
  readonly readings: number;
  readonly batches: number;
  /** How often the whole disk was compared with the devices' books. */
  readonly comparisons: number;
  readonly proofs: number;
  readonly seconds: number;
};

const INTERVAL_MS = 250;
/** One message of each device in this time, on average: commits never pause for long. */
const MESSAGE_MS = 32;
/** A device stops measuring while this many messages wait. */
const WAITING_MAX = 300;
/** After so many a new home begins, so that its whole disk can be compared after each of them. */
const KILLS_OF_A_HOME = 100;
const PROOFS = 3;

/** Message `seq` of a device: two readings whose values and time follow from it. */
const messageOf = (seq: number): Message => ({
  seq,
  readings: [
    { at: 1_790_000_000_000 + seq, measurement: { kind: 'heart-rate', value: 40 + (seq % 1_400) / 10 } },
    { at: 1_790_000_000_000 + seq, measurement: { kind: 'steps', value: seq } },
  ],
});

/** @throws when anything acknowledged is lost, doubled, torn or out of order, or cannot be proved */
export async function killAgainAndAgain({ kills, devices, seed, say }: KillOptions): Promise<KillReport> {
  const random = seededRandom(seed);
  const began = Date.now();
  const sum: Lived = {
    kills: 0,
    whileStarting: 0,
    recoveries: 0,
    messages: 0,
    acknowledged: 0,
    readings: 0,
    batches: 0,
    comparisons: 0,
    proofs: 0,
  };
  while (sum.kills < kills) {
    const lived = await lifeOfAHome(Math.min(KILLS_OF_A_HOME, kills - sum.kills), devices, random.next);
    for (const key of Object.keys(sum) as (keyof Lived)[]) sum[key] += lived[key];
    say(`${sum.kills} kills, ${sum.acknowledged} messages acknowledged`);
  }
  return { ...sum, seconds: Math.round((Date.now() - began) / 1000) };
}

type Lived = { -readonly [K in Exclude<keyof KillReport, 'seconds'>]: number };

async function lifeOfAHome(kills: number, many: number, random: () => number): Promise<Lived> {
  const home = new Home();
  let load: NodeJS.Timeout | undefined;
  const counts = { whileStarting: 0, recoveries: 0, comparisons: 0 };
  const devices: Device[] = [];
  try {
    let hub = await home.start('--interval-ms', String(INTERVAL_MS));
    devices.push(...(await enrollAll(home, many)));
    load = setInterval(() => {
      for (const device of devices) if (device.pending < WAITING_MAX) device.offer();
    }, MESSAGE_MS);
    await connectAll(devices, hub);
    for (let kill = 1; kill <= kills; kill++) {
      // One kill in five comes while the hub starts.
      const starting = kill > 1 && random() < 0.2;
      if (starting) {
        await pause(random() * 500);
        counts.whileStarting++;
      } else {
        await connectAll(devices, hub);
        await pause(20 + random() * 3 * INTERVAL_MS);
      }
      await hub.kill();
      for (const device of devices) device.leave();
      if (/without warning/.test(hub.out)) counts.recoveries++;
      compare(home, devices, `after kill ${kill}`);
      counts.comparisons++;
      hub = home.launch('--interval-ms', String(INTERVAL_MS));
    }
    clearInterval(load);
    await connectAll(devices, hub);
    await until(() => devices.every(({ pending }) => pending === 0), 'the last messages are acknowledged');
    for (const device of devices) device.leave();
    const status = await hub.stop();
    if (status !== 0) throw new Error(`the last hub stopped with ${status}: ${hub.err}`);
    const { readings, batches } = compare(home, devices, 'at the end');
    await proveSome(home, random);
    const messages = devices.reduce((sum, { offered }) => sum + offered, 0);
    const acknowledged = acknowledgedBy(devices);
    return { kills, ...counts, messages, acknowledged, readings, batches, proofs: PROOFS };
  } finally {
    clearInterval(load);
    for (const device of devices) device.leave();
    await home.close();
  }
}

async function enrollAll(home: Home, many: number): Promise<Device[]> {
  const vault = Vault.open(vaultOf(home), 'write');
  try {
    const devices: Device[] = [];
    for (let n = 0; n < many; n++) {
      const id = `strap-${n}`;
      const patient = n % 3 === 0 ? 'Ada' : 'Tomas';
      const { password } = await enroll(vault, { device: id, label: 'strap', patient, origin: 'simulator' });
      const protocolVersion = n % 2 === 0 ? 4 : 5;
      const encode = protocolVersion === 4 ? encodeMessageJson : encodeMessageCbor;
      const body = (seq: number): Uint8Array => encode(messageOf(seq));
      const qos = n % 4 < 2 ? 1 : 2;
      devices.push(new Device({ id, password, qos, protocolVersion, inFlightMax: 20, body }));
    }
    return devices;
  } finally {
    vault.close();
  }
}

const vaultOf = (home: Home): VaultOptions => ({
  directory: home.data,
  keySource: { keyFile: home.key },
  clock: Date.now,
});

const acknowledgedBy = (devices: readonly Device[]): number =>
  devices.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);

async function connectAll(devices: readonly Device[], hub: HubProcess): Promise<void> {
  const { mqtt } = await hub.ready;
  if (mqtt === undefined) throw new Error('the hub has no broker');
  const stand = await Promise.all(devices.map((device) => device.connect(mqtt)));
  if (!stand.every(Boolean)) throw new Error(`a device could not connect: ${hub.err}`);
}

/** The disk as the kill left it, against the devices' books; read only, so that nothing is mended by looking. */
function compare(
  home: Home,
  devices: readonly Device[],
  when: string,
): { readings: number; batches: number } {
  const vault = Vault.open(vaultOf(home), 'read');
  try {
    let readings = 0;
    // Of each device, the reading that must come next: numbers begin with 1 and leave nothing out.
    const next = new Map(devices.map(({ id }) => [id, { seq: 1, index: 0 }]));
    for (const { device, seq, kind, value, at, id } of exportReadings(vault)) {
      const due = next.get(device);
      const wanted = due && messageOf(due.seq).readings[due.index];
      if (
        due === undefined ||
        wanted === undefined ||
        due.seq !== seq ||
        wanted.at !== at ||
        wanted.measurement.kind !== kind ||
        (wanted.measurement as { value?: number }).value !== value
      ) {
        throw new Error(
          `${when}: ${device} has ${kind} of message ${seq} as ${id}, due was ${JSON.stringify(due)}`,
        );
      }
      next.set(device, due.index === 0 ? { seq, index: 1 } : { seq: seq + 1, index: 0 });
      readings++;
    }
    for (const { id, acknowledged } of devices) {
      const due = next.get(id) as { seq: number; index: number };
      if (due.index !== 0) throw new Error(`${when}: message ${due.seq} of ${id} is torn`);
      const last = Math.max(0, ...tail(acknowledged));
      if (last >= due.seq)
        throw new Error(`${when}: ${id} holds ${due.seq - 1} messages, ${last} was acknowledged`);
      // Numbers below `due.seq` are all there, so that it is enough to know the highest acknowledged.
    }
    if (vault.store.quarantineSize().rows > 0) throw new Error(`${when}: messages are in the quarantine`);
    const { problems, batches } = fsck(vault, () => undefined);
    if (problems.length > 0) throw new Error(`${when}: ${JSON.stringify(problems)}`);
    return { readings, batches };
  } finally {
    vault.close();
  }
}

/** The last acknowledgements: the highest number is among them, since acknowledgements come nearly in order. */
function tail(acknowledged: ReadonlySet<number>): number[] {
  return [...acknowledged].slice(-100);
}

async function proveSome(home: Home, random: () => number): Promise<void> {
  const checked = await home.run('fsck');
  if (checked.status !== 0) throw new Error(`fsck: ${checked.out}`);
  const readings = await home.exported();
  for (let n = 0; n < PROOFS; n++) {
    const { id } = readings[Math.floor(random() * readings.length)] as { id: string };
    const { status, out } = await home.verify(await home.prove(id));
    if (status !== 0) throw new Error(`the proof of ${id} does not hold: ${out}`);
  }
}
