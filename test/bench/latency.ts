// How long a device waits for its PUBACK, and a page for the number, at a steady rate that a large home would have.

import { join } from 'node:path';
import { endChild } from './child.ts';
import type { Bench, Section } from './part.ts';
import {
  type Generator,
  logIn,
  makeHome,
  startAedes,
  startFeedReader,
  startGenerator,
  startHub,
} from './server.ts';
import { formatTable, number } from './table.ts';

const DEVICES = 50;
const RATES = [500, 1000] as const;

export async function latency(bench: Bench): Promise<Section> {
  const { warmMs, latencyMs } = bench.pace;
  const directory = join(bench.folder, 'latency');
  const devices = await makeHome(directory, DEVICES);
  const hub = await startHub(directory);
  const bare = await startAedes();
  const cookie = await logIn(hub);
  const toHub = await startGenerator(hub, devices);
  const toBare = await startGenerator(bare, devices);
  const rows: string[][] = [];
  const measure = async (
    what: string,
    generator: Generator,
    perSecond: number,
    ms = latencyMs,
  ): Promise<void> => {
    bench.say(`latency: ${what}, ${perSecond} messages/s`);
    const result = await generator.run({ load: { kind: 'open', perSecond }, warmMs, ms });
    if (result.unanswered + result.heldBack > 0)
      throw new Error(`${what} did not keep up with ${perSecond}/s`);
    const { p50, p99, max } = result.latency;
    const cells = [result.perSecond, p50, p99, max, result.lateness.p99, result.serverCores];
    rows.push([what, number(perSecond), ...cells.map(number)]);
  };

  await measure('warm-up', toHub, 1000, warmMs);
  await measure('warm-up', toBare, 1000, warmMs);
  rows.length = 0;
  for (const rate of RATES) {
    await measure('Heartwood', toHub, rate);
    await measure('bare aedes', toBare, rate);
  }
  const page = await startFeedReader(hub, cookie, true);
  await page.take();
  await measure('Heartwood, a page looking on', toHub, 1000);
  const { delay } = await page.take();
  await page.stop();
  await Promise.all([toHub.stop(), toBare.stop()]);
  await Promise.all([hub, bare].map(({ child }) => endChild(child)));

  const text = [
    `${DEVICES} devices, messages of 3 readings at a steady rate (open loop), ${latencyMs / 1000} s each. Milliseconds from PUBLISH written to PUBACK read. “Late” is how late the generator itself sent, at p99. Goal: p99 under 20 ms at 1,000 readings/s; 1,000 messages/s are 3,000.`,
    '',
    formatTable(
      ['server', 'sent/s#', 'acknowledged/s#', 'p50 ms#', 'p99 ms#', 'max ms#', 'late ms#', 'server cores#'],
      rows,
    ),
    '',
    'From PUBLISH to the page’s frame (goal: p99 under 100 ms), 1,000 messages/s, device time in whole ms:',
    '',
    formatTable(
      ['readings#', 'p50 ms#', 'p99 ms#', 'max ms#'],
      [[number(delay.count), number(delay.p50), number(delay.p99), number(delay.max)]],
    ),
  ].join('\n');
  return { title: 'Latency', text };
}
