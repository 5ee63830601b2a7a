// One life of a hub under strace(1), with QoS 1 devices on it and people enrolled meanwhile: everything that it wrote and
// everything that it said, in one order. What a device was told is read from the hub's own socket writes: a packet id
// belongs to one message of one device, so that a PUBACK names it.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeMessageCbor, encodeMessageJson, type Message } from '@heartwood/vitals';
import { Device } from '../journey/device.ts';
import { pause, until } from '../journey/program.ts';
import { BIRTHS, CALLS, type Call, readTrace, STRACE } from './trace.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const INTERVAL_MS = 250;
const MESSAGE_MS = 8;
const WAITING_MAX = 100;
/** Messages in flight. */
const UNHEARD = 20;
/** What a hub says last when it listens, with devices and without. */
const READY = / stops it\.|Ctrl-C stops /;
/** Packet ids of device n: from n times this on. */
const IDS = 8_192;

/** Who is at home: device n's id and patient. */
export const DEVICES: readonly { readonly id: string; readonly patient: string }[] = [
  { id: 'strap-1', patient: 'Ada' },
  { id: 'watch-1', patient: 'Ada' },
  { id: 'strap-2', patient: 'Tomas' },
  { id: 'watch-2', patient: 'Tomas' },
  { id: 'watch-3', patient: 'Mila' },
];

/** Where everything of one home lies. */
export const placesIn = (home: string): { data: string; key: string; mark: string } => ({
  data: join(home, 'data'),
  key: join(home, 'data.key'),
  mark: join(home, 'data.mark'),
});

/** Message `seq` of any device: two readings whose values and time follow from it. */
export const messageOf = (seq: number): Message => ({
  seq,
  readings: [
    { at: 1_790_000_000_000 + seq, measurement: { kind: 'heart-rate', value: 40 + (seq % 1_400) / 10 } },
    { at: 1_790_000_000_000 + seq, measurement: { kind: 'steps', value: seq } },
  ],
});

/** What the hub has said to others. */
export type Told = {
  /** By device. */
  readonly acknowledged: Map<string, Set<number>>;
  /** By device. */
  readonly passwords: Map<string, string>;
  /** It said where it listens: its name and keys may be copied from now on. */
  ready: boolean;
  /** Statements that the mark knows: they may be shown to anybody. */
  marked: number;
};

export const nothingTold = (): Told => ({
  acknowledged: new Map(),
  passwords: new Map(),
  ready: false,
  marked: 0,
});

const copyOf = ({ acknowledged, passwords, ready, marked }: Told): Told => ({
  acknowledged: new Map([...acknowledged].map(([id, of]) => [id, new Set(of)])),
  passwords: new Map(passwords),
  ready,
  marked,
});

export type LifeOptions = {
  readonly home: string;
  readonly record: string;
  /** What was told before this life. */
  readonly before: Told;
  /** Messages that each device had offered: what was not acknowledged is sent again, and some of what was. */
  readonly offered: ReadonlyMap<string, number>;
  readonly loadMs: number;
};

export type Life = {
  readonly calls: readonly Call[];
  /** Messages that each device has offered when it ends. */
  readonly offered: ReadonlyMap<string, number>;
};

