// Everything that somebody outside the house sees of a hub: its statements in the ledger, the ledger's files as they are
// published, and what a witness is asked. A week of a virtual clock is lived through by a hub with three patients, either
// busy (readings at all hours, bursts, waveforms, refused messages) or without a single reading.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatVerifierKey, KEY_TYPES, type VerifierKey } from '@heartwood/anchor';
import {
  createWitnessKeys,
  exportLog,
  openLedgerReader,
  openWitness,
  startWitnessServer,
} from '@heartwood/anchor/node';
import { seededRandom } from '@heartwood/device-sim';
import { enroll, ledgerPath, Vault } from '@heartwood/gateway';
import { loadStart, settingsOf } from '../bench/inside.ts';

/** One week in steps of five minutes. */
export const INTERVAL_MS = 300_000;
const INTERVALS = 2016;
const PATIENTS = ['Ada', 'Bea', 'Cem'];
/** A Monday, 0:00 UTC. */
const START_MS = Date.UTC(2026, 10, 16);
/** How often a witness is asked; every time in life. */
const ASKED_EVERY = 64;

export type Seen = {
  /** The entries of the ledger: whole signed notes. */
  readonly notes: readonly string[];
  /** Path and size of each published file. */
  readonly files: readonly string[];
  /** Bytes of each published file that is no checkpoint. */
  readonly tiles: Uint8Array;
  /** Method, path and size of each request to a witness. */
  readonly requests: readonly string[];
  /** What nobody outside sees: readings in each interval. */
  readonly loads: readonly number[];
};

/** Lives through a week. @param seed decides what is measured; keys are random, as in life */
export async function liveThrough(week: 'busy' | 'empty', seed: string): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-week-'));
  const close: (() => void | Promise<void>)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const directory = join(folder, 'data');
    const settings = { ...settingsOf(directory, join(folder, 'data.key')), intervalMs: INTERVAL_MS };
    let nowMs = START_MS;
    const clock = (): number => nowMs;
    const { vault } = Vault.openOrCreate({ ...settings, clock }, settings.originPrefix);
    for (const [i, patient] of PATIENTS.entries())
      await enroll(vault, { device: `strap-${i}`, label: 'strap', patient, origin: 'wearable' });
    const log = vault.identity.ledgerSigner;
    vault.close();

    const requests: string[] = [];
    const keys = createWitnessKeys('ann.example', [KEY_TYPES.cosignatureEd25519]);
    const nowS = (): number => Math.floor(nowMs / 1000);
    const witness = openWitness({ path: join(folder, 'ann.db'), create: true, keys, logs: [log], nowS });
    const server = await startWitnessServer({ witness, host: '127.0.0.1', port: 0 });
    const ear = await listenBefore(server.url, (what) => void requests.push(what));
    close.push(async () => {
      await ear.close();
      await server.close();
      witness.close();
    });
    const key = formatVerifierKey(witness.keys[0] as VerifierKey);
    const witnessPolicy = `witness ann ${key} ${ear.url}\nquorum ann\n`;

    const startHub = await loadStart();
    const { hub, ledger, witnesses, release } = await startHub({ ...settings, witnessPolicy }, clock);
    close.push(release);
    const measure = week === 'busy' ? measurements(seed) : () => [];
    const loads: number[] = [];
    for (let n = 0; n < INTERVALS; n++) {
      const startMs = START_MS + n * INTERVAL_MS;
      let load = 0;
      for (const { device, body, readings, afterMs } of measure(n)) {
        nowMs = startMs + afterMs;
        hub.commit([{ device, received: nowMs, body: Buffer.from(body) }]);
        load += readings;
      }
      loads.push(load);
      // The hub closes when it has time, and says when it should have.
      nowMs = startMs + INTERVAL_MS + 1 + Math.min(900, 2 * load);
      hub.closeBatch(startMs + INTERVAL_MS);
      if (n % ASKED_EVERY !== ASKED_EVERY - 1 && n < INTERVALS - 1) continue;
      await hub.anchor();
      await witnesses?.gather(ledger);
    }
    const reader = openLedgerReader(ledgerPath(directory));
    const published = join(folder, 'log');
    exportLog({ reader, folder: published });
    const notes = reader.notes(0, INTERVALS);
    reader.close();
    const paths = readdirSync(published, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return {
      notes,
      files: paths.map((path) => `${path.slice(published.length)} ${statSync(path).size}`),
      tiles: Buffer.concat(paths.filter((path) => /tile\/\d/.test(path)).map((path) => readFileSync(path))),
      requests,
      loads,
    };
  } finally {
    for (const one of close.reverse()) await one();
  }
}

type Message = {
  readonly device: string;
  readonly body: string;
  readonly readings: number;
  readonly afterMs: number;
};

/** What the three send in an interval: more by day than by night, bursts, waveforms now and then, and some nonsense. */
function measurements(seed: string): (interval: number) => readonly Message[] {
  const chance = seededRandom(seed).fork('a busy week');
  let seq = 0;
  return (interval) => {
    const hour = ((interval * 5) / 60) % 24;
    const awake = hour > 7 && hour < 23;
    const messages = chance.below(awake ? 4 : 2) + (chance.below(20) === 0 ? 5 : 0);
    return Array.from({ length: messages }, (_, i) => {
      const device = `strap-${chance.below(3)}`;
      const afterMs = Math.floor(((i + 1) * INTERVAL_MS) / (messages + 2));
      if (chance.below(30) === 0) return { device, body: 'nonsense', readings: 0, afterMs };
      const count = 1 + chance.below(12);
      const samples = Array.from({ length: 200 }, () => chance.below(1000));
      const wave = { lead: 'II', rateHz: 100, gain: 100, baseline: 0, samples };
      const readings = Array.from({ length: count }, () =>
        chance.below(40) === 0 ? { kind: 'ecg', wave } : { kind: 'heart-rate', value: 50 + chance.below(90) },
      );
      return { device, body: JSON.stringify({ seq: seq++, readings }), readings: count, afterMs };
    });
  };
}

/** Stands before a witness, and tells what it is asked (method, path, size) and when, ms since 1970. */
export async function listenBefore(
  witness: string,
  hear: (what: string, atMs: number) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const atMs = Date.now();
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    hear(`${request.method} ${request.url?.replace(/[0-9a-f]{64}/, 'ORIGIN')} ${body.length}`, atMs);
    const answer = await fetch(new URL(request.url ?? '/', witness), {
      method: request.method ?? 'GET',
      ...(request.method === 'POST' && { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
