// A hub first left in peace and then attacked from all sides at once, by the same ten good devices' clocks: a page that
// does not read, a device of the house that floods with the dearest messages there are and with small ones, a thousand
// connections that say nothing, and others that say their CONNECT or their request a byte at a time. Who behaves must not
// notice.

import { connect, type Socket } from 'node:net';
import { loadavg } from 'node:os';
import { encodeMessageCbor, type TimedMeasurement, topicOf } from '@heartwood/vitals';
import { peakOf, residentOf } from '../fuzz/hub.ts';
import { Home } from '../journey/home.ts';
import { pause, until } from '../journey/program.ts';
import { type Sender, sender } from '../journey/sender.ts';

export type HostileOptions = {
  readonly seconds: number;
  readonly halfOpen: number;
  /** What every fifty-first message of the flood is, in turns: all of them unless given. */
  readonly floods?: readonly Flood[] | undefined;
  readonly say: (line: string) => void;
};

/**
 * Messages that cost a hub the most for their bytes: a waveform of as many samples as one may have; as many readings as one
 * may have, in 2 kB; and as many waveforms of a sample each, of which each claims that 9.9 s are missing before it.
 */
export const FLOODS = ['wave', 'dense', 'gaps'] as const;
type Flood = (typeof FLOODS)[number];

/** Milliseconds from PUBLISH to PUBACK of the good devices. */
export type Latency = {
  readonly messages: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** What else the machine did: its load over the last minute, at the end. */
  readonly load: number;
};

export type HostileReport = {
  readonly quiet: Latency;
  readonly hostile: Latency;
  /** Of the hub's process, at the end of each half: the most it ever had. */
  readonly quietPeakMb: number;
  readonly hostilePeakMb: number;
  /** What it had when all was over. */
  readonly afterMb: number;
  readonly halfOpenTried: number;
  readonly halfOpenTurnedAway: number;
  readonly dripped: number;
  readonly floodSentMb: number;
  readonly floodAcknowledged: number;
  /** On disk at the end, of what the good ones had acknowledged. */
  readonly goodAcknowledged: number;
  readonly goodStored: number;
  /** Messages of the flood on disk, readings of it that are there twice, messages that are there in part. */
  readonly floodStored: number;
  readonly floodStoredTwice: number;
  readonly floodStoredInPart: number;
  readonly floodReadings: number;
};

const GOOD = 10;
const EVERY_MS = 100;