/** @throws when the hub does not do in it what a hub does that nothing hurts */
export async function recordLife({ home, record, before, offered, loadMs }: LifeOptions): Promise<Life> {
  const said = { out: '', err: '' };
  const child = spawn(STRACE, straceArguments(home, record), {
    env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(home), 'modules') },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let isOver = false;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    isOver = true;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  child.stdin.on('error', () => undefined);
  const until_ = (condition: () => boolean, what: string): Promise<void> =>
    until(() => {
      if (isOver) throw new Error(`the hub ended before ${what}: ${said.out}${said.err}`);
      return condition();
    }, what);
  const devices: Device[] = [];
  let load: NodeJS.Timeout | undefined;
  try {
    await until_(() => READY.test(said.out), 'it listens');
    const url = /\bmqtt:\/\/127\.0\.0\.1:\d+/.exec(said.out)?.[0] ?? '';
    const passwords = new Map(before.passwords);
    const join = async (n: number): Promise<void> => {
      const { id, patient } = DEVICES[n]!;
      if (!passwords.has(id)) {
        child.stdin.write(`${id} ${patient}\n`);
        await until_(() => passwordIn(said.out, id) !== undefined, `${id} is enrolled`);
        passwords.set(id, passwordIn(said.out, id)!);
      }
      const startAfter = resentAfter(before, id);
      const device = deviceOf(n, passwords.get(id)!, startAfter);
      device.offer((offered.get(id) ?? 0) - startAfter);
      if (!(await device.connect(url))) throw new Error(`${id} could not connect: ${said.err}`);
      devices.push(device);
    };
    for (let n = 0; n < DEVICES.length - 1; n++) await join(n);
    load = setInterval(() => {
      for (const device of devices) if (device.pending < WAITING_MAX) device.offer();
    }, MESSAGE_MS);
    await pause(loadMs / 2);
    // Somebody moves in while the others are being measured.
    await join(DEVICES.length - 1);
    await pause(loadMs / 2);
    clearInterval(load);
    await until_(() => devices.every(({ pending }) => pending === 0), 'everything is acknowledged');
    for (const device of devices) device.leave();
    child.stdin.end();
    const status = await ended;
    if (status !== 0) throw new Error(`it stopped with ${status}: ${said.out}${said.err}`);
  } finally {
    clearInterval(load);
    for (const device of devices) device.leave();
    // Of its whole group: ending strace alone would let the hub go on.
    if (!isOver && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
  return {
    // Of the rest only what is said, and ends of descriptors.
    calls: readTrace(record).filter(
      ({ name, path }) => path.startsWith(home) || name === 'close' || /^(pipe|socket):/.test(path),
    ),
    offered: new Map(devices.map((device) => [device.id, device.offered])),
  };
}

/** The hub, and beside it the program that enrolls whom each line of standard input names; its end stops the hub. */
function straceArguments(home: string, record: string): string[] {
  const { data } = placesIn(home);
  const program = `'${process.execPath}' --no-warnings '${MAIN}'`;
  const hub = `${program} hub --data '${data}' --mqtt-port 0 --http-port 0 --interval-ms ${INTERVAL_MS}`;
  const enroll = `${program} enroll "$id" --patient "$patient" --origin wearable --json --data '${data}'`;
  const script =
    `exec 3<&0; ${hub} </dev/null & hub=$!; ` +
    `while read -r id patient; do ${enroll} </dev/null; done <&3; kill -TERM $hub; wait $hub`;
  const calls = [...CALLS, ...BIRTHS, 'close', 'link', 'writev'].join();
  return ['-f', '--seccomp-bpf', '-xx', '-y', '-s', '1000000', '-o', record, '-e', `trace=${calls}`].concat([
    'bash',
    '-c',
    script,
  ]);
}

/** After which of its messages a device begins again: it may not have heard the last acknowledgements. */
export const resentAfter = ({ acknowledged }: Told, id: string): number =>
  Math.max(0, Math.max(0, ...(acknowledged.get(id) ?? [])) - UNHEARD);

function deviceOf(n: number, password: string, startAfter: number): Device {
  const { id } = DEVICES[n]!;
  const isOld = n % 2 === 0;
  const encode = isOld ? encodeMessageJson : encodeMessageCbor;
  let newest = 0;
  return new Device({
    id,
    password,
    qos: 1,
    protocolVersion: isOld ? 4 : 5,
    inFlightMax: UNHEARD,
    startAfter,
    body: (seq) => {
      if (seq >= IDS) throw new Error('more messages than packet ids');
      newest = seq;
      return encode(messageOf(seq));
    },
    connection: {
      // A message's body is asked for right before its packet id.
      messageIdProvider: {
        allocate: () => n * IDS + newest,
        getLastAllocated: () => n * IDS + newest,
        register: () => true,
        deallocate: () => undefined,
        clear: () => undefined,
      },
    },
  });
}

function passwordIn(out: string, id: string): string | undefined {
  for (const line of out.split('\n')) {
    if (!line.startsWith('{')) continue;
    const said = JSON.parse(line) as { id?: string; password?: string };
    if (said.id === id) return said.password;
  }
  return undefined;
}

/** Takes calls of a life in order, and keeps what they told. */
export class Listener {
  readonly told: Told;
  readonly #mark: string;
  #text = '';
  #drafted = 0;
  #moved = 0;

  constructor(home: string, before: Told) {
    this.told = copyOf(before);
    this.#mark = placesIn(home).mark;
  }

  hear({ name, path, data, result }: Call): void {
    const isWrite = name === 'write' || name === 'writev';
    if (isWrite && path.startsWith('pipe:')) this.#hearText(data);
    else if (isWrite && path.startsWith('socket:')) this.#hearPackets(data);
    else if (isWrite && path === `${this.#mark}.new`) this.#drafted = sizeIn(data) ?? this.#drafted;
    else if (name === 'rename' && path === this.#mark && result === 0) this.#moved = this.#drafted;
    else if (name === 'fsync' && path === dirname(this.#mark) && result === 0)
      this.told.marked = Math.max(this.told.marked, this.#moved);
  }

  #hearText(data: Uint8Array): void {
    const text = Buffer.from(data).toString();
    // Node writes to its own threads' pipes too: bytes without a meaning here.
    if (!/^[\x20-\x7e\s]{3,}/.test(text)) return;
    this.#text = (this.#text + text).slice(-20_000);
    if (READY.test(this.#text)) this.told.ready = true;
    for (const { id } of DEVICES) {
      const password = this.#text.includes(`"${id}"`)
        ? passwordIn(this.#text.slice(0, this.#text.lastIndexOf('\n') + 1), id)
        : undefined;
      if (password !== undefined) this.told.passwords.set(id, password);
    }
  }

  #hearPackets(data: Uint8Array): void {
    for (let at = 0; at + 3 < data.length; ) {
      const [type = 0, length = 0] = data.subarray(at, at + 2);
      if (type === 0x40 && length >= 2) this.#acknowledged(data[at + 2]! * 256 + data[at + 3]!);
      // No packet to a device here is longer than one length byte can say: anything else is HTTP.
      if (length > 127) return;
      at += 2 + length;
    }
  }

  #acknowledged(packetId: number): void {
    const device = DEVICES[Math.floor(packetId / IDS)];
    if (device === undefined) return;
    const { acknowledged } = this.told;
    if (!acknowledged.has(device.id)) acknowledged.set(device.id, new Set());
    acknowledged.get(device.id)?.add(packetId % IDS);
  }
}

/** The second line of a checkpoint. */
function sizeIn(data: Uint8Array): number | undefined {
  const size = Number(Buffer.from(data).toString().split('\n')[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}
