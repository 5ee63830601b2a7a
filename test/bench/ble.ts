// Bluetooth: how long a value takes from BlueZ's signal to the disk, and how many a second get there. The peripherals
// and their BlueZ are a process of their own, on the real dbus-daemon; the hub's radio runs beside its real thread.

import { hasBusDaemon } from '@heartwood/device-sim/ble';
import { Radio } from '@heartwood/gateway/ble';
import { parseMessage } from '@heartwood/vitals';
import { ageMs } from '../ble/burst-strap.ts';
import { HubHome, type Worn } from '../ble/hub-home.ts';
import { answerOf, cpuSeconds, endChild, startModule } from './child.ts';
import { Histogram, type Summary } from './histogram.ts';
import type { Bench, Section } from './part.ts';
import { formatTable, number } from './table.ts';

const DEVICES = 20;
/** Values of each device every 20 ms: 50 Hz, and then as many as fit. */
const VALUES = [1, 5, 8, 12] as const;

/** Of `HubHome`. */
const INTERVAL_MS = 10_000;

type Measured = Summary & {
  readonly said: number;
  readonly stored: number;
  readonly perSecond: number;
  readonly cores: number;
};

export async function ble(bench: Bench): Promise<Section> {
  const title = 'Bluetooth';
  if (!hasBusDaemon()) return { title, text: 'Not measured: dbus-daemon is not installed (Debian: dbus).' };
  const rows: string[][] = [];
  for (const values of VALUES) {
    const rate = DEVICES * values * 50;
    bench.say(`ble: ${number(rate)} values/s`);
    const { said, stored, perSecond, p50, p99, max, cores } = await measure(bench, values);
    rows.push([
      number(rate),
      number(perSecond),
      number(said - stored),
      ...[p50, p99, max, cores].map(number),
    ]);
  }
  const text = [
    `${DEVICES} straps, each value a notification (2A37) that BlueZ tells as a D-Bus signal. Milliseconds from the signal's sending, in another process, to the value being encrypted and on disk. “Lost” are values that were on the bus and are not on disk. Goals: p99 at most 50 ms at 50 Hz (1,000 a second), and at least 5,000 a second through to the store. Over whole intervals of 10 s, each with the close of a batch in it. Hub's cores are radio and hub's thread together.`,
    '',
    formatTable(['asked/s#', 'stored/s#', 'lost#', 'p50 ms#', 'p99 ms#', 'max ms#', 'hub’s cores#'], rows),
  ].join('\n');
  return { title, text };
}

async function measure(bench: Bench, values: number): Promise<Measured> {
  const child = startModule(new URL('./ble-peripherals.ts', import.meta.url), [`${DEVICES}`, `${values}`]);
  const { address, worn } = await answerOf<{ address: string; worn: readonly Worn[] }>(child);
  const home = await HubHome.open(worn, bench.folder);
  const latency = new Histogram();
  let stored = 0;
  let measuring = false;
  const up = new Set<string>();
  const radio = Radio.start({
    address,
    slots: DEVICES,
    clock: Date.now,
    ticks: () => performance.now(),
    zone: () => 0,
    devices: () => home.thread.call('radioDevices'),
    keepClock: (device, clock) => home.thread.call('radioClock', device, clock),
    accept: async (arrival) => {
      const outcome = await home.thread.accept(arrival);
      if (outcome !== 'stored') throw new Error(`a value was ${outcome}`);
      const parsed = parseMessage(arrival.body, arrival.contentType);
      if (parsed.kind === 'refused') throw new Error(parsed.detail);
      for (const { source } of parsed.message.readings) {
        if (source?.characteristic !== 0x2a37) continue;
        stored += 1;
        if (measuring) latency.record(ageMs(source.octets));
      }
      return outcome;
    },
    events: {
      link: (device, state) => (state === 'up' ? up.add(device) : up.delete(device)),
      alarm: () => undefined,
      log: () => undefined,
    },
  });
  while (up.size < DEVICES) await wait(20);
  await wait(bench.pace.warmMs);
  measuring = true;
  const [before, cpuBefore, beganMs] = [stored, cpuSeconds(process.pid), performance.now()];
  // Whole intervals: the close of a batch holds up what comes meanwhile, and is to count as often as it happens.
  await wait(Math.ceil((2 * bench.pace.latencyMs) / INTERVAL_MS) * INTERVAL_MS);
  const seconds = (performance.now() - beganMs) / 1000;
  const perSecond = Math.round((stored - before) / seconds);
  const cores = (cpuSeconds(process.pid) - cpuBefore) / seconds;
  measuring = false;
  const answer = answerOf<number>(child);
  child.send('silent');
  const said = await answer;
  // Whatever is on its way may arrive: a value is lost when nothing has come for three seconds.
  for (let [seen, sinceMs] = [stored, performance.now()]; stored < said; await wait(50)) {
    if (performance.now() - sinceMs > 3_000) break;
    if (stored > seen) [seen, sinceMs] = [stored, performance.now()];
  }
  await radio.stop();
  await home.stop();
  home.remove();
  child.disconnect();
  await endChild(child);
  return { ...latency.summary(), said, stored, perSecond, cores };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
