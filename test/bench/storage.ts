// What a reading costs on the card: bytes that stay, bytes that are written on the way, and the time to read them back.

import { exportReadings, Vault } from '@heartwood/gateway';
import type { Bench, Section, StoredDay } from './part.ts';
import { keyFileOf } from './server.ts';
import { formatTable, number } from './table.ts';

const READ_ROUNDS = 5;

export async function storage(bench: Bench): Promise<Section> {
  const day = await bench.storedDay();
  bench.say('storage: reading it back');
  const { found, bestMs } = readOneVital(day);
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
    `One vital of the whole time out of the sealed store (\`exportReadings\`, which opens all five): ${number(found)} readings in ${number(bestMs)} ms, best of ${READ_ROUNDS}. Goal: 24 h in 50 ms.`,
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
