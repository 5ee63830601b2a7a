// Hostile bytes at real sockets: MQTT packets at a broker, requests at the page's interface, frames at its feed. Each sent
// thing has one outcome: an answer, a reason, a close, or a wait for the rest, which the sender ends. A server that
// neither answers nor closes where it must would show as `hangs`.

import { connect, type Socket } from 'node:net';
import type { Random } from '@heartwood/device-sim';
import { topicOf } from '@heartwood/vitals';
import { packetAt } from '../bench/mqtt-bytes.ts';
import { BODIES, mutate } from './body.ts';
import type { Tally } from './tally.ts';

/** An unfinished packet is waited for; so long is enough to be sure that no answer comes. */
const PATIENCE_MS = 400;
/** Whoever has not closed or answered by then, where it must, hangs. */
const HANG_MS = 20_000;

const pick = <T>(random: Random, all: readonly T[]): T => all[random.below(all.length)] as T;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A socket, all that it received, and whether it is over. */
class Wire {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  closed = false;
  #wake: () => void = () => undefined;

  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ host: '127.0.0.1', port, localAddress });
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Resolves when `done` holds or the time is over. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    const end = Date.now() + ms;
    while (!done() && Date.now() < end) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        pause(Math.max(1, end - Date.now())),
      ]);
    }
    return done();
  }
}

const field = (text: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(text as string);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const rest = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = rest.length; ; left >>= 7) {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from([first, ...length]), rest]);
}

function connectOf(device: string, password: string, five: boolean): Buffer {
  const head = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, five ? 5 : 4, 0xc2, 0, 60, ...(five ? [0] : [])]);
  return packet(0x10, head, field(device), field(device), field(password));
}

/** A lawful packet of a device, to be made unlawful. */
function lawful(random: Random, device: string, five: boolean, seq: number): Buffer {
  const topic = field(
    pick(random, [
      topicOf(device, 'readings'),
      topicOf(device, 'wave'),
      topicOf(device, 'status'),
      topicOf('other', 'readings'),
      '$SYS/x',
      '',
    ]),
  );
  const id = Buffer.from([random.below(256), random.below(256)]);
  const properties = five
    ? [Buffer.from(pick(random, [[0], [3, 35, 0, 1], [5, 2, 0, 0, 0, 9], [7, 38, 0, 1, 97, 0, 1, 98]]))]
    : [];
  const body = BODIES[pick(random, Object.keys(BODIES))]?.(random, seq).body ?? Buffer.alloc(0);
  const filter = Buffer.concat([
    field(pick(random, [topicOf(device, 'command'), '#', '$share/a/#', '+/+', 'a/#/b', '__proto__'])),
    Buffer.from([random.below(8)]),
  ]);
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return packet(0x32, topic, id, ...properties, body);
    case 3:
      return packet(0x30 | random.below(16), topic, id, ...properties, body.subarray(0, 200));
    case 4:
      return packet(
        0x82,
        id,
        ...(five ? [Buffer.from([0])] : []),
        ...Array<Buffer>(1 + random.below(20)).fill(filter),
      );
    case 5:
      return packet(0xa2, id, ...(five ? [Buffer.from([0])] : []), filter.subarray(0, -1));
    case 6:
      return packet(pick(random, [0x40, 0x50, 0x62, 0x70]), id);
    case 7:
      return packet(pick(random, [0xe0, 0xf0, 0x20, 0x90, 0xb0, 0xd0]), Buffer.from([random.below(256), 0]));
    case 8:
      return Buffer.concat([
        packet(0x32, topic, id, ...properties, Buffer.from('{}')),
        packet(0x32, topic, id, ...properties, Buffer.from('{}')),
      ]);
    default:
      return connectOf(device, 'wrong', five);
  }
}

/** Lengths that lie, parts that are missing, several packets in one write, or one in many. */
function broken(random: Random, bytes: Buffer): Buffer {
  switch (random.below(5)) {
    case 0:
      return bytes;
    case 1: {
      const lies = Buffer.from(bytes);
      lies[1] = random.below(256);
      return lies;
    }
    case 2:
      return Buffer.concat([
        bytes.subarray(0, 1),
        Buffer.from([0xff, 0xff, 0xff, random.below(256)]),
        bytes.subarray(2),
      ]);
    case 3:
      return bytes.subarray(0, random.below(bytes.length));
    default:
      return Buffer.from(mutate(random, bytes.subarray(0, 400)));
  }
}

export type PacketFuzz = {
  readonly port: number;
  readonly devices: ReadonlyMap<string, string>;
  readonly packets: number;
  readonly random: Random;
  readonly tally: Tally;
};

