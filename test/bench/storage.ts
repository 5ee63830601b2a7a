// What a reading costs on the card: bytes that stay, bytes that are written on the way, and the time to read them back.

import { join } from 'node:path';
import { exportReadings, readAll, readStretches, seriesOf, Vault } from '@heartwood/gateway';
import { answerOf, startModule } from './child.ts';
import type { HouseholdWrites } from './household.ts';
import type { Bench, Section, StoredDay } from './part.ts';
import { keyFileOf } from './server.ts';
import { formatTable, number } from './table.ts';

const READ_ROUNDS = 5;

export async function storage(bench: Bench): Promise<Section> {
  const day = await bench.storedDay();
  bench.say('storage: reading it back');
  const { found, bestMs } = readOneVital(day);
  const histories = readHistories(day);
  const households: string[][] = [];
  for (const [gatherS, intervalS] of HOUSEHOLDS) households.push(await household(bench, gatherS, intervalS));
  const perReading = (bytes: number): string => number(bytes / day.readings);
  const scale = 86_400 / day.seconds;
  const mbDay = (bytes: number): string => number((bytes * scale) / 1e6);
  const row = (what: string, bytes: number): string[] => [
    what,
    number(bytes),
    perReading(bytes),
    mbDay(bytes),
  ];
  const tables = Object.entries(day.tables);
  const large = tables.filter(([, bytes]) => bytes > day.hubBytes / 20);
  const rest = day.hubBytes - large.reduce((sum, [, bytes]) => sum + bytes, 0);
  const text = [
    `One patient, five vitals (simulated body) in one message a second, a commit for each, a batch every 10 s: ${number(day.seconds)} s of virtual time, ${number(day.readings)} readings, ${number(day.batches)} batches. Written in ${number(day.elapsedMs / 1000)} s, so ${number(Math.round((day.readings * 1000) / day.elapsedMs))} readings/s, a commit and fsync for every 5. Goal: 6 bytes a reading in hub.db.`,
    '',
    formatTable(
      ['what', 'bytes#', 'bytes/reading#', 'MB/day#'],
      [
        row('hub.db after checkpoint', day.hubBytes),
        ...large.map(([table, bytes]) => row(`… table ${table}`, bytes)),
        row('… all other tables and free pages', rest),
        row('ledger.db', day.ledgerBytes),
        row('written to disk on the way, all files', day.writtenBytes),
        row('for comparison: the messages’ JSON as sent', day.bodyBytes),
      ],
    ),
    '',
    `One vital of the stored time out of the sealed store, best of ${READ_ROUNDS}. Minutes are minimum, mean and maximum from the hours’ summaries; the 30 days are the stored day’s summaries, sealed 30 times at their own hours. With \`exportReadings\`, which opens all five vitals with all that belongs to them, it is ${number(found)} readings in ${number(bestMs)} ms.`,
    '',
    formatTable(['history', 'points#', 'ms#', 'goal ms#'], histories),
    '',
    `A household: four people with ten devices (four watches with three vitals and one patch with 250 samples a second of ECG, every second; the others every 1 to 10 s), ${number(bench.pace.householdSeconds)} s of virtual time, everything on, JSON. Messages that wait (gather-ms) share a commit with all that come within that time; their acknowledgement waits as long. Written is the process’s write_bytes, the amplification is that over the messages as they were sent; goal: at most 3. Years: a card of 32 GB of ${number(CYCLES)} program and erase cycles, whose controller writes ${INSIDE} times what it is given.`,
    '',
    formatTable(
      [
        'messages wait',
        'interval',
        'messages/s#',
        'sent MB/day#',
        'written MB/day#',
        'bytes/reading#',
        'amplification#',
        'years of the card#',
      ],
      households,
    ),
  ].join('\n');
  return { title: 'Storage', text };
}