/** @throws when a good device is refused, or the hub does not stop cleanly */
export async function attack({
  seconds,
  halfOpen,
  floods: kinds = FLOODS,
  say,
}: HostileOptions): Promise<HostileReport> {
  const home = new Home();
  const enders: (() => void)[] = [];
  try {
    const hub = await home.start('--log', 'error', '--interval-ms', '2000');
    const passwords = new Map<string, string>();
    for (let n = 0; n < GOOD; n++)
      passwords.set(`good-${n}`, await home.enroll(`good-${n}`, `Patient ${n % 4}`));
    const floodPassword = await home.enroll('flood', 'Patient 0');
    const { mqtt = '', page, loginLink } = await hub.ready;
    const [mqttPort, pagePort] = [Number(new URL(mqtt).port), Number(new URL(page).port)];
    const lines: Sender[] = [];
    for (const [id, password] of passwords) lines.push(await sender(mqtt, id, password, { keepalive: 5 }));

    let seq = 0;
    let goodAcknowledged = 0;
    const measure = async (): Promise<Latency> => {
      const times: number[] = [];
      const end = Date.now() + seconds * 1000;
      const one = async (line: Sender, offset: number): Promise<void> => {
        await pause((offset * EVERY_MS) / GOOD);
        while (Date.now() < end) {
          const began = performance.now();
          await line.send(
            JSON.stringify({ seq: ++seq, readings: [{ kind: 'heart-rate', value: 60 + (seq % 40) }] }),
          );
          const ms = performance.now() - began;
          times.push(ms);
          goodAcknowledged += 1;
          if (ms < EVERY_MS) await pause(EVERY_MS - ms);
        }
      };
      await Promise.all(lines.map(one));
      times.sort((a, b) => a - b);
      const at = (share: number): number =>
        Number((times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2));
      const load = Number((loadavg()[0] ?? 0).toFixed(1));
      return { messages: times.length, p50: at(0.5), p99: at(0.99), max: at(1), load };
    };

    say('in peace');
    const quiet = await measure();
    const quietPeakMb = peakOf(home.data);

    await frozenPage(page, pagePort, loginLink, enders);
    const flood = floodFrom(mqttPort, floodPassword, kinds, enders);
    const crowd = halfOpenCrowd(mqttPort, halfOpen, enders);
    const loris = slowLoris(mqttPort, pagePort, enders);
    await pause(500);
    say('under attack');
    const hostile = await measure();
    const hostilePeakMb = peakOf(home.data);
    const afterMb = residentOf(home.data);
    for (const end of enders.splice(0)) end();
    await pause(200);
    for (const line of lines) await line.end();
    const status = await hub.stop();
    if (status !== 0) throw new Error(`the hub stopped with ${status}: ${hub.err.slice(-2000)}`);
    const exported = await home.exported();
    const floods = exported.filter(({ device }) => device === 'flood');
    const messages = Map.groupBy(floods, ({ seq: number }) => number);
    return {
      quiet,
      hostile,
      quietPeakMb,
      hostilePeakMb,
      afterMb,
      ...crowd,
      dripped: loris.dripped,
      floodSentMb: Math.round(flood.bytes / 1e5) / 10,
      floodAcknowledged: flood.acknowledged,
      goodAcknowledged,
      goodStored: exported.filter(({ device }) => device.startsWith('good-')).length,
      floodStored: messages.size,
      floodStoredTwice: floods.length - new Set(floods.map((one) => `${one.seq} ${one.index}`)).size,
      floodStoredInPart: [...messages.values()].filter(({ length }) => length !== 1 && length !== READINGS)
        .length,
      floodReadings: floods.length,
    };
  } finally {
    for (const end of enders) end();
    await home.close();
  }
}

/** A page that is logged in, opens its feed, and never reads from it. */
async function frozenPage(
  page: string,
  port: number,
  loginLink: string,
  enders: (() => void)[],
): Promise<void> {
  const answer = await fetch(`${page}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: page },
    body: JSON.stringify({ code: loginLink.slice(loginLink.indexOf('#login=') + 7) }),
  });
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0];
  const socket = open(port, '127.0.0.1', enders);
  let head = '';
  socket.on('data', (chunk) => {
    head += chunk.toString('latin1');
    if (head.includes('\r\n\r\n')) socket.pause();
  });
  socket.write(
    `GET /api/feed HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: ${page}\r\ncookie: ${cookie}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  );
  await until(() => head.startsWith('HTTP/1.1 101'), 'the frozen page has its feed');
}

const field = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);

function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const rest = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = rest.length; ; left >>= 7) {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from([first, ...length]), rest]);
}

const connectOf = (id: string, password: string): Buffer =>
  packet(
    0x10,
    Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0xc2, 0, 60]),
    field(id),
    field(id),
    field(password),
  );

const SAMPLES = Int32Array.from(
  { length: 65_536 },
  (_, i) => Math.round(800 * Math.sin(i / 20)) + ((i * 7919) % 31),
);
const ecg = (samples: Int32Array, rateHz: number): TimedMeasurement['measurement'] => ({
  kind: 'ecg',
  wave: { lead: 'II', rateHz, gain: 200, baseline: 0, samples },
});
const READINGS = 512;
let claimedMs = 0;
const dearest: Readonly<Record<Flood, () => readonly TimedMeasurement[]>> = {
  wave: () => [{ measurement: ecg(SAMPLES, 500) }],
  dense: () =>
    Array.from({ length: READINGS }, (_, i) => ({
      measurement: { kind: 'heart-rate', value: 60 + (i % 40) },
    })),
  gaps: () =>
    Array.from({ length: READINGS }, (_, i) => {
      claimedMs += 9_900;
      return { at: 1_795_262_400_000 + claimedMs, measurement: ecg(SAMPLES.subarray(i, i + 1), 1000) };
    }),
};

