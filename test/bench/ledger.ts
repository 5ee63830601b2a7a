// A ledger for many homes: how soon a statement is safe, how soon it is witnessed, how many it takes, for how long, in how
// much memory; and how fast the whole of it is checked. The real `heartwood ledger` and `heartwood witness`, each a
// process of its own; hundreds of hubs in another, whose statements are all truly signed.

import { join } from 'node:path';
import { parseVerifierKey, type VerifierKey } from '@heartwood/anchor';
import { checkLedger } from '@heartwood/anchor/node';
import { cpuSeconds, endChild, residentBytes } from './child.ts';
import { HUBS } from './ledger-hubs.ts';
import { type LedgerProcess, startLedger, startLedgerGenerator } from './ledger-process.ts';
import type { LedgerRun } from './ledger-wire.ts';
import { timeWitnessed } from './ledger-witnessed.ts';
import type { Bench, Section } from './part.ts';
import { formatTable, number } from './table.ts';

const LIGHT = 100;
const STEADY = 2000;
const CONNECTIONS = 64;
/** A hub that catches up sends what it has; so many at once here. */
const TOGETHER = 16;
const TESSERA = '683 to 1,587';

export async function ledger(bench: Bench): Promise<Section> {
  const { warmMs, latencyMs, sustainMs, mostMs, witnessedMs } = bench.pace;
  const directory = join(bench.folder, 'ledger');
  const server = await startLedger(directory);
  const pid = server.child.pid as number;
  const generator = await startLedgerGenerator(server.port, CONNECTIONS);
  const rows: string[][] = [];
  const memory: string[][] = [];
  let appended = 0;
  const measure = async (what: string, load: LedgerRun['load'], ms: number, goal: string): Promise<void> => {
    bench.say(`ledger: ${what}`);
    const [began, before] = [performance.now(), cpuSeconds(pid)];
    const result = await generator.run({ load, warmMs, ms });
    const cores = (cpuSeconds(pid) - before) / ((performance.now() - began) / 1000);
    const { p50, p99, max } = result.latency;
    appended = result.appendedEver;
    rows.push([
      ...[what, number(ms / 1000), number(result.perSecond), number(p50), number(p99), number(max)],
      ...[number(result.lateP99), number(cores), number(result.askedAgain + result.heldBack), goal],
    ]);
    const { all, peak } = residentBytes(pid);
    memory.push([`after ${what}`, number(appended), mb(all), mb(peak)]);
  };

  memory.push(['started', '0', mb(residentBytes(pid).all), mb(residentBytes(pid).peak)]);
  const open = (perSecond: number): LedgerRun['load'] => ({ kind: 'open', perSecond });
  const closed = (together: number): LedgerRun['load'] => ({
    kind: 'closed',
    connections: CONNECTIONS,
    together,
  });
  await measure(`${LIGHT}/s`, open(LIGHT), latencyMs, 'p99 ≤ 50');
  await measure(`${number(STEADY)}/s, sustained`, open(STEADY), sustainMs, 'p99 ≤ 50');
  await measure(`the most, ${CONNECTIONS} at a time`, closed(1), mostMs, '≥ 2,000/s');
  await measure(`the most, ${TOGETHER} statements a request`, closed(TOGETHER), mostMs, '');
  await generator.stop();
  await endChild(server.child);

  const checked = await check(bench, server, appended);
  bench.say('ledger: the way to a witnessed checkpoint');
  const witnessed = await timeWitnessed(join(bench.folder, 'witnessed'), witnessedMs);
  const text = [
    `${HUBS} hubs, each with its own key; every statement signed anew by its hub, in another process on the same cores; HTTP on loopback, ${CONNECTIONS} connections. Milliseconds from the request to the answer, which comes once statement, hashes and checkpoint are on disk and the mark has moved. “Late” is how late the generator sent, at p99; “held back” are statements of a steady rate that was not kept.`,
    '',
    formatTable(
      [
        ...['statements', 'seconds#', 'durable/s#', 'p50 ms#', 'p99 ms#', 'max ms#', 'late ms#'],
        ...['ledger cores#', 'refused or held back#', 'goal'],
      ],
      rows,
    ),
    '',
    `Tessera (Go) publishes ${TESSERA} entries/s for its POSIX log on a small machine: their number and their machine, not measured here.`,
    '',
    'Resident memory of the ledger’s process, MB of 10⁶ bytes. Goal: under 200.',
    '',
    formatTable(['moment', 'entries#', 'resident MB#', 'highest so far MB#'], memory),
    '',
    'Statement sent to the first checkpoint shown that covers it and that all three witnesses have cosigned (fail-closed; interval 1 s; every 10 ms a look):',
    '',
    formatTable(
      ['witnesses#', 'statements#', 'checkpoints#', 'p50 ms#', 'p99 ms#', 'max ms#', 'goal'],
      [[...witnessed.map(number), 'p99 ≤ 2,000']],
    ),
    '',
    'The whole ledger checked from its file: every entry hashed again, every stored hash and checkpoint compared.',
    '',
    formatTable(['entries#', 'seconds#', 'entries/s#', 'goal'], [checked]),
  ].join('\n');
  return { title: 'Ledger', text };
}

async function check(bench: Bench, { path, vkey }: LedgerProcess, appended: number): Promise<string[]> {
  bench.say(`ledger: checking ${number(appended)} entries`);
  const key: VerifierKey = parseVerifierKey(vkey);
  const began = performance.now();
  const { ok, entries, problems } = checkLedger(path, key, [], { statements: false });
  const seconds = (performance.now() - began) / 1000;
  if (!ok) throw new Error(`the ledger does not check: ${JSON.stringify(problems)}`);
  if (entries !== appended) throw new Error(`${appended} statements were answered, ${entries} are there`);
  return [number(entries), number(seconds), number(Math.round(entries / seconds)), '≥ 200,000'];
}

const mb = (bytes: number): string => number(Math.round(bytes / 1e5) / 10);
