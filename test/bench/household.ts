// What a household has its card write: a process of its own, since it reads its own /proc/self/io. Four people with ten
// devices send as their kinds do; the hub commits each message by itself, as it comes, or together what comes within some
// time (`gather-ms`). Virtual time, real SQLite, real fsync.

import { readFileSync } from 'node:fs';
import { enroll, Vault } from '@heartwood/gateway';
import { loadStart, settingsOf } from './inside.ts';

export type HouseholdWrites = {
  readonly seconds: number;
  readonly messages: number;
  readonly readings: number;
  /** Of the messages as they were sent. */
  readonly bodyBytes: number;
  readonly writtenBytes: number;
};

type Arrival = { readonly device: string; readonly body: Uint8Array; readonly received: number };

/** Name, person, every how many seconds, what is in a message. */
const DEVICES: readonly (readonly [string, string, number, (n: number) => object[]])[] = [
  ...['Ada', 'Ben', 'Cleo', 'Dan'].map(
    (person) => [`watch-${person.toLowerCase()}`, person, 1, (n: number) => vitals(n)] as const,
  ),
  ['patch-ada', 'Ada', 1, (n) => [{ kind: 'ecg', waveform: wave(n) }]],
  ['oximeter-ben', 'Ben', 1, (n) => [{ kind: 'spo2', value: 95 + (n % 3) }]],
  ['oximeter-cleo', 'Cleo', 5, (n) => [{ kind: 'spo2', value: 95 + (n % 3) }]],
  ['thermometer-dan', 'Dan', 10, (n) => [{ kind: 'body-temperature', value: 36.5 + (n % 5) / 10 }]],
  ['strap-ada', 'Ada', 1, (n) => [{ kind: 'heart-rate', value: 60 + (n % 9) }]],
  ['strap-ben', 'Ben', 10, (n) => [{ kind: 'heart-rate', value: 70 + (n % 9) }]],
];

const vitals = (n: number): object[] => [
  { kind: 'heart-rate', value: 62 + (n % 7) },
  { kind: 'spo2', value: 96 + (n % 3) },
  { kind: 'respiratory-rate', value: 13 + (n % 4) },
];

/** 250 samples a second, with a beat in it and the noise of a skin. */
function wave(n: number): object {
  const samples = Array.from({ length: 250 }, (_, i) => {
    const beat = i % 208 === 40 ? 900 : 0;
    return beat + Math.round(40 * Math.sin(i / 9)) + ((i * 7919 + n * 104_729) % 13);
  });
  return { lead: 'I', rateHz: 250, gain: 1000, baseline: 0, samples };
}

/** What this process had the disk write so far; NaN where there is no /proc. */
function writtenBytes(): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

/** @param gatherS how long messages wait for each other; 0: not at all. @param intervalS between two batches */
async function live(
  directory: string,
  seconds: number,
  gatherS: number,
  intervalS: number,
): Promise<HouseholdWrites> {
  const startHub = await loadStart();
  const settings = settingsOf(directory, `${directory}.key`);
  let nowMs = Math.floor(Date.now() / 10_000) * 10_000;
  const clock = (): number => nowMs;
  const { vault } = Vault.openOrCreate({ ...settings, clock }, settings.originPrefix);
  for (const [device, patient] of DEVICES)
    await enroll(vault, { device, label: device, patient, origin: 'simulator' });
  vault.close();
  const { hub, release } = await startHub(settings, clock);
  let [messages, readings, bodyBytes] = [0, 0, 0];
  const before = writtenBytes();
  let held: Arrival[] = [];
  for (let s = 0; s < seconds; s++) {
    nowMs += 1000;
    const due = DEVICES.filter(([, , every]) => s % every === 0);
    const arrivals = due.map(([device, , , measure]) => {
      const measured = measure(s);
      const body = Buffer.from(JSON.stringify({ seq: s, at: nowMs - 20 - (s % 7), readings: measured }));
      messages += 1;
      readings += measured.length;
      bodyBytes += body.length;
      return { device, body, received: nowMs };
    });
    held.push(...arrivals);
    if (gatherS > 0 && s % gatherS < gatherS - 1) continue;
    const groups = gatherS === 0 ? held.map((one) => [one]) : [held];
    held = [];
    for (const group of groups) {
      const { outcomes } = hub.commit(group);
      if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error(`${s}: ${outcomes}`);
    }
    if (s % intervalS < intervalS - 1) continue;
    hub.closeBatch();
    await hub.anchor();
    hub.summaries.step();
  }
  const written = writtenBytes() - before;
  await hub.stop();
  await release();
  return { seconds, messages, readings, bodyBytes, writtenBytes: written };
}

const [directory = '', ...numbers] = process.argv.slice(2);
const [seconds = 0, gatherS = 0, intervalS = 10] = numbers.map(Number);
const result = await live(directory, seconds, gatherS, intervalS);
process.send?.(result);
