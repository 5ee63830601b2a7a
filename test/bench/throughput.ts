// How many QoS 1 messages a second: the hub, where acknowledged means encrypted and on disk, beside bare aedes, which
// forgets them. The same generator, alternating, and the median of the rounds.

import { join } from 'node:path';
import { endChild } from './child.ts';
import { median } from './histogram.ts';
import type { DeviceLogin } from './load-wire.ts';
import { type Instead, measureInstead, mosquittoVersion } from './mosquitto.ts';
import { READINGS_PER_MESSAGE } from './mqtt-bytes.ts';
import type { Bench, Section } from './part.ts';
import {
  type Generator,
  logIn,
  type Measured,
  makeHome,
  startAedes,
  startFeedReader,
  startGenerator,
  startHub,
  startSink,
  startSubscriber,
} from './server.ts';
import { formatTable, number } from './table.ts';

const DEVICES = 50;
const WINDOWS = [20, 1] as const;

export async function throughput(bench: Bench): Promise<Section> {
  const { rounds, warmMs, roundMs } = bench.pace;
  const directory = join(bench.folder, 'throughput');
  const devices = await makeHome(directory, DEVICES);
  const hub = await startHub(directory);
  const bare = await startAedes();
  const sink = await startSink();
  const cookie = await logIn(hub);
  const toHub = await startGenerator(hub, devices);
  const toBare = await startGenerator(bare, devices);
  const toSink = await startGenerator(sink, devices);

  const results = new Map<string, Measured[]>();
  let droppedToSnapshot = 0;
  const measure = async (name: string, generator: Generator, window: number): Promise<void> => {
    const result = await generator.run({ load: { kind: 'closed', window }, warmMs, ms: roundMs });
    if (result.unanswered > 0) throw new Error(`${name} left ${result.unanswered} messages unanswered`);
    const key = `${name} ${window}`;
    results.set(key, [...(results.get(key) ?? []), result]);
  };

  for (let round = 1; round <= rounds; round++) {
    for (const window of WINDOWS) {
      bench.say(`throughput: round ${round} of ${rounds}, ${window} in flight`);
      await measure('hub', toHub, window);
      const page = await startFeedReader(hub, cookie, false);
      await measure('page', toHub, window);
      droppedToSnapshot += (await page.take()).snapshots;
      await page.stop();
      const subscriber = await startSubscriber(bare);
      await measure('relay', toBare, window);
      await subscriber.stop();
      if (round > 1) continue;
      await measure('bare', toBare, window);
      await measure('sink', toSink, window);
    }
  }
  await Promise.all([toHub.stop(), toBare.stop(), toSink.stop()]);
  await Promise.all([hub, bare, sink].map(({ child }) => endChild(child)));

  const instead = await measureMosquitto(bench, devices);

  const rows = WINDOWS.flatMap((window) => {
    const middle = (name: string, of: (result: Measured) => number): number =>
      median((results.get(`${name} ${window}`) ?? []).map(of));
    const base = middle('relay', (one) => one.perSecond);
    const row = (name: string, what: string): string[] => {
      const perSecond = middle(name, (one) => one.perSecond);
      const rate = Math.round(perSecond);
      const stored = name === 'hub' || name === 'page';
      return [
        what,
        String(window),
        number(rate),
        stored ? number(rate * READINGS_PER_MESSAGE) : '0',
        name === 'sink' ? '' : number(perSecond / base),
        number(middle(name, (one) => one.latency.p50)),
        number(middle(name, (one) => one.latency.p99)),
        number(middle(name, (one) => one.serverUs)),
        number(middle(name, (one) => one.serverCores)),
        number(middle(name, (one) => one.coresUsed)),
      ];
    };
    return [
      row('hub', 'Heartwood: on disk, encrypted'),
      row('page', 'Heartwood, a page looking on'),
      row('relay', 'bare aedes, relaying to one subscriber'),
      row('bare', 'bare aedes, nobody listening'),
      ...instead.filter((one) => one.window === window).map((one) => insteadRow(one, base)),
      row('sink', 'the generator’s own limit (a sink)'),
    ];
  });
  const text = [
    `${DEVICES} devices of ${DEVICES / 5} patients, 186 bytes of JSON with ${READINGS_PER_MESSAGE} readings a message, QoS 1, MQTT 3.1.1, loopback. The first three of each half: median of ${rounds} rounds of ${roundMs / 1000} s after ${warmMs / 1000} s of warm-up, in turn; the others: one round. Latencies (ms) are those at full load. CPU and cores are processor time, without the subscriber’s. Goal: at least 0.5 of what bare aedes relays. aedes keeps nothing and checks no password.`,
    '',
    formatTable(
      [
        'server',
        'in flight#',
        'messages/s#',
        'readings stored/s#',
        'of relaying#',
        'p50 ms#',
        'p99 ms#',
        'server CPU µs/message#',
        'server cores#',
        'generator cores#',
      ],
      rows,
    ),
    '',
    ...instead.map(
      ({ window, notStored }) =>
        `With ${window} in flight, ${number(notStored)} messages that Mosquitto had acknowledged were not on disk at the end of the measured time.`,
    ),
    `The page was dropped to a fresh snapshot ${droppedToSnapshot} times in ${2 * rounds} rounds: a page that cannot keep up never slows the hub.`,
  ].join('\n');
  return { title: 'Throughput', text };
}

type InsteadAt = Instead & { readonly window: number; readonly version: string };

/** One round each: Mosquitto is no part of us, and need not be installed. */
async function measureMosquitto(bench: Bench, devices: readonly DeviceLogin[]): Promise<InsteadAt[]> {
  const version = mosquittoVersion();
  if (version === undefined) return [];
  const { warmMs, roundMs: ms } = bench.pace;
  const measured: InsteadAt[] = [];
  for (const window of WINDOWS) {
    bench.say(`throughput: Mosquitto and a subscriber, ${window} in flight`);
    const result = await measureInstead(bench.folder, devices, {
      load: { kind: 'closed', window },
      warmMs,
      ms,
    });
    measured.push({ ...result, window, version });
  }
  return measured;
}

const insteadRow = (one: InsteadAt, base: number): string[] => [
  `Mosquitto ${one.version}, a subscriber inserts rows`,
  String(one.window),
  number(Math.round(one.perSecond)),
  number(Math.round(one.storedPerSecond * READINGS_PER_MESSAGE)),
  number(one.perSecond / base),
  number(one.latency.p50),
  number(one.latency.p99),
  number(one.serverUs),
  number(one.serverCores),
  number(one.coresUsed),
];