function readOneVital({ directory }: StoredDay): { found: number; bestMs: number } {
  const options = { directory, keySource: { keyFile: keyFileOf(directory) }, clock: Date.now };
  let bestMs = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let round = 0; round < READ_ROUNDS; round++) {
    const vault = Vault.open(options, 'read');
    const began = performance.now();
    found = 0;
    for (const reading of exportReadings(vault)) if (reading.kind === 'heart-rate') found += 1;
    bestMs = Math.min(bestMs, performance.now() - began);
    vault.close();
  }
  return { found, bestMs };
}

/** What cheap cards of three bits a cell are said to bear (300 to 3,000), and a controller's own amplification of small writes. */
const CYCLES = 1000;
const INSIDE = 4;
const CARD_BYTES = 32e9;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** How long messages wait for each other, and how long an interval is, s. */
const HOUSEHOLDS = [
  [0, 10],
  [1, 10],
  [10, 10],
  [10, 60],
] as const;

async function household(bench: Bench, gatherS: number, intervalS: number): Promise<string[]> {
  bench.say(`storage: a household, messages wait ${gatherS} s for each other, a batch every ${intervalS} s`);
  const { householdSeconds } = bench.pace;
  const args = [
    join(bench.folder, `household-${gatherS}-${intervalS}`),
    ...[householdSeconds, gatherS, intervalS].map(String),
  ];
  const wrote = await answerOf<HouseholdWrites>(
    startModule(new URL('./household.ts', import.meta.url), args),
  );
  const perDay = DAY_MS / 1000 / wrote.seconds;
  return [
    gatherS === 0 ? 'not at all' : `${gatherS} s`,
    `${intervalS} s`,
    number(wrote.messages / wrote.seconds),
    number((wrote.bodyBytes * perDay) / 1e6),
    number((wrote.writtenBytes * perDay) / 1e6),
    number(wrote.writtenBytes / wrote.readings),
    number(wrote.writtenBytes / wrote.bodyBytes),
    number((CARD_BYTES * CYCLES) / INSIDE / (wrote.writtenBytes * perDay) / 365),
  ];
}

/** Rows of a table: the stored day, and thirty of them. */
function readHistories({ directory, seconds }: StoredDay): string[][] {
  const options = { directory, keySource: { keyFile: keyFileOf(directory) }, clock: Date.now };
  const vault = Vault.open(options, 'write');
  try {
    const slot = 1;
    const series = seriesOf('heart-rate')?.['value'] as number;
    const to = vault.store.lastBatch()?.end_ms as number;
    const day = { slot, series, from: to - seconds * 1000, to };
    const best = (read: () => number): [points: number, ms: number] => {
      const times = Array.from({ length: READ_ROUNDS }, () => {
        const began = performance.now();
        const points = read();
        return [points, performance.now() - began] as const;
      });
      return [times[0]?.[0] as number, Math.min(...times.map(([, ms]) => ms))];
    };
    const row = (what: string, [points, ms]: [number, number], goal: string): string[] => [
      what,
      number(points),
      number(ms),
      goal,
    ];
    const minutes = best(() => readStretches(vault, day, seconds / 60).time.length);
    const every = best(() => readAll(vault, day).time.length);
    // The same day before it, 29 times.
    const [first, last] = [Math.floor(day.from / HOUR_MS), Math.ceil(to / HOUR_MS)];
    const hours = vault.store.summariesOf(slot, first, last);
    vault.store.transaction(() => {
      for (const hour of hours) {
        const plain = vault.store.openSummary(hour);
        const keys = vault.keyring.epoch(slot, hour.epoch);
        for (let back = 1; back < 30; back++)
          vault.store.putSummary(hour.id - back * 24 * 65_536, keys, plain);
      }
    });
    const length = seconds === 86_400 ? '24 h' : `${number(seconds)} s`;
    const month = { ...day, from: to - 30 * DAY_MS };
    const coarse = best(() => readStretches(vault, month, 1000).time.length);
    const fine = best(() => readStretches(vault, month, (30 * DAY_MS) / MINUTE_MS).time.length);
    return [
      row(`${length} by minute`, minutes, '50'),
      row(`${length}, every number`, every, '50'),
      row('30 days in about 1,000 stretches', coarse, '200'),
      row('30 days by minute', fine, '200'),
    ];
  } finally {
    vault.close();
  }
}
