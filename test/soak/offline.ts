// A house that was out of reach: devices come back with what they have kept, go on measuring, and the hub's statements have
// waited for a ledger elsewhere. Real program, real broker, real disk, the simulator's own clients, which send the present
// first. How long the catching up takes, what a live reading waits meanwhile, and whether everything is there once.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectWearable, seededRandom, systemClock, type WearableClient } from '@heartwood/device-sim';
import { enroll, exportReadings, fsck, Vault, type VaultOptions } from '@heartwood/gateway';
import { freePort } from '../journey/free-port.ts';
import { Home } from '../journey/home.ts';
import { HubProcess, pause, until } from '../journey/program.ts';

export type OfflineOptions = {
  readonly devices: number;
  /** How much each has kept: a reading a second. */
  readonly seconds: number;
  readonly say: (line: string) => void;
};

type Waits = { readonly p50: number; readonly p99: number; readonly max: number };
export type OfflineReport = {
  readonly devices: number;
  readonly seconds: number;
  /** Readings out of memory, and how long they took. */
  readonly kept: number;
  readonly catchUpSeconds: number;
  readonly readingsPerSecond: number;
  /** Against the pace at which they were measured. */
  readonly timesRealTime: number;
  /** From measuring to PUBACK, ms, of live readings: before, and while the memory was handed over. */
  readonly liveBefore: Waits;
  readonly liveDuring: Waits;
  readonly live: number;
  /** Statements that waited for the ledger elsewhere, and how long they took once it was there. */
  readonly statements: number;
  readonly statementSeconds: number;
  /** On the disk afterwards: each once, in each device's order. */
  readonly stored: number;
  readonly history: number;
};

const INTERVAL_MS = 1000;
const LIVE_BEFORE_MS = 10_000;
/** A reading that came so much later than it was measured is history. */
const HISTORY_MS = 60_000;

/** @throws when anything is lost, doubled or out of order */
export async function catchUp({ devices, seconds, say }: OfflineOptions): Promise<OfflineReport> {
  const home = new Home();
  let ledger: HubProcess | undefined;
  let bands: Band[] = [];
  try {
    const passwords = await enrollAll(home, devices);
    const elsewhere = await ledgerElsewhere(home);
    const hub = await home.start('--interval-ms', `${INTERVAL_MS}`, '--ledger-policy', elsewhere.policy);
    const { mqtt = '' } = await hub.ready;
    bands = passwords.map((password, n) => new Band(mqtt, `band-${n}`, password));
    await until(() => bands.every(({ client }) => client.counts.connections > 0), 'all are connected');

    await liveFor(bands, () => pause(LIVE_BEFORE_MS));
    await allAcknowledged(bands);
    const liveBefore = bands.flatMap((band) => band.takeWaits());

    const nowMs = Date.now();
    for (const band of bands) {
      band.goAway();
      for (let s = seconds; s > 0; s--) band.measure(nowMs - s * 1000);
    }
    say(`${devices} devices come back with ${seconds} readings each; the ledger elsewhere is away`);
    const began = performance.now();
    for (const band of bands) band.comeBack();
    await liveFor(bands, () => handedOver(bands, devices * seconds, say));
    const catchUpSeconds = (performance.now() - began) / 1000;
    await allAcknowledged(bands);
    const liveDuring = bands.flatMap((band) => band.takeWaits());

    ledger = await elsewhere.start();
    const ledgerBegan = performance.now();
    let statements = 0;
    await until(() => {
      statements = Math.max(0, ...hub.log('ledger-elsewhere').map((line) => Number(line['statements'] ?? 0)));
      return statements > 1;
    }, 'the ledger elsewhere has what waited');
    const statementSeconds = (performance.now() - ledgerBegan) / 1000;
    await Promise.all(bands.map(({ client }) => client.close()));
    await hub.stop();
    const kept = devices * seconds;
    return {
      devices,
      seconds,
      kept,
      catchUpSeconds,
      readingsPerSecond: kept / catchUpSeconds,
      timesRealTime: seconds / catchUpSeconds,
      liveBefore: waitsOf(liveBefore),
      liveDuring: waitsOf(liveDuring),
      live: liveDuring.length,
      statements,
      statementSeconds,
      ...compare(home, bands),
    };
  } finally {
    await Promise.all(bands.map(({ client }) => client.close().catch(() => undefined)));
    await ledger?.kill();
    await home.close();
  }
}

/** The table that `npm run soak -- offline` prints. */
export function offlineTable(report: OfflineReport): string {
  const ms = ({ p50, p99, max }: Waits): string =>
    `${p50.toFixed(1)} / ${p99.toFixed(1)} / ${max.toFixed(0)} ms`;
  return [
    ['devices, readings kept by each', `${report.devices}, ${report.seconds}`],
    ['readings handed over', `${report.kept} in ${report.catchUpSeconds.toFixed(1)} s`],
    ['a second, beside the live ones', report.readingsPerSecond.toFixed(0)],
    ['times real time', report.timesRealTime.toFixed(1)],
    ['live reading to PUBACK before (p50 / p99 / max)', ms(report.liveBefore)],
    [`the same meanwhile, of ${report.live}`, ms(report.liveDuring)],
    [
      'statements that waited for the ledger elsewhere',
      `${report.statements}, there after ${report.statementSeconds.toFixed(1)} s`,
    ],
    ['stored, each once and in order', `${report.stored}`],
    ['of them history by their times', `${report.history}`],
  ]
    .map(([what, value]) => `${(what ?? '').padEnd(50)}${value}`)
    .join('\n');
}

