// One patient with five vitals at 1 Hz, a virtual day long, through the real hub into real files: a message, and so a
// commit, for every second, a batch every ten. A process of its own, since what it writes is counted for the process.
//
// The vitals are the simulator's body. The device's clock is steady to 2 ms, the way to the hub takes 8 to 30 ms:
// those are what a reading's bytes are mostly spent on, so they are not made rounder than they are.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Body, createBody, seededRandom, type Vitals } from '@heartwood/device-sim';
import { enroll, ledgerPath, Vault } from '@heartwood/gateway';
import Database from 'better-sqlite3';
import { type HubInside, loadStart, settingsOf } from './inside.ts';
import type { StoredDay } from './part.ts';

const INTERVAL_S = 10;
/** A busy machine or a slow card ends the day early; a quiet one needs about 50 s. */
const REAL_MS_MAX = 90_000;
const DEVICE = 'watch-1';

const writtenBytes = (): number => {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
};

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));
const messageOf = (vitals: Vitals, seq: number, at: number): string =>
  JSON.stringify({
    seq,
    at,
    readings: [
      { kind: 'heart-rate', value: round(vitals.heartRate, 0) },
      { kind: 'spo2', value: round(vitals.spo2, 0) },
      { kind: 'respiratory-rate', value: round(vitals.respiratoryRate, 0) },
      { kind: 'body-temperature', value: round(vitals.temperature, 1) },
      { kind: 'perfusion-index', value: round(vitals.perfusion, 1) },
    ],
  });

async function fill(
  hub: HubInside,
  body: Body,
  time: { startMs: number; seconds: number; setClock: (ms: number) => void },
): Promise<{ bodyBytes: number; batches: number; elapsedMs: number }> {
  const began = performance.now();
  const chance = seededRandom(1).fork('way to the hub');
  let bodyBytes = 0;
  let batches = 0;
  for (let s = 0; s < time.seconds; s++) {
    const at = time.startMs + s * 1000 + chance.below(3);
    const received = at + 8 + chance.below(22);
    time.setClock(received);
    const bytes = Buffer.from(messageOf(body.vitalsAt(at), s, at));
    const { outcomes } = hub.commit([{ device: DEVICE, body: bytes, received }]);
    if (outcomes[0] !== 'stored') throw new Error(`message ${s} was ${outcomes[0]}`);
    bodyBytes += bytes.length;
    if (s % INTERVAL_S < INTERVAL_S - 1) continue;
    time.setClock(time.startMs + (s + 1) * 1000);
    hub.closeBatch();
    await hub.anchor();
    hub.summaries.step();
    batches += 1;
    if (performance.now() - began > REAL_MS_MAX) break;
  }
  return { bodyBytes, batches, elapsedMs: performance.now() - began };
}

function tablesOf(path: string): Record<string, number> {
  const db = new Database(path);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const rows = db
    .prepare<[], { name: string; bytes: number }>(
      'SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC',
    )
    .all();
  db.close();
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]));
}

async function simulateDay(directory: string, seconds: number): Promise<StoredDay> {
  const startHub = await loadStart();
  const settings = settingsOf(directory, `${directory}.key`);
  // It ends now, on a whole interval, so that a hub can be started on it with the real clock.
  const startMs = Math.floor(Date.now() / 10_000) * 10_000 - seconds * 1000;
  let nowMs = startMs;
  const clock = (): number => nowMs;
  const { vault } = Vault.openOrCreate({ ...settings, clock }, settings.originPrefix);
  await enroll(vault, { device: DEVICE, label: 'Watch', patient: 'Ada', origin: 'simulator' });
  vault.close();
  const body = createBody({ random: seededRandom(7).fork('Ada'), startAtMs: startMs });

  const { hub, release } = await startHub(settings, clock);
  const before = writtenBytes();
  const filled = await fill(hub, body, { startMs, seconds, setClock: (ms) => (nowMs = ms) });
  await hub.stop();
  await release();
  const hubPath = join(directory, 'hub.db');
  const tables = tablesOf(hubPath);
  tablesOf(ledgerPath(directory));
  return {
    directory,
    seconds: filled.batches * INTERVAL_S,
    readings: filled.batches * INTERVAL_S * 5,
    ...filled,
    hubBytes: statSync(hubPath).size,
    ledgerBytes: statSync(ledgerPath(directory)).size,
    tables,
    writtenBytes: writtenBytes() - before,
  };
}

const [directory = '', seconds = ''] = process.argv.slice(2);
process.send?.(await simulateDay(directory, Number(seconds)));
