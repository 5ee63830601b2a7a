// Resident memory of the hub's process, idle and with a hundred devices.

import { join } from 'node:path';
import { endChild, residentBytes } from './child.ts';
import type { Bench, Section } from './part.ts';
import { makeHome, startGenerator, startHub } from './server.ts';
import { formatTable, number } from './table.ts';

const DEVICES = 100;
const MANY = 1000;
const IDLE_MS = 3000;
/** After a burst of logins the hub collects its garbage when it has had a calm moment. */
const CALM_MS = 10_000;
const mb = (bytes: number): string => number(Math.round(bytes / 1e5) / 10);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A hub of its own with a thousand devices, from as many addresses as it takes. */
async function crowd(bench: Bench): Promise<ReturnType<typeof residentBytes>> {
  const directory = join(bench.folder, 'memory-many');
  bench.say(`memory: ${MANY} devices`);
  const devices = await makeHome(directory, MANY);
  const hub = await startHub(directory);
  const generator = await startGenerator(hub, devices);
  await sleep(CALM_MS);
  const connected = residentBytes(hub.child.pid as number);
  await generator.stop();
  await endChild(hub.child);
  return connected;
}

export async function memory(bench: Bench): Promise<Section> {
  const directory = join(bench.folder, 'memory');
  const devices = await makeHome(directory, DEVICES);
  const hub = await startHub(directory);
  const pid = hub.child.pid as number;
  bench.say('memory: idle');
  await sleep(IDLE_MS);
  const idle = residentBytes(pid);
  bench.say(`memory: ${DEVICES} devices`);
  const generator = await startGenerator(hub, devices);
  const connected = residentBytes(pid);
  const ms = bench.pace.memoryMs;
  const result = await generator.run({ load: { kind: 'open', perSecond: DEVICES }, warmMs: 0, ms });
  const loaded = residentBytes(pid);
  await generator.stop();
  await endChild(hub.child);
  const many = await crowd(bench);
  const text = [
    `The hub’s process (main thread and hub thread), MB of 10⁶ bytes resident; “own” leaves out what is mapped from files, mostly Node’s program. Goal: under 150 with ${number(MANY)} devices.`,
    '',
    formatTable(
      ['moment', 'resident MB#', 'of it own MB#', 'highest so far MB#', 'cores#'],
      [
        [`started, ${IDLE_MS / 1000} s idle`, mb(idle.all), mb(idle.own), mb(idle.peak), ''],
        [`${DEVICES} devices connected`, mb(connected.all), mb(connected.own), mb(connected.peak), ''],
        [
          `${DEVICES} devices, 1 message/s each, after ${ms / 1000} s`,
          mb(loaded.all),
          mb(loaded.own),
          mb(loaded.peak),
          number(result.serverCores),
        ],
        [
          `${number(MANY)} devices connected, ${CALM_MS / 1000} s after`,
          mb(many.all),
          mb(many.own),
          mb(many.peak),
          '',
        ],
      ],
    ),
  ].join('\n');
  return { title: 'Memory', text };
}