/** A wearable that sends the present first, and what its live readings waited. */
class Band {
  readonly id: string;
  readonly client: WearableClient;
  seq = 0;
  #waits: number[] = [];
  /** What was offered before it is no live reading: it waited for the connection. */
  #liveFrom = 0;
  #connectionsBefore = 0;

  constructor(brokerUrl: string, id: string, password: string) {
    this.id = id;
    this.client = connectWearable({
      brokerUrl,
      id,
      password,
      format: 'json',
      presentFirst: true,
      random: seededRandom(id),
      clock: systemClock,
      onAcknowledged: (waitedMs) => {
        if (performance.now() - waitedMs >= this.#liveFrom) this.#waits.push(waitedMs);
      },
    });
  }

  measure(at: number): void {
    if (this.client.counts.connections > this.#connectionsBefore)
      this.#liveFrom = Math.min(this.#liveFrom, performance.now());
    this.seq += 1;
    const measurement = { kind: 'heart-rate', value: 60 + (this.seq % 40) } as const;
    this.client.offer({ seq: this.seq, readings: [{ at, measurement }] });
  }

  goAway(): void {
    this.client.down();
    this.#connectionsBefore = this.client.counts.connections;
    this.#liveFrom = Number.POSITIVE_INFINITY;
  }

  comeBack(): void {
    this.client.up();
  }

  takeWaits(): number[] {
    const waits = this.#waits;
    this.#waits = [];
    return waits;
  }
}

/** Every device measures once a second, each at its own moment of it, while something else goes on. */
async function liveFor(bands: readonly Band[], meanwhile: () => Promise<void>): Promise<void> {
  let ended = false;
  const measuring = bands.map(async (band, n) => {
    await pause((n * 1000) / bands.length);
    while (!ended) {
      // Live from the connection on: what it measures before is memory.
      if (band.client.counts.connections > 0) band.measure(Date.now());
      await pause(1000);
    }
  });
  await meanwhile();
  ended = true;
  await Promise.all(measuring);
}

async function handedOver(bands: readonly Band[], kept: number, say: (line: string) => void): Promise<void> {
  let said = performance.now();
  // The live ones come all the time: a device that has no more than two left has caught up.
  await until(
    () => {
      const left = bands.reduce((sum, { client }) => sum + client.pending, 0);
      if (performance.now() - said > 10_000) {
        said = performance.now();
        say(`${left} of ${kept} are left`);
      }
      return bands.every(({ client }) => client.pending <= 2);
    },
    'the memory is handed over',
    60_000 + kept * 2,
  );
}

const allAcknowledged = (bands: readonly Band[]): Promise<void> =>
  until(() => bands.every(({ client }) => client.pending === 0), 'all is acknowledged');

/** In this process: a command for each would take longer than the catching up. */
async function enrollAll(home: Home, devices: number): Promise<string[]> {
  const hub = await home.start();
  await hub.stop();
  const vault = Vault.open(vaultOf(home), 'write');
  const passwords: string[] = [];
  for (let n = 0; n < devices; n++) {
    const given = {
      device: `band-${n}`,
      label: 'band',
      origin: 'simulator',
      patient: `Patient ${n % 10}`,
    } as const;
    passwords.push((await enroll(vault, given)).password);
  }
  vault.close();
  return passwords;
}

const vaultOf = (home: Home): VaultOptions => ({
  directory: home.data,
  keySource: { keyFile: home.key },
  clock: Date.now,
});

/** A ledger that was there once, so that its key is known, and is away until it is started. */
async function ledgerElsewhere(home: Home): Promise<{ policy: string; start(): Promise<HubProcess> }> {
  const port = await freePort();
  const line = /^hub \S+$/m.exec(readFileSync(home.policy, 'utf8'))?.[0] ?? '';
  const hubs = home.write('hubs.txt', `${line}\nquorum none\n`);
  const data = join(home.folder, 'shared');
  const start = async (): Promise<HubProcess> => {
    const ledger = new HubProcess(['ledger', '--data', data, '--hubs', hubs, '--http-port', `${port}`]);
    await until(() => /Ctrl-C stops it/.test(ledger.out), 'the ledger serves');
    return ledger;
  };
  const first = await start();
  const log = /^Policy +(log \S+ \S+)$/m.exec(first.out)?.[1] ?? '';
  await first.stop();
  return { policy: home.write('ledger-policy.txt', `${log}\nquorum none\n`), start };
}

/** The disk against the devices' numbers: each once; the memory and the present each in order. */
function compare(home: Home, bands: readonly Band[]): { stored: number; history: number } {
  const vault = Vault.open(vaultOf(home), 'read');
  try {
    const seen = new Map(bands.map(({ id }) => [id, { seqs: new Set<number>(), history: 0 }]));
    let history = 0;
    for (const { device, seq, at, received } of exportReadings(vault)) {
      const of = seen.get(device);
      if (of === undefined || at === undefined || of.seqs.has(seq))
        throw new Error(`${device} ${seq} is stored twice, or nobody's`);
      of.seqs.add(seq);
      if (received - at <= HISTORY_MS) continue;
      if (seq < of.history) throw new Error(`${device} ${seq} of the memory is out of order`);
      of.history = seq;
      history += 1;
    }
    let stored = 0;
    for (const { id, seq } of bands) {
      const held = seen.get(id)?.seqs.size ?? 0;
      if (held !== seq) throw new Error(`${id} measured ${seq} times, ${held} are stored`);
      stored += held;
    }
    const { problems } = fsck(vault, () => undefined);
    if (problems.length > 0) throw new Error(JSON.stringify(problems.slice(0, 3)));
    return { stored, history };
  } finally {
    vault.close();
  }
}

function waitsOf(values: readonly number[]): Waits {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
