// A whole house from one seed: devices, radio, broker, hub, disk, ledger, mark, witnesses, clocks, and what befalls them,
// in virtual time. The same seed gives the same run, event for event; only keys and salts differ, and nothing depends on
// them. The run ends at the first invariant that does not hold, and says at which step.
//
// What is coarse: a reading every 30 to 60 s a device, an interval of five minutes, a look at the alarms every 10 s. What is
// modelled and not real: MQTT on the wire and its broker, of which the rule is kept that a PUBACK leaves after `accept`.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@heartwood/device-sim';
import { enroll } from '@heartwood/gateway';
import { AlarmOracle } from './alarm-oracle.ts';
import { Books } from './books.ts';
import { Device, type DeviceKind } from './device.ts';
import { House } from './house.ts';
import { breakRule, type Mutation } from './mutation.ts';
import { Network } from './network.ts';
import { Schedule } from './schedule.ts';
import { drawTrouble, type World } from './trouble.ts';
import { WitnessRow } from './witnesses.ts';

export type SimulationOptions = {
  readonly seed: string;
  readonly hours: number;
  readonly mutation?: Mutation | undefined;
  /** Hears every event. */
  readonly onTrace?: ((line: string) => void) | undefined;
};

export type SimulationReport = {
  readonly seed: string;
  readonly hours: number;
  /** What did not hold, with its step and moment; undefined where all did. */
  readonly broken: string | undefined;
  /** Steps after which the disk was compared. */
  readonly checks: number;
  readonly measured: number;
  readonly acknowledged: number;
  readonly sentAgain: number;
  readonly stored: number;
  readonly kills: number;
  readonly starts: number;
  readonly refusedCommits: number;
  readonly statements: number;
  readonly cosigned: number;
  readonly restored: number;
  readonly twins: number;
  readonly alarms: number;
  readonly raced: number;
  readonly seconds: number;
  /** Of all events: two runs of a seed agree. */
  readonly digest: string;
};

const START_MS = Date.UTC(2026, 10, 21, 13, 0, 0);
const INTERVAL_MS = 300_000;
const LOOK_MS = 10_000;
const TROUBLE_MS = 480_000;
/** Days of virtual time at which the whole disk is read again, besides the end; it takes the longer the more there is. */
const CHECKPOINT_HOURS: readonly number[] = [3, 12, 24, 72, 168, 360];

const KINDS: readonly DeviceKind[] = [
  {
    id: 'strap-1',
    patient: 'Ada',
    everyMs: 30_000,
    order: 'oldest-first',
    forgets: false,
    format: 'json',
    measures: 'pulse',
    memoryMax: 400,
  },
  {
    id: 'watch-1',
    patient: 'Ada',
    everyMs: 60_000,
    order: 'oldest-first',
    forgets: true,
    format: 'cbor',
    measures: 'pulse',
    memoryMax: 100,
  },
  {
    id: 'band-2',
    patient: 'Tomas',
    everyMs: 30_000,
    order: 'present-first',
    forgets: false,
    format: 'cbor',
    measures: 'pulse-and-oxygen',
    memoryMax: 1000,
  },
  {
    id: 'cuff-2',
    patient: 'Tomas',
    everyMs: 3_600_000,
    order: 'oldest-first',
    forgets: false,
    format: 'json',
    measures: 'pressure',
    memoryMax: 50,
  },
];