/** Packets of strangers and of devices that are logged in, from as many connections as there are devices. */
export async function fuzzPackets({ port, devices, packets, random, tally }: PacketFuzz): Promise<void> {
  let left = packets;
  const one = async (device: string, password: string): Promise<void> => {
    let wire: Wire | undefined;
    let five = false;
    while (left > 0) {
      left -= 1;
      if (random.chance(0.3)) {
        tally.add('mqtt: stranger', await stranger(port, random, device));
        continue;
      }
      if (wire === undefined || wire.closed) {
        five = random.chance(0.5);
        wire = new Wire(port);
        const line = wire;
        line.socket.write(connectOf(device, password, five));
        const answered = await line.until(() => line.received.length >= 4 || line.closed, HANG_MS);
        if (!answered || line.closed || line.received[3] !== 0) {
          tally.add('mqtt: device', answered ? 'login refused' : 'hangs');
          line.socket.destroy();
          wire = undefined;
          await pause(20);
          continue;
        }
      }
      const outcome = await ask(wire, random, broken(random, lawful(random, device, five, packets - left)));
      tally.add('mqtt: device', outcome);
      if (outcome === 'waits for the rest' || outcome === 'hangs') wire.socket.destroy();
    }
    wire?.socket.destroy();
  };
  await Promise.all([...devices].map(([device, password]) => one(device, password)));
}

/** Bytes, then a PINGREQ: a connection that was not ended answers it, unless the bytes swallowed it. */
async function ask(wire: Wire, random: Random, bytes: Buffer): Promise<string> {
  wire.received = Buffer.alloc(0);
  const all = Buffer.concat([bytes, Buffer.from([0xc0, 0])]);
  const cut = random.chance(0.3) ? random.below(all.length) : all.length;
  wire.socket.write(all.subarray(0, cut));
  if (cut < all.length) {
    await pause(1);
    if (!wire.closed) wire.socket.write(all.subarray(cut));
  }
  const answered = (): boolean =>
    wire.received.length >= 2 && wire.received.at(-2) === 0xd0 && wire.received.at(-1) === 0;
  await wire.until(() => wire.closed || answered(), PATIENCE_MS);
  // The last packet may have swallowed the PINGREQ and want no answer: asked again, the broker must say something.
  if (!wire.closed && !answered() && !needsMore(all)) {
    wire.socket.write(Buffer.from([0xc0, 0]));
    await wire.until(() => wire.closed || answered(), HANG_MS);
  }
  let reasons = '';
  for (let at = 0; at < wire.received.length; ) {
    const [header, end] = packetAt(wire.received, at);
    const type = (wire.received[at] as number) >> 4;
    if (type === 14) return `ended with 0x${(wire.received[header] ?? 0).toString(16)}`;
    if (type === 4 || type === 5)
      reasons =
        end - header > 2 && (wire.received[header + 2] ?? 0) >= 0x80
          ? ' with a refusal'
          : ' with an acknowledgement';
    at = end;
  }
  if (wire.closed) return 'closed';
  if (answered()) return `goes on${reasons}`;
  return needsMore(all) ? 'waits for the rest' : 'hangs';
}

/** Whether the bytes end inside a packet. */
function needsMore(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.length) at = packetAt(bytes, at)[1];
  return at > bytes.length;
}

/** A first packet that is no right CONNECT, on a connection of its own. */
async function stranger(port: number, random: Random, device: string): Promise<string> {
  const wire = new Wire(port);
  const bytes = random.chance(0.5)
    ? broken(
        random,
        connectOf(pick(random, ['', 'A', 'x'.repeat(300), '#', `${device}x`]), 'guess', random.chance(0.5)),
      )
    : broken(random, lawful(random, device, false, 0));
  wire.socket.write(bytes);
  const over = await wire.until(() => wire.closed, PATIENCE_MS);
  // The doorstep's own time is longer than our patience; a connection that ends in between is ended by us.
  wire.socket.destroy();
  if (wire.received[0] === 0x20) return `CONNACK 0x${(wire.received[3] ?? 0).toString(16)}`;
  return over ? 'closed' : 'waits for the rest';
}

