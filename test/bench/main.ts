// `npm run bench`: measures the hub and prints tables. `npm run bench -- latency proof` measures some parts, `--quick`
// everything in short (to see that it runs, not to quote), `--write` puts the tables into docs/benchmarks.md. The
// whole takes twenty minutes, ten of them for the ledger, and leaves no file and no process behind.

import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { alarms } from './alarms.ts';
import { ble } from './ble.ts';
import { answerOf, startModule } from './child.ts';
import { environment, loadAverage } from './environment.ts';
import { latency } from './latency.ts';
import { ledger } from './ledger.ts';
import { memory } from './memory.ts';
import { page } from './page.ts';
import { type Bench, FULL, QUICK, type Section, type StoredDay } from './part.ts';
import { proof } from './proof.ts';
import { screen } from './screen.ts';
import { start } from './start.ts';
import { storage } from './storage.ts';
import { number } from './table.ts';
import { throughput } from './throughput.ts';
import { writePage } from './write-page.ts';

const PARTS: Readonly<Record<string, (bench: Bench) => Promise<Section>>> = {
  throughput,
  latency,
  memory,
  storage,
  proof,
  ledger,
  ble,
  alarms,
  page,
  screen,
  start,
};

const NEED_DAY: ReadonlySet<string> = new Set(['storage', 'proof', 'start']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, folder: { type: 'string' } },
});
const unknown = positionals.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(
    `bench: there is no part ${unknown.join(', ')}. There are ${Object.keys(PARTS).join(', ')}.\n`,
  );
  process.exit(2);
}
// The launcher would start another process of the pinned Node, and the wrong one would be weighed.
const pinned = new URL('../../node_modules/node/bin/node', import.meta.url);
if (existsSync(pinned) && realpathSync(process.execPath) !== realpathSync(pinned)) {
  process.stderr.write('bench: run it with `npm run bench`, which takes the Node that the project pins.\n');
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);

const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'heartwood-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const pace = values.quick ? QUICK : FULL;
let day: Promise<StoredDay> | undefined;
const bench: Bench = {
  pace,
  folder,
  say: (line) => void process.stderr.write(`${line}\n`),
  storedDay: () => {
    day ??= simulated();
    return day;
  },
};

async function simulated(): Promise<StoredDay> {
  bench.say(`store: ${number(pace.storedSeconds)} s of one patient's virtual time`);
  const module = new URL('./simulated-day.ts', import.meta.url);
  return answerOf<StoredDay>(startModule(module, [join(folder, 'day'), String(pace.storedSeconds)]));
}

const began = performance.now();
const sections = new Map<string, string>();
const add = (name: string, { title, text }: Section): void => {
  sections.set(name, text);
  process.stdout.write(`## ${title}\n\n${text}\n\n`);
};
const today = new Date().toISOString().slice(0, 10);
if (values.quick) process.stdout.write('Quick: rounds are short, the numbers are rough.\n\n');
add('machine', { title: 'Machine', text: environment(folder) });
for (const name of Object.keys(PARTS).filter((part) => chosen.includes(part))) {
  // The day is stored while the hub whose memory is measured has little to do.
  if (name === 'memory' && chosen.some((part) => NEED_DAY.has(part)))
    bench.storedDay().catch(() => undefined);
  const before = loadAverage();
  const { title, text } = await (PARTS[name] as (typeof PARTS)[string])(bench);
  const measured = `Measured ${today}; load average of the machine ${number(before)} before, ${number(loadAverage())} after.`;
  add(name, { title, text: `${text}\n\n${measured}` });
}
bench.say(`took ${number(Math.round((performance.now() - began) / 1000))} s`);
if (values.write) writePage(sections);
process.exit(0);
