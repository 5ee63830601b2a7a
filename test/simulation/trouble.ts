// What goes wrong in a house, and when: drawn from the seed, one trouble after the other and some at the same time. Each
// passes by itself.

import { parsePolicy } from '@heartwood/anchor';
import { closeWitnessCircle, gatherCosignatures, openWitnessCircle } from '@heartwood/anchor/node';
import type { Random } from '@heartwood/device-sim';
import type { RunningHub } from '@heartwood/gateway';
import type { Books } from './books.ts';
import type { Device } from './device.ts';
import type { KillPoint } from './fault.ts';
import type { House } from './house.ts';
import type { Network } from './network.ts';
import type { Schedule } from './schedule.ts';
import type { WitnessRow } from './witnesses.ts';

export type World = {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly house: House;
  readonly network: Network;
  readonly witnesses: WitnessRow;
  readonly books: Books;
  readonly devices: readonly Device[];
  /** Patients whose hearts race. */
  readonly racing: Set<string>;
  readonly trace: (line: string) => void;
};

const SECOND = 1000;
const MINUTE: number = 60 * SECOND;
const HOUR: number = 60 * MINUTE;
const DAY: number = 24 * HOUR;

type Trouble = (world: World) => void | Promise<void>;

/** By how often each comes among a hundred. */
const TROUBLES: readonly (readonly [weight: number, name: string, trouble: Trouble])[] = [
  [9, 'kill', ({ house }) => house.kill('between two steps')],
  [16, 'kill-at-commit', killAtCommit],
  [
    8,
    'kill-at-ledger',
    ({ house, random }) => {
      house.faults.killLedger = random.chance(0.5) ? 'before' : 'after';
    },
  ],
  [3, 'stop', ({ house }) => house.stop()],
  [8, 'disk', diskTrouble],
  [8, 'disk-once', diskOnce],
  [3, 'full', diskFull],
  [
    3,
    'mark',
    ({ house, schedule, random }) => {
      house.markAway(true);
      schedule.after(random.between(MINUTE, 20 * MINUTE), () => house.markAway(false));
    },
  ],
  [12, 'cut', ({ network, random, devices }) => network.cut(anyOf(random, devices).kind.id)],
  [
    6,
    'slow',
    ({ network, schedule, random }) => {
      network.delayMs = random.between(500, 5000);
      network.breaks = 0.05;
      schedule.after(random.between(MINUTE, 15 * MINUTE), () => {
        network.delayMs = 40;
        network.breaks = 0.0005;
      });
    },
  ],
  [
    7,
    'away',
    ({ network, schedule, random, devices }) => {
      const { id } = anyOf(random, devices).kind;
      network.away(id, true);
      schedule.after(random.between(MINUTE, random.chance(0.2) ? 6 * HOUR : 20 * MINUTE), () =>
        network.away(id, false),
      );
    },
  ],
  [
    3,
    'device-restarts',
    ({ network, random, devices }) => {
      const device = anyOf(random, devices);
      network.cut(device.kind.id);
      device.restart();
    },
  ],
  [
    6,
    'witness-away',
    ({ witnesses, schedule, random }) => {
      const index = random.below(3);
      witnesses.away(index, true);
      schedule.after(random.between(10 * MINUTE, 5 * HOUR), () => witnesses.away(index, false));
    },
  ],
  [6, 'clock', setClock],
  [
    6,
    'heart-races',
    ({ racing, schedule, random }) => {
      const patient = random.chance(0.5) ? 'Ada' : 'Tomas';
      racing.add(patient);
      schedule.after(random.between(2 * MINUTE, 30 * MINUTE), () => void racing.delete(patient));
    },
  ],
  [6, 'somebody-comes', acknowledgeOne],
  [4, 'copy', ({ house }) => atRest(house, () => house.keepCopy())],
  [
    2,
    'old-copy',
    async ({ house, random }) => {
      if (house.copyIsOlder) await atRest(house, () => house.putBack(random.chance(0.5)));
    },
  ],
  [2, 'twin', twin],
];

