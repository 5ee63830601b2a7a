// The page's picture of the home, and how each message of the feed changes it. Pure: a world and a message give
// a new world, sharing everything that did not change, so that the page redraws only what did.

import type { Kind } from '@heartwood/vitals';
import type { Rule } from './care.ts';
import type {
  Batch,
  Device,
  Disk,
  FeedMessage,
  FeedReading,
  Hub,
  Link,
  Patient,
  Radio,
  Recent,
} from './feed.ts';
import { measuredAt } from './freshness.ts';

export type World = {
  /** Count of the last message taken. */
  readonly feed: number;
  /** The stream that it is a message of; undefined where there is no way back to it. */
  readonly session: string | undefined;
  readonly hub: Hub;
  readonly batch: Batch | null;
  readonly disk: Disk | null;
  /** Null for those who are not told of Bluetooth, and while there is nothing to tell. */
  readonly radio: Radio | null;
  /** The limits of everybody. */
  readonly limits: readonly Rule[];
  readonly patients: readonly Patient[];
};

export type Applied =
  | { readonly kind: 'world'; readonly world: World }
  /** A message is missing, repeated or came before any snapshot: the picture cannot be trusted further. */
  | { readonly kind: 'gap' };

export const READINGS_MAX = 60;
export const FRAMES_MAX = 4;

/** The world after a message. A snapshot starts anew from whatever was before. */
export function apply(world: World | undefined, message: FeedMessage): Applied {
  if (message.type === 'snapshot') return { kind: 'world', world: begin(message) };
  if (world === undefined) return { kind: 'gap' };
  if (message.type === 'resumed')
    return message.feed === world.feed ? { kind: 'world', world } : { kind: 'gap' };
  if (message.feed !== world.feed + 1) return { kind: 'gap' };
  return { kind: 'world', world: { ...world, ...change(world, message), feed: message.feed } };
}

function begin({
  feed,
  session,
  hub,
  batch,
  disk,
  radio,
  limits,
  patients,
}: Extract<FeedMessage, { type: 'snapshot' }>): World {
  return { feed, session, hub, batch, disk, radio, limits, patients: patients.map(inOrder) };
}

function change(world: World, message: FeedMessage): Partial<World> {
  switch (message.type) {
    case 'snapshot':
      return begin(message);
    case 'readings':
      return { patients: takeReadings(world.patients, message.readings) };
    case 'batch':
      return { batch: message.batch };
    case 'disk':
      return { disk: message.disk };
    case 'radio':
      return { radio: message.radio };
    case 'link':
      return { patients: world.patients.map((patient) => setLink(patient, message.device, message.link)) };
    case 'patients':
      return { patients: message.patients.map(inOrder) };
    case 'alarms':
      return {
        patients: world.patients.map((patient) =>
          patient.id === message.patient ? { ...patient, alarms: message.alarms } : patient,
        ),
      };
    case 'care':
      return {
        patients: world.patients.map((patient) =>
          patient.id === message.patient ? { ...patient, care: message.care } : patient,
        ),
      };
    case 'scores': {
      const scores = new Map(message.scores.map(({ patient, score }) => [patient, score]));
      return {
        patients: world.patients.map((patient) => {
          const score = scores.get(patient.id);
          return score === undefined ? patient : { ...patient, score };
        }),
      };
    }
    case 'tick':
    case 'resumed':
    case 'other':
      return {};
  }
}

function inOrder(patient: Patient): Patient {
  const recent: Partial<Record<Kind, readonly FeedReading[]>> = {};
  for (const readings of Object.values(patient.recent))
    for (const reading of readings) insert(recent, reading);
  return { ...patient, recent };
}

function takeReadings(patients: readonly Patient[], readings: readonly FeedReading[]): readonly Patient[] {
  const byPatient = Map.groupBy(readings, (reading) => reading.patient);
  return patients.map((patient) => {
    const news = byPatient.get(patient.id);
    if (news === undefined) return patient;
    const recent: Partial<Record<Kind, readonly FeedReading[]>> = { ...patient.recent };
    for (const reading of news) insert(recent, reading);
    return { ...patient, recent, devices: patient.devices.map((device) => heard(device, news)) };
  });
}

/** Puts a reading at its place by time of measurement; one that is there already changes nothing. */
function insert(recent: Partial<Record<Kind, readonly FeedReading[]>>, reading: FeedReading): void {
  const kind = reading.measurement.kind;
  const before = recent[kind] ?? [];
  if (before.some((each) => each.id === reading.id)) return;
  const time = measuredAt(reading);
  const place = before.findLastIndex((each) => measuredAt(each) <= time) + 1;
  const max = kind === 'ecg' || kind === 'ppg' ? FRAMES_MAX : READINGS_MAX;
  recent[kind] = before.toSpliced(place, 0, reading).slice(-max);
}

function heard(device: Device, readings: readonly FeedReading[]): Device {
  const times = readings.filter((each) => each.device === device.id).map((each) => each.received);
  const latest = Math.max(device.lastReceived ?? Number.NEGATIVE_INFINITY, ...times);
  return times.length === 0 || latest === device.lastReceived ? device : { ...device, lastReceived: latest };
}

function setLink(patient: Patient, id: string, link: Link): Patient {
  if (!patient.devices.some((device) => device.id === id && device.link !== link)) return patient;
  return { ...patient, devices: patient.devices.map((each) => (each.id === id ? { ...each, link } : each)) };
}

/** The newest readings of a patient over all kinds, newest first, waveforms left out. */
export function newest(recent: Recent, count: number): readonly FeedReading[] {
  return Object.values(recent)
    .flat()
    .filter((reading) => !('wave' in reading.measurement))
    .sort((a, b) => measuredAt(b) - measuredAt(a) || b.received - a.received)
    .slice(0, count);
}
