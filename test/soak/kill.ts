// A hub under load that is killed, again and again, at moments that chance picks from a printed seed: while it starts,
// commits, closes a batch, gives a statement to the ledger, rests. The devices keep their own books. After every kill,
// before anything is mended, the disk must hold every acknowledged message, once, whole and in order.
//
// SIGKILL ends the process, not the machine: what the kernel has not written yet survives it. That fsync is asked for
// before an acknowledgement is shown elsewhere.

import { seededRandom } from '@heartwood/device-sim';
import { exportReadings, fsck, Vault } from '@heartwood/gateway';
import { encodeMessageCbor, encodeMessageJson, type Message } from '@heartwood/vitals';
import { Device } from '../journey/device.ts';
import { Home } from '../journey/home.ts';
import { type HubProcess, pause, until } from '../journey/program.ts';

export type KillOptions = {
  readonly kills: number;
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
const MESSAGE_MS = 8;
/** A device stops measuring while this many messages wait. */
const WAITING_MAX = 300;
const EVERY_KILL_UNTIL = 60;
const THEN_EVERY = 25;
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
export async function killAgainAndAgain({ kills, seed, say }: KillOptions): Promise<KillReport> {
  const random = seededRandom(seed);
  const home = new Home();
  const began = Date.now();
  let load: NodeJS.Timeout | undefined;
  const counts = { whileStarting: 0, recoveries: 0, comparisons: 0 };
  const devices: Device[] = [];
  try {
    let hub = await home.start('--interval-ms', String(INTERVAL_MS));
    for (const [id, patient, qos, protocolVersion] of [
      ['strap-1', 'Ada', 1, 4],
      ['watch-1', 'Ada', 2, 5],
      ['strap-2', 'Tomas', 1, 5],
      ['watch-2', 'Tomas', 2, 4],
    ] as const) {
      const encode = protocolVersion === 4 ? encodeMessageJson : encodeMessageCbor;
      const body = (seq: number): Uint8Array => encode(messageOf(seq));
      const password = await home.enroll(id, patient);
      devices.push(new Device({ id, password, qos, protocolVersion, inFlightMax: 20, body }));
    }
    load = setInterval(() => {
      for (const device of devices) if (device.pending < WAITING_MAX) device.offer();
    }, MESSAGE_MS);
    await connectAll(devices, hub);
    for (let kill = 1; kill <= kills; kill++) {
      // One kill in five comes while the hub starts.
      const starting = kill > 1 && random.next() < 0.2;
      if (starting) {
        await pause(random.next() * 500);
        counts.whileStarting++;
      } else {
        await connectAll(devices, hub);
        await pause(20 + random.next() * 3 * INTERVAL_MS);
      }
      await hub.kill();
      for (const device of devices) device.leave();
      if (/without warning/.test(hub.out)) counts.recoveries++;
      if (kill <= EVERY_KILL_UNTIL || kill % THEN_EVERY === 0) {
        compare(home, devices, `after kill ${kill}`);
        counts.comparisons++;
      }
      if (kill % 50 === 0) say(`${kill} kills, ${acknowledgedBy(devices)} messages acknowledged`);
      hub = home.launch('--interval-ms', String(INTERVAL_MS));
    }
    clearInterval(load);
    await connectAll(devices, hub);
    await until(() => devices.every(({ pending }) => pending === 0), 'the last messages are acknowledged');
    for (const device of devices) device.leave();
    const status = await hub.stop();
    if (status !== 0) throw new Error(`the last hub stopped with ${status}: ${hub.err}`);
    const { readings, batches } = compare(home, devices, 'at the end');
    await proveSome(home, random.next);
    const messages = devices.reduce((sum, { offered }) => sum + offered, 0);
    const acknowledged = acknowledgedBy(devices);
    const seconds = Math.round((Date.now() - began) / 1000);
    return { kills, ...counts, messages, acknowledged, readings, batches, proofs: PROOFS, seconds };
  } finally {
    clearInterval(load);
    for (const device of devices) device.leave();
    await home.close();
  }
}

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
  const options = { directory: home.data, keySource: { keyFile: home.key }, clock: Date.now };
  const vault = Vault.open(options as Parameters<typeof Vault.open>[0], 'read');
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