/** The name of a trouble that comes now, and the trouble. */
export function drawTrouble(random: Random): { readonly name: string; readonly trouble: Trouble } {
  const total = TROUBLES.reduce((sum, [weight]) => sum + weight, 0);
  let at = random.below(total);
  for (const [weight, name, trouble] of TROUBLES) {
    if (at < weight) return { name, trouble };
    at -= weight;
  }
  throw new Error('no trouble');
}

const anyOf = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)] as T;

function killAtCommit({ house, random }: World): void {
  const point = anyOf<KillPoint>(random, ['before', 'within', 'after']);
  house.faults.kill = { after: random.below(20), point };
}

function diskTrouble({ house, schedule, random }: World): void {
  house.faults.disk = random.chance(0.5) ? 'refuses' : 'tears';
  schedule.after(random.between(10 * SECOND, 10 * MINUTE), () => {
    house.faults.disk = 'well';
  });
}

/** The disk refuses a single time: half of them in the burst of a device that comes back with what it has kept. */
function diskOnce({ house, network, schedule, random, devices }: World): void {
  if (random.chance(0.5)) {
    house.faults.hiccup = random.below(40);
    return;
  }
  const { id } = anyOf(random, devices).kind;
  network.away(id, true);
  schedule.after(random.between(5 * MINUTE, 10 * MINUTE), () => {
    network.hiccupAtReturn = random.below(4);
    network.away(id, false);
  });
}

/** SQLite's own limit: it says that the disk is full. */
function diskFull({ house, schedule, random }: World): void {
  const { running, life } = house;
  if (running === undefined) return;
  const { db } = running.hub.vault;
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
  schedule.after(random.between(MINUTE, 20 * MINUTE), () => {
    if (house.life === life && house.up) db.pragma('max_page_count = 4294967294');
  });
}

/** Set forward or back, and right again later; never further off than a day. */
function setClock({ house, schedule, random, trace }: World): void {
  const far = random.chance(0.15) ? DAY : random.chance(0.5) ? HOUR : MINUTE;
  const byMs = Math.round(random.between(-far, far));
  if (Math.abs(house.clockOffMs + byMs) > DAY) return;
  house.clockOffMs += byMs;
  trace(`clock ${byMs}`);
  schedule.after(random.between(10 * SECOND, 3 * HOUR), () => {
    house.clockOffMs -= byMs;
    trace(`clock ${-byMs}`);
  });
}

async function acknowledgeOne({ house, random, books }: World): Promise<void> {
  await house.step(({ hub }) => {
    for (const { slot } of hub.vault.registry.patients()) {
      const [alarm] = hub.watch.of(slot);
      if (alarm === undefined) continue;
      const atMs = house.clock();
      const untilMs = alarm.priority === 'high' ? atMs + Math.round(random.between(MINUTE, HOUR)) : undefined;
      try {
        const notices = hub.watch.acknowledge(slot, alarm.condition, {
          by: 'Eva',
          atMs,
          why: 'seen',
          ...(untilMs !== undefined && { untilMs }),
        });
        books.sync(hub.vault);
        books.told(notices);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')))
          throw error;
      }
    }
  });
}

/** With the hub stopped or dead: what happens to its disk from outside. */
async function atRest(house: House, work: () => void | Promise<void>): Promise<void> {
  if (house.up) await (house.life % 2 === 0 ? house.stop() : house.kill('for its disk'));
  await work();
}

async function twin({ house, witnesses }: World): Promise<void> {
  const { running } = house;
  if (running === undefined || !house.copyIsOlder) return;
  const { size } = running.ledger.latest();
  const { name } = running.hub.vault.identity.ledgerSigner;
  // A witness that has not seen the newest may believe the twin first, and that is right.
  if (!witnesses.allAt(name, size)) return;
  await house.twin((other) => asked(other, house, witnesses));
}

/** Whether a witness tells the twin that there is more, or another history. */
async function asked({ ledger }: RunningHub, house: House, witnesses: WitnessRow): Promise<boolean> {
  const circle = openWitnessCircle(parsePolicy(witnesses.policy), {
    withoutQuorum: 'fail-closed',
    nowMs: house.clock,
    call: witnesses.call,
  });
  const { evidence, answers } = await gatherCosignatures(ledger, circle);
  await closeWitnessCircle(circle);
  return evidence.length > 0 || answers.every(({ outcome }) => outcome.kind === 'unreachable');
}