/** As fast as TCP takes it: one of the dearest messages, then fifty small ones, and again. */
function floodFrom(
  port: number,
  password: string,
  kinds: readonly Flood[],
  enders: (() => void)[],
): { bytes: number; acknowledged: number } {
  const seen = { bytes: 0, acknowledged: 0 };
  const socket = open(port, '127.0.0.1', enders);
  let seq = 0;
  let dear = 0;
  const publish = (body: Uint8Array): boolean => {
    const bytes = packet(
      0x32,
      field(topicOf('flood', 'readings')),
      Buffer.from([(seq >> 8) & 255 || 1, seq & 255]),
      body,
    );
    seen.bytes += bytes.length;
    return socket.write(bytes);
  };
  const more = (): void => {
    for (let room = !socket.destroyed; room; ) {
      seq += 1;
      const readings: readonly TimedMeasurement[] =
        seq % 51 === 1
          ? dearest[kinds[dear++ % kinds.length] as Flood]()
          : [{ measurement: { kind: 'heart-rate', value: 60 + (seq % 40) } }];
      room = publish(encodeMessageCbor({ seq, readings }));
    }
  };
  let greeted = false;
  socket.on('data', (chunk: Buffer) => {
    // CONNACK and PUBACK have four bytes each.
    seen.acknowledged += chunk.length / 4;
    if (!greeted) {
      greeted = true;
      seen.acknowledged -= 1;
      more();
    }
  });
  socket.on('drain', more);
  socket.write(connectOf('flood', password));
  return seen;
}

/** So many connections that say nothing, from several addresses, each opened anew when it is closed. */
function halfOpenCrowd(
  port: number,
  count: number,
  enders: (() => void)[],
): { halfOpenTried: number; halfOpenTurnedAway: number } {
  const seen = { halfOpenTried: 0, halfOpenTurnedAway: 0 };
  let over = false;
  enders.push(() => {
    over = true;
  });
  const one = (n: number): void => {
    if (over) return;
    seen.halfOpenTried += 1;
    const socket = open(port, `127.0.0.${20 + (n % 5)}`, enders);
    const began = Date.now();
    socket.on('close', () => {
      if (over) return;
      if (Date.now() - began < 5_000) seen.halfOpenTurnedAway += 1;
      setTimeout(() => one(n), 1_000).unref();
    });
  };
  for (let n = 0; n < count; n++) one(n);
  return seen;
}

/** A CONNECT and a request, a byte every fifth of a second, on twenty connections each. */
function slowLoris(mqttPort: number, pagePort: number, enders: (() => void)[]): { dripped: number } {
  const seen = { dripped: 0 };
  const texts: [number, Buffer][] = [
    [mqttPort, connectOf('nobody', 'x'.repeat(100))],
    [pagePort, Buffer.from(`POST /api/login HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(1000)}`)],
  ];
  const sockets = texts.flatMap(([port, bytes]) =>
    Array.from({ length: 20 }, () => ({ socket: open(port, '127.0.0.30', enders), bytes, at: 0 })),
  );
  const timer = setInterval(() => {
    for (const one of sockets) {
      if (one.socket.destroyed) continue;
      one.socket.write(one.bytes.subarray(one.at, ++one.at));
      seen.dripped += 1;
    }
  }, 200);
  enders.push(() => clearInterval(timer));
  return seen;
}

function open(port: number, localAddress: string, enders: (() => void)[]): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  enders.push(() => socket.destroy());
  return socket;
}

export function hostileTable({ quiet, hostile, ...rest }: HostileReport): string {
  const line = (name: string, one: Latency): string =>
    `| ${name} | ${one.messages} | ${one.p50} | ${one.p99} | ${one.max} | ${one.load} |`;
  return [
    '| good devices | messages | p50 ms | p99 ms | max ms | load |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    line('in peace', quiet),
    line('under attack', hostile),
    '',
    JSON.stringify(rest, null, 2),
  ].join('\n');
}
