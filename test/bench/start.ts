// How long a hub takes to start: as a user starts it, to the line that says where devices connect; and the hub itself
// in a process that runs already.

import { join } from 'node:path';
import { endChild } from './child.ts';
import { median } from './histogram.ts';
import { loadStart, settingsOf } from './inside.ts';
import type { Bench, Section } from './part.ts';
import { keyFileOf, makeHome, PROGRAM, startHub } from './server.ts';
import { formatTable, number } from './table.ts';
import { putDaysBefore } from './year.ts';

export async function start(bench: Bench): Promise<Section> {
  const day = await bench.storedDay();
  const empty = join(bench.folder, 'start-empty');
  await makeHome(empty, 1);
  const times = Array.from({ length: bench.pace.starts }, (_, n) => n);

  const spawned = async (
    what: string,
    directory: (n: number) => string,
    program?: URL,
  ): Promise<string[]> => {
    bench.say(`start: ${what}`);
    const taken: number[] = [];
    for (const n of times) {
      const { child, startMs } = await startHub(directory(n), program === undefined ? {} : { program });
      taken.push(startMs);
      await endChild(child);
    }
    return [what, number(taken.length), number(median(taken)), number(Math.max(...taken))];
  };
  const inside = async (what: string, directory: string): Promise<string[]> => {
    const startInside = await loadStart();
    const taken: number[] = [];
    for (const _ of times) {
      const began = performance.now();
      const { release } = await startInside(settingsOf(directory, keyFileOf(directory)), Date.now);
      taken.push(performance.now() - began);
      await release();
    }
    return [what, number(taken.length), number(median(taken)), number(Math.max(...taken))];
  };

  const fresh = (name: string) => (n: number) => join(bench.folder, `start-${name}-${n}`);
  await spawned('warm-up', () => empty);
  bench.say(`start: ${bench.pace.daysBefore} days are put before the stored one`);
  const year = join(bench.folder, 'start-year');
  const batches = putDaysBefore(day.directory, year, day.batches, bench.pace.daysBefore);
  const rows = [
    await spawned('a new hub: keys and database are made', fresh('new')),
    await spawned('a hub with no readings', () => empty),
    await spawned('a hub with the stored day', () => day.directory),
    await spawned('the same, no modules kept from before', () => day.directory, PROGRAM),
    await spawned('a hub with the stored day and all days before it', () => year),
    await inside('in process: a hub with no readings', empty),
    await inside('in process: a hub with the stored day', day.directory),
    await inside('in process: the same, and all days before it', year),
  ];
  const text = [
    `From spawning “heartwood hub”, with compiled modules kept from an earlier start, to the line that says where devices connect; the in-process rows take the hub alone (lock, keys, recovery, ledger). The stored day has ${number(day.readings)} readings in ${number(day.batches)} batches; ${bench.pace.daysBefore} days before it are its own rows under lower numbers, which makes ${number(batches)} batches. Goal: under 1,000 ms.`,
    '',
    formatTable(['start', 'times#', 'median ms#', 'slowest ms#'], rows),
  ].join('\n');
  return { title: 'Start', text };
}
