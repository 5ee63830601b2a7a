// The load generator, a process of its own: devices over plain sockets, PUBLISH packets patched in place. What it can
// reach at most is measured against a sink and stands in the table, so that a number can be told from its own limit.
//
// Closed loop: each device keeps `window` messages in flight. Open loop: messages leave at a steady rate whatever the
// server does, and how late the generator itself was is reported beside the latencies.

import { connect, type Socket } from 'node:net';
import { Histogram } from './histogram.ts';
import type { DeviceLogin, FromGenerator, Run, ToGenerator } from './load-wire.ts';
import { connectBytes, publishTemplate, SEQUENCE_FIRST, writeDigits } from './mqtt-bytes.ts';

/** Packets of a device that may be in flight: packet ids 1 to 256, each with its own place in the ring. */
const SLOTS = 256;
const DRAIN_MS = 10_000;
const clock = (): number => performance.timeOrigin + performance.now();

const latency = new Histogram();
const lateness = new Histogram();
let acknowledged = 0;
let heldBack = 0;
/** Messages sent in here have their latency recorded. */
let measuredFrom = Number.POSITIVE_INFINITY;
let measuredTo = Number.POSITIVE_INFINITY;
/** Messages that a device keeps in flight by itself; 0 in the open loop and between runs. */
let window = 0;

const DEVICES_PER_ADDRESS = 200;

class Device {
  readonly #socket: Socket;
  readonly #ring: Buffer;
  readonly #packetBytes: number;
  readonly #template: ReturnType<typeof publishTemplate>;
  readonly #sentAt = new Float64Array(SLOTS);
  readonly #busy = new Uint8Array(SLOTS);
  readonly #packet = new Uint8Array(4);
  #packetFilled = 0;
  #next = 0;
  #sequence: number;
  inFlight = 0;
  readonly connected: Promise<void>;

