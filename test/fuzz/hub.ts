// A share of the fuzz through a whole hub, as a person runs it: hostile bodies over MQTT, packets, requests and frames at
// its real sockets. Afterwards it must still serve, own no more memory than it may, and stop cleanly; its books must
// account for every message that it acknowledged.

import { readdirSync, readFileSync } from 'node:fs';
import { startBroker } from '@heartwood/broker';
import { seededRandom } from '@heartwood/device-sim';
import { Home } from '../journey/home.ts';
import { until } from '../journey/program.ts';
import { type Sender, sender } from '../journey/sender.ts';
import { BODIES } from './body.ts';
import { FuzzFailure } from './ingest.ts';
import type { Tally } from './tally.ts';
import { fuzzFrames, fuzzPackets, fuzzRequests } from './wire.ts';

export type HubFuzz = {
  readonly bodies: number;
  readonly packets: number;
  readonly requests: number;
  readonly frames: number;
  readonly seed: string;
  readonly tally: Tally;
};

export type HubReport = { readonly peakRssMb: number; readonly slowestAcknowledgementMs: number };

const DEVICES = ['strap-1', 'strap-2', 'watch-1', 'watch-2'];
const RSS_MAX_MB = 700;

/** @throws FuzzFailure, or whatever shows that the hub did not stand it */
export async function fuzzHub({
  bodies,
  packets,
  requests,
  frames,
  seed,
  tally,
}: HubFuzz): Promise<HubReport> {
  const random = seededRandom(`hub ${seed}`);
  const home = new Home();
  try {
    const hub = await home.start('--log', 'error', '--quarantine-max', '100000');
    const passwords = new Map<string, string>();
    for (const [at, device] of DEVICES.entries())
      passwords.set(device, await home.enroll(device, at < 2 ? 'Ada' : 'Tomas'));
    const { mqtt = '', page, loginLink } = await hub.ready;
    const [mqttPort, pagePort] = [Number(new URL(mqtt).port), Number(new URL(page).port)];

    const answer = await fetch(`${page}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: page },
      body: JSON.stringify({ code: loginLink.slice(loginLink.indexOf('#login=') + 7) }),
    });
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    if (answer.status !== 204) throw new FuzzFailure(`nobody could log in: ${answer.status}`);

    let slowest = 0;
    const names = Object.keys(BODIES);
    let seq = 1_000_000;
    let left = bodies;
    const speak = async (device: string): Promise<void> => {
      const line: Sender = await sender(mqtt, device, passwords.get(device) ?? '');
      const flights = new Set<Promise<void>>();
      while (left > 0) {
        left -= 1;
        const generator = names[random.below(names.length)] as string;
        const { body, contentType } = (BODIES[generator] as (typeof BODIES)[string])(random, ++seq);
        // A content type that is no UTF-8 text cannot be sent by this client.
        const type =
          contentType !== undefined && /^[\x20-\x7e]*$/.test(contentType) ? contentType : undefined;
        const began = performance.now();
        const flight = line.send(body, type).then(() => {
          slowest = Math.max(slowest, performance.now() - began);
          tally.add(`hub: ${generator}`, 'acknowledged');
          flights.delete(flight);
        });
        flights.add(flight);
        if (flights.size >= 20) await Promise.race(flights);
      }
      await Promise.all(flights);
      await line.end();
    };
    await Promise.all(DEVICES.map(speak));
    await fuzzPackets({ port: mqttPort, devices: passwords, packets, random, tally });
    await fuzzRequests(pagePort, requests, random, tally);
    await fuzzFrames(pagePort, cookie, frames, random, tally);

    const peakRssMb = peakOf(home.data);
    if (peakRssMb > RSS_MAX_MB) throw new FuzzFailure(`the hub grew to ${peakRssMb} MB`);
    // Whoever was a nuisance waits as a guesser of passwords does: the neighbour logs in with his own id.
    const password = await home.enroll('neighbour', 'Ada');
    await until(async () => {
      const line = await sender(mqtt, 'neighbour', password).catch(() => undefined);
      await line?.send('{"seq":1,"readings":[{"kind":"heart-rate","value":77}]}');
      await line?.end();
      return line !== undefined;
    }, 'a neighbour is served');
    const status = await hub.stop();
    if (status !== 0) throw new FuzzFailure(`the hub stopped with ${status}: ${hub.err.slice(-2000)}`);
    const served = (await home.exported()).filter(({ device }) => device === 'neighbour');
    if (served.length !== 1) throw new FuzzFailure(`the neighbour has ${served.length} readings`);
    return { peakRssMb, slowestAcknowledgementMs: Math.round(slowest) };
  } finally {
    await home.close();
  }
}

/** The largest resident size that the process serving this data ever had. Linux. */
export const peakOf = (data: string): number => memoryOf(data, 'VmHWM');
/** What it has now. */
export const residentOf = (data: string): number => memoryOf(data, 'VmRSS');

function memoryOf(data: string, which: 'VmHWM' | 'VmRSS'): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data)) continue;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const kb = new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)?.[1];
      if (kb !== undefined) return Math.round(Number(kb) / 1024);
    } catch {
      // A process that ended meanwhile.
    }
  }
  throw new Error('the hub’s process was not found');
}

/** Packets at a broker alone, whose passwords cost nothing to check: many times as many. */
export async function fuzzBroker(packets: number, seed: string, tally: Tally): Promise<void> {
  const devices = new Map(Array.from({ length: 24 }, (_, n) => [`watch-${n}`, 'right']));
  let taken = 0;
  const broker = await startBroker({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    authenticate: async (_device, password) => Buffer.from(password ?? []).toString() === 'right',
    accept: async () => {
      taken += 1;
    },
    onLink: () => undefined,
    log: () => undefined,
    limits: {
      loginsPerSecond: 1e6,
      connectsPerSecond: 1e6,
      failedLoginsMax: 1e6,
      failedLoginsPerAddressMax: 1e6,
    },
  });
  try {
    const random = seededRandom(`broker ${seed}`);
    await fuzzPackets({ port: broker.ports[0] ?? 0, devices, packets, random, tally });
    const { arrivals, waiting, notStored } = broker.stats();
    if (arrivals !== taken || waiting !== 0 || notStored !== 0)
      throw new FuzzFailure('messages were lost in the broker');
    broker.disconnect('watch-0');
  } finally {
    await broker.close();
  }
}
