// When a hub asks its witness, to the millisecond, on a real clock: idle, then with 500 readings a second. What leaves the house leaves at a
// fixed moment after an interval's end; how exactly a busy machine keeps to it is a matter of the machine, so this prints
// what it found, and fails only where the times stray.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatVerifierKey,
  KEY_TYPES,
  parseNote,
  parsePolicy,
  parseStatement,
  type VerifierKey,
} from '@heartwood/anchor';
import { createWitnessKeys, openLedgerReader, openWitness, startWitnessServer } from '@heartwood/anchor/node';
import { ledgerPath } from '@heartwood/gateway';
import { Home } from '../journey/home.ts';
import { listenBefore } from '../journey/outsider.ts';
import { pause } from '../journey/program.ts';
import { sender } from '../journey/sender.ts';
import { sameSpread } from '../journey/statistics.ts';

const INTERVAL_MS = 1000;
/** After an interval's end, for that length (`leaveAfterMs` of gateway/hub/worker.ts). */
const LEAVES_MS = 100;

type Cadence = { readonly p50: number; readonly p95: number; readonly max: number };
export type CadenceReport = {
  readonly seconds: number;
  readonly messages: number;
  /** Ms from the end of an interval to the question, idle and under load. */
  readonly idle: Cadence;
  readonly busy: Cadence;
  /** That both come from one distribution, by Kolmogorov and Smirnov. */
  readonly p: number;
  /** Ends of intervals that are no whole multiple of their length, but for the one at the stop. */
  readonly endsOffGrid: number;
};

/** Runs a hub for that long without a reading, then as long under load. */
export async function keepTime(seconds: number): Promise<CadenceReport> {
  const home = new Home();
  const close: (() => void | Promise<void>)[] = [() => home.close()];
  try {
    const password = await firstStart(home);
    const before = sizeOf(home);
    const [log] = parsePolicy(readFileSync(home.policy, 'utf8')).logs;
    if (log === undefined) throw new Error('a policy without a log');
    const keys = createWitnessKeys('ann.example', [KEY_TYPES.cosignatureEd25519]);
    const nowS = (): number => Math.floor(Date.now() / 1000);
    const path = join(home.folder, 'ann.db');
    const witness = openWitness({ path, create: true, keys, logs: [log.key], nowS });
    const server = await startWitnessServer({ witness, host: '127.0.0.1', port: 0 });
    let asked: number[] = [];
    const ear = await listenBefore(server.url, (_, atMs) => void asked.push(atMs));
    close.push(async () => {
      await ear.close();
      await server.close();
      witness.close();
    });
    const key = formatVerifierKey(witness.keys[0] as VerifierKey);
    const policy = home.write('witnesses.txt', `witness ann ${key} ${ear.url}\nquorum ann\n`);
    const hub = await home.start('--interval-ms', `${INTERVAL_MS}`, '--witness-policy', policy);
    const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);

    await pause(3 * INTERVAL_MS);
    asked = [];
    await pause(seconds * 1000);
    const idle = asked.map(sinceEnd);
    asked = [];
    const until = Date.now() + seconds * 1000;
    let messages = 0;
    const one = (seq: number): Promise<void> =>
      strap.send(JSON.stringify({ seq, readings: Array(5).fill({ kind: 'heart-rate', value: 70 }) }));
    while (Date.now() < until) {
      await Promise.all(Array.from({ length: 10 }, () => one(messages++)));
      await pause(100 - (Date.now() % 100));
    }
    const busy = asked.map(sinceEnd);
    await strap.end();
    await hub.stop();

    // The last one is of the stop.
    const endsOffGrid = endsOf(home, before)
      .slice(0, -1)
      .filter((endMs) => endMs % INTERVAL_MS !== 0).length;
    return {
      seconds,
      messages,
      idle: cadenceOf(idle),
      busy: cadenceOf(busy),
      p: sameSpread(idle, busy),
      endsOffGrid,
    };
  } finally {
    for (const one of close.reverse()) await one();
  }
}

/** A report whose times have strayed. */
export const strays = ({ idle, busy, endsOffGrid }: CadenceReport): boolean =>
  endsOffGrid > 0 || idle.p50 < LEAVES_MS || busy.p50 < LEAVES_MS || busy.p50 - idle.p50 > 5;

async function firstStart(home: Home): Promise<string> {
  const hub = await home.start('--interval-ms', `${INTERVAL_MS}`);
  const password = await home.enroll('strap-1', 'Ada');
  await hub.stop();
  return password;
}

/** When the intervals from an entry of the ledger on ended. */
function endsOf(home: Home, from: number): number[] {
  const reader = openLedgerReader(ledgerPath(home.data));
  const notes = reader.notes(from, reader.latest().size);
  reader.close();
  return notes.map((note) => parseStatement(parseNote(note).text).endMs);
}
const sizeOf = (home: Home): number => endsOf(home, 0).length;

const sinceEnd = (ms: number): number => ms % INTERVAL_MS;

function cadenceOf(values: readonly number[]): Cadence {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
