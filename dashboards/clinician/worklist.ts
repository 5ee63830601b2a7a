// Who needs somebody now: a row for each patient, in the order in which a ward sister would go. Pure.

import { type Alarm, inOrder, PRIORITIES, type Priority } from './alarm.ts';
import type { FeedReading, Patient } from './feed.ts';
import type { Shown } from './route.ts';
import { type Direction, directionOf, knownInputs } from './score.ts';
import type { Text } from './text/en.ts';
import type { Trails } from './trails.ts';
import { vitalOf } from './vital.ts';

/** The six vitals of a row. */
export const ROW_KINDS: readonly (keyof Text['row']['short'])[] = [
  'heart-rate',
  'spo2',
  'respiratory-rate',
  'body-temperature',
  'blood-pressure',
  'glucose',
];

export type Row = {
  readonly patient: Patient;
  /** The alarm to look at first. */
  readonly first: Alarm | undefined;
  readonly direction: Direction | undefined;
  /** How many of the vitals are stale. */
  readonly stale: number;
};

export function rowOf(patient: Patient, trails: Trails, nowMs: number): Row {
  const stale = ROW_KINDS.filter(
    (kind) => vitalOf(kind, patient.recent[kind], nowMs, true).state === 'stale',
  );
  return {
    patient,
    first: inOrder(patient.alarms)[0],
    direction: directionOf(trails.scores(patient.id), nowMs),
    stale: stale.length,
  };
}

/** The priority of what waits for somebody. */
export const waiting = ({ first }: Row): Priority | undefined =>
  first === undefined || first.presence === 'acknowledged' ? undefined : first.priority;

/** What holds now comes before what is over and as high. */
const urgency = (row: Row): number => {
  const priority = waiting(row);
  if (priority === undefined) return 2 * PRIORITIES.length;
  return 2 * PRIORITIES.indexOf(priority) + Number(row.first?.presence === 'latched');
};
const least = ({ patient: { score } }: Row): number => (knownInputs(score) === 0 ? -1 : (score?.score ?? -1));
const WAYS: readonly (Direction['way'] | undefined)[] = ['rising', 'steady', undefined, 'falling'];

/** By what waits, then by score, worsening, stale numbers; of equals by name, so that nothing moves without a reason. */
export function sortRows(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted(
    (a, b) =>
      urgency(a) - urgency(b) ||
      least(b) - least(a) ||
      WAYS.indexOf(a.direction?.way) - WAYS.indexOf(b.direction?.way) ||
      b.stale - a.stale ||
      a.patient.name.localeCompare(b.patient.name) ||
      a.patient.slot - b.patient.slot,
  );
}

/** Without accents and capitals: whoever types `suil` finds Súilleabháin. */
const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** @param me the visitor's name, as acknowledgements carry it */
export function isShown(row: Row, text: string, show: Shown, me: string): boolean {
  if (!plain(row.patient.name).includes(plain(text.trim()))) return false;
  switch (show) {
    case 'all':
      return true;
    case 'alarms':
      return row.first !== undefined;
    case 'stale':
      return row.stale > 0;
    case 'mine':
      return row.patient.alarms.some(({ acknowledged }) => acknowledged?.by === me);
  }
}

/**
 * The order that is shown: the one that is wanted, or, while somebody points at a row, the one that stood, without those
 * who are gone and with those who came at its end.
 */
export function keepOrder(
  stood: readonly string[],
  wanted: readonly string[],
  held: boolean,
): { readonly order: readonly string[]; readonly moved: boolean } {
  if (!held) return { order: wanted, moved: false };
  const [there, before] = [new Set(wanted), new Set(stood)];
  const order = [...stood.filter((id) => there.has(id)), ...wanted.filter((id) => !before.has(id))];
  return { order, moved: order.some((id, i) => id !== wanted[i]) };
}

/** `{ sealed }`: number of the batch that holds the newest reading; while that one waits, of the last that is sealed. */
export type Seal = { readonly sealed: number | undefined; readonly waits: boolean };

/** @param last number of the last sealed batch. Undefined: nothing was ever measured */
export function sealOf(patient: Patient, last: number | undefined): Seal | undefined {
  let newest: FeedReading | undefined;
  let sealed: number | undefined;
  for (const readings of Object.values(patient.recent)) {
    for (const reading of readings) {
      if (newest === undefined || reading.received > newest.received) newest = reading;
      const batch = batchOf(reading);
      if (last !== undefined && batch <= last && batch > (sealed ?? -1)) sealed = batch;
    }
  }
  if (newest === undefined) return undefined;
  const batch = batchOf(newest);
  return last !== undefined && batch <= last ? { sealed: batch, waits: false } : { sealed, waits: true };
}

const batchOf = ({ id }: FeedReading): number => Number.parseInt(id, 10);

/** The weakest battery of the devices, percent: each device's last word. */
export function weakestBattery(patient: Patient): number | undefined {
  const last = new Map<string, number>();
  for (const { device, measurement } of patient.recent.battery ?? [])
    if ('value' in measurement) last.set(device, measurement.value);
  const worn = patient.devices.flatMap(({ id }) => last.get(id) ?? []);
  return worn.length === 0 ? undefined : Math.min(...worn);
}