const PATHS = [
  '/',
  '/api/login',
  '/api/feed',
  '/api/history',
  '/api/patients',
  '/api/enroll',
  '/authority.pem',
  '/metrics',
  '/../data.key',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/api/readings/0.1.0/proof',
  `/${'a'.repeat(9000)}`,
  '/%',
  '/\u0000',
  '//',
  '*',
];
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'G\u0000T',
];
const HEADERS = [
  'content-length: 99999999999',
  'content-length: -1',
  'content-length: 5\r\ncontent-length: 6',
  'transfer-encoding: chunked',
  'transfer-encoding: chunked, identity',
  'expect: 100-continue',
  'upgrade: websocket\r\nconnection: upgrade',
  'content-type: application/json',
  'content-type: \u0000',
  `cookie: heartwood=${'x'.repeat(5000)}`,
  'cookie: heartwood=__proto__',
  'origin: null',
  'origin: http://evil.example',
  'host: evil.example',
  `x: ${'y'.repeat(20_000)}`,
  ' folded: 1',
  'range: bytes=0-,0-,0-',
];
const JSONS = [
  '{}',
  '[]',
  'null',
  '{"code":',
  '{"code":"x"}',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{}}}',
  '{"name":1,"password":[]}',
  `{"name":"${'n'.repeat(15_000)}","password":"x"}`,
  '['.repeat(8000),
  '{"code":"\\ud800"}',
  '\u0000',
  'a'.repeat(20_000),
];

/** One request on a connection of its own, from an address of its own: each has its own rate limit. */
export async function fuzzRequests(
  port: number,
  requests: number,
  random: Random,
  tally: Tally,
): Promise<void> {
  let left = requests;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const body = random.chance(0.6) ? pick(random, JSONS) : '';
      const lines = [
        `${pick(random, METHODS)} ${pick(random, PATHS)} HTTP/${pick(random, ['1.1', '1.0', '2.0', '9.9', ''])}`,
      ];
      if (random.chance(0.9)) lines.push('host: 127.0.0.1');
      for (let n = random.below(4); n > 0; n--) lines.push(pick(random, HEADERS));
      if (random.chance(0.6))
        lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`);
      let bytes: Uint8Array = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
      if (random.chance(0.3)) bytes = mutate(random, bytes.subarray(0, 3000));
      const wire = new Wire(port, `127.0.0.${2 + random.below(250)}`);
      wire.socket.write(bytes);
      await wire.until(() => wire.closed || wire.received.length > 0, PATIENCE_MS);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(wire.received.toString('latin1', 0, 20))?.[1];
      tally.add(
        'http: request',
        status === undefined ? (wire.closed ? 'closed' : 'waits for the rest') : `HTTP ${status}`,
      );
      wire.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
}

/** Frames at the feed of a page that is logged in. */
export async function fuzzFrames(
  port: number,
  cookie: string,
  frames: number,
  random: Random,
  tally: Tally,
): Promise<void> {
  let wire: Wire | undefined;
  const open = async (): Promise<Wire | undefined> => {
    const line = new Wire(port);
    line.socket.write(
      `GET /api/feed HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: http://127.0.0.1:${port}\r\ncookie: ${cookie}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16, 7).toString('base64')}\r\n\r\n`,
    );
    await line.until(() => line.closed || line.received.includes('\r\n\r\n'), HANG_MS);
    return line.received.toString('latin1', 0, 12) === 'HTTP/1.1 101' ? line : undefined;
  };
  for (let n = 0; n < frames; n++) {
    if (wire === undefined || wire.closed) wire = await open();
    if (wire === undefined) {
      tally.add('feed: frame', 'upgrade refused');
      await pause(50);
      continue;
    }
    const line = wire;
    const length = pick(random, [0, 1, 125, 126, 127, 1024, 1025, 5000]);
    const claimed = random.chance(0.8) ? length : random.below(70_000);
    const size =
      claimed < 126
        ? [claimed]
        : claimed < 65_536
          ? [126, claimed >> 8, claimed & 255]
          : [127, 0, 0, 0, 0, 0, 1, 0, 0];
    if (random.chance(0.8)) size[0] = (size[0] as number) | 0x80;
    const head = Buffer.from([
      random.chance(0.7) ? 0x80 | random.below(12) : random.below(256),
      ...size,
      1,
      2,
      3,
      4,
    ]);
    line.received = Buffer.alloc(0);
    line.socket.write(Buffer.concat([head, Buffer.alloc(length, random.below(256))]));
    const over = await line.until(() => line.closed, 15);
    // The close frame's code, where it said one: 0x88, length, two bytes.
    const close = line.received.lastIndexOf(0x88);
    const code = close >= 0 && close + 4 <= line.received.length ? line.received.readUInt16BE(close + 2) : 0;
    tally.add(
      'feed: frame',
      code >= 1000 && code < 1016 ? `WebSocket ${code}` : over ? 'closed' : 'taken or waited for',
    );
    if (code >= 1000 || random.chance(0.2)) line.socket.destroy();
    if (line.socket.destroyed) wire = undefined;
  }
  wire?.socket.destroy();
}