/** Runs it. Rejects for nothing but a fault of the simulation itself; what the house did wrong is in the report. */
export async function simulate({
  seed,
  hours,
  mutation,
  onTrace,
}: SimulationOptions): Promise<SimulationReport> {
  const began = performance.now();
  // In memory where there is such a place: the disk's faults are ours here, and its slowness nobody's.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'heartwood-house-'));
  const random = seededRandom(seed);
  const schedule = new Schedule(START_MS);
  const books = new Books();
  const digest = createHash('sha256');
  const trace = (line: string): void => {
    const text = `${new Date(schedule.nowMs).toISOString()} ${line}`;
    digest.update(`${text}\n`);
    onTrace?.(text);
  };
  const witnesses = new WitnessRow(folder, () => schedule.nowMs);
  const house = new House(folder, INTERVAL_MS, { schedule, books, witnesses, trace });
  const devices = KINDS.map((kind) => new Device(kind, random.fork(kind.id), books.measured));
  let mend = (): void => undefined;
  let network: Network | undefined;
  let oracle: AlarmOracle | undefined;
  let broken: string | undefined;
  try {
    await moveIn(house, witnesses);
    network = new Network({ devices, house, books, schedule, random: random.fork('network') });
    oracle = new AlarmOracle(books, network, LOOK_MS);
    mend = breakRule(mutation, { house, network, witnesses });
    const racing = new Set<string>();
    const world = {
      schedule,
      random: random.fork('trouble'),
      house,
      network,
      witnesses,
      books,
      devices,
      racing,
      trace,
    };
    liveIn(world, oracle);
    await house.start();
    for (const hour of [...CHECKPOINT_HOURS.filter((one) => one < hours), hours]) {
      await schedule.run(START_MS + hour * 3_600_000);
      if (house.up) await house.kill('to look at its disk');
      house.checkpoint();
      trace(`checkpoint: ${books.disk.stored.size} readings, ${books.counts.statements} statements`);
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const where = error instanceof Error && error.name !== 'Broken' ? `\n${error.stack}` : '';
    broken = `step ${books.counts.checks}, ${new Date(schedule.nowMs).toISOString()}: ${what}${where}`;
    trace('broken');
  } finally {
    mend();
    await house.running?.release().catch(() => undefined);
    witnesses.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const { checks, acknowledged, statements, alarms } = books.counts;
  const { kills, starts, refusedCommits, restored, twins } = house.counts;
  return {
    seed,
    hours,
    broken,
    checks,
    measured: books.measured.size,
    acknowledged,
    sentAgain: devices.reduce((sum, { counts }) => sum + counts.sentAgain, 0),
    stored: books.disk.stored.size,
    kills,
    starts,
    refusedCommits,
    statements,
    cosigned: witnesses.cosigned,
    restored,
    twins,
    alarms,
    raced: oracle?.counts.racing ?? 0,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    digest: digest.digest('hex').slice(0, 16),
  };
}

/** The first start makes the keys; the witnesses hear of the ledger; the devices are enrolled. */
async function moveIn(house: House, witnesses: WitnessRow): Promise<void> {
  await house.start();
  await house.step(async ({ hub }) => {
    witnesses.serve([hub.vault.identity.ledgerSigner]);
    for (const { id, patient } of KINDS)
      await enroll(hub.vault, { device: id, label: 'simulated', origin: 'simulator', patient });
  });
  await house.stop();
  house.witnessed = true;
}

/** Sets everything going: measuring, looking, trouble, and the start after each end. */
function liveIn(world: World, oracle: AlarmOracle): void {
  const { schedule, random, house, network, books, devices, racing, trace } = world;
  books.onStored = (_device, slot, message) => oracle.stored(slot, message, schedule.nowMs);
  const comeBack = async (): Promise<void> => {
    if (!house.up && !(await house.start())) schedule.after(60_000, comeBack);
  };
  house.onEnd = () => {
    network.hubEnded();
    schedule.after(1000 + random.exponential(20_000), comeBack);
  };
  for (const device of devices) {
    const { id, patient, everyMs } = device.kind;
    const measure = (): void => {
      device.measure(schedule.nowMs, racing.has(patient));
      network.send(id);
      schedule.after(everyMs, measure);
    };
    schedule.after(random.between(0, everyMs), measure);
  }
  const look = async (): Promise<void> => {
    await house.look((running) => oracle.look(running, house.life, schedule.nowMs, house.clock()));
    schedule.after(LOOK_MS, look);
  };
  schedule.after(LOOK_MS, look);
  const suffer = async (): Promise<void> => {
    const { name, trouble } = drawTrouble(random);
    trace(name);
    await trouble(world);
    schedule.after(1000 + random.exponential(TROUBLE_MS), suffer);
  };
  schedule.after(random.exponential(TROUBLE_MS), suffer);
}