  /** @param place where it stands among the devices: a hub lets so many connect from one address */
  constructor(port: number, { id, password }: DeviceLogin, sequence: number, place: number) {
    this.#sequence = sequence;
    this.#template = publishTemplate(id);
    this.#packetBytes = this.#template.bytes.length;
    this.#ring = Buffer.alloc(this.#packetBytes * SLOTS);
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#template.bytes.copy(this.#ring, slot * this.#packetBytes);
      this.#ring.writeUInt16BE(slot + 1, slot * this.#packetBytes + this.#template.idAt);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.connected = promise;
    this.#welcome = (code) =>
      code === 0 ? resolve() : reject(new Error(`${id} was refused: CONNACK ${code}`));
    this.#socket = connect({
      host: '127.0.0.1',
      localAddress: `127.0.0.${1 + Math.floor(place / DEVICES_PER_ADDRESS)}`,
      port,
      noDelay: true,
      onread: {
        buffer: new Uint8Array(4096),
        callback: (length, bytes) => {
          this.#hear(bytes, length);
          return true;
        },
      },
    });
    this.#socket.on('connect', () => this.#socket.write(connectBytes(id, password)));
    this.#socket.on('error', (error) => reject(error));
    this.#socket.on('close', () => ended(`the connection of ${id} was closed`));
  }

  readonly #welcome: (code: number) => void;

  /** All that a server sends here has four bytes: CONNACK and PUBACK of MQTT 3.1.1. */
  #hear(bytes: Uint8Array, length: number): void {
    const now = clock();
    for (let i = 0; i < length; i++) {
      this.#packet[this.#packetFilled++] = bytes[i] as number;
      if (this.#packetFilled < 4) continue;
      this.#packetFilled = 0;
      const [type, , high, low] = this.#packet as unknown as [number, number, number, number];
      if (type === 0x40) this.#acknowledged((high << 8) | low, now);
      else if (type === 0x20) this.#welcome(low);
      else ended(`a packet of type ${type} came, which was never asked for`);
    }
    if (window > 0) this.send(window - this.inFlight, now);
  }

  #acknowledged(id: number, now: number): void {
    const slot = id - 1;
    if (this.#busy[slot] !== 1) ended(`packet ${id} was acknowledged, and was not in flight`);
    this.#busy[slot] = 0;
    this.inFlight -= 1;
    acknowledged += 1;
    const sentAt = this.#sentAt[slot] as number;
    if (sentAt >= measuredFrom && sentAt < measuredTo) latency.record(now - sentAt);
  }

  /** Sends up to `count` messages, in one write where they lie together in the ring. @returns how many */
  send(count: number, now: number): number {
    let sent = 0;
    let first = this.#next;
    for (; sent < count && this.#busy[this.#next] === 0; sent++) {
      this.#fill(this.#next, now);
      this.#next = (this.#next + 1) % SLOTS;
      if (this.#next === 0) {
        this.#write(first, SLOTS);
        first = 0;
      }
    }
    this.#write(first, this.#next);
    return sent;
  }

  #write(first: number, end: number): void {
    if (end > first)
      this.#socket.write(this.#ring.subarray(first * this.#packetBytes, end * this.#packetBytes));
  }

  /** A place is written anew only after its PUBACK came: until then the socket may still be reading it. */
  #fill(slot: number, now: number): void {
    const at = slot * this.#packetBytes;
    const { sequenceAt, timeAt, pulseAt } = this.#template;
    writeDigits(this.#ring, at + sequenceAt, 10, this.#sequence);
    writeDigits(this.#ring, at + timeAt, 13, now);
    writeDigits(this.#ring, at + pulseAt, 2, 60 + (this.#sequence % 40));
    this.#sequence += 1;
    this.#busy[slot] = 1;
    this.#sentAt[slot] = now;
    this.inFlight += 1;
  }
}

const say = (message: FromGenerator): void => void process.send?.(message);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
let devices: Device[] = [];
let closing = false;

function ended(why: string): void {
  if (closing) return;
  closing = true;
  say({ type: 'failed', why });
}

async function openDevices(port: number, logins: readonly DeviceLogin[], runs: number): Promise<void> {
  devices = [];
  // Ten at a time: a login costs the hub a scrypt hash.
  for (let i = 0; i < logins.length; i += 10) {
    const some = logins
      .slice(i, i + 10)
      .map((login, place) => new Device(port, login, SEQUENCE_FIRST + runs * 100_000_000, i + place));
    await Promise.all(some.map((device) => device.connected));
    devices.push(...some);
  }
  say({ type: 'connected' });
}

async function run({ load, warmMs, ms }: Run): Promise<void> {
  latency.clear();
  lateness.clear();
  heldBack = 0;
  acknowledged = 0;
  const began = clock();
  measuredFrom = began + warmMs;
  measuredTo = measuredFrom + ms;
  const stopPacing = load.kind === 'open' ? pace(load.perSecond, began) : undefined;
  if (load.kind === 'closed') {
    window = load.window;
    for (const device of devices) device.send(window, began);
  }
  await sleep(measuredFrom - clock());
  const [from, before, cpu] = [clock(), acknowledged, process.cpuUsage()];
  await sleep(measuredTo - clock());
  const [to, after, used] = [clock(), acknowledged, process.cpuUsage(cpu)];
  window = 0;
  stopPacing?.();
  while (devices.some((device) => device.inFlight > 0) && clock() - to < DRAIN_MS) await sleep(5);
  say({
    type: 'result',
    result: {
      perSecond: ((after - before) * 1000) / (to - from),
      from,
      to,
      acknowledged: after,
      latency: latency.summary(),
      lateness: lateness.summary(),
      heldBack,
      unanswered: devices.reduce((sum, device) => sum + device.inFlight, 0),
      coresUsed: (used.user + used.system) / 1000 / (to - from),
    },
  });
}

/** Sends the message number n at `began + n / perSecond`, devices in turn. A timer of Node has 1 ms. */
function pace(perSecond: number, began: number): () => void {
  let n = 0;
  const timer = setInterval(() => {
    const now = clock();
    for (let due = began + (n * 1000) / perSecond; due <= now; due = began + (n * 1000) / perSecond) {
      const device = devices[n % devices.length] as Device;
      if (device.send(1, now) === 0) heldBack += 1;
      else if (now >= measuredFrom) lateness.record(now - due);
      n += 1;
    }
  }, 1);
  return () => clearInterval(timer);
}

process.on('message', (message: ToGenerator) => {
  const work =
    message.type === 'connect' ? openDevices(message.port, message.devices, message.runs) : run(message.run);
  work.catch((error: unknown) => ended(String(error)));
});
process.on('disconnect', () => process.exit(0));
