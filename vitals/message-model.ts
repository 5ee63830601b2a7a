// The model: from a decoded tree (JSON, or CBOR with its keys named) to a message, whole and valid, or a refusal.
// This is the hot path of the hub. It is written by hand for that reason: it reads each field once and makes no
// strings unless it refuses. Numbers in docs/spec/message.md.
//
// The tree is the attacker's. Fields are taken by `for in` and a closed list of names, so that a key such as
// `__proto__` is only an unknown field.

import type { Kind } from './kind.ts';
import { KINDS } from './kind.ts';
import { COUNTER_MAX, READINGS_MAX, SAMPLES_MAX, TIME_MAX_MS } from './limit.ts';
import { readMeasurement } from './message-measurement.ts';
import { readSourceTree } from './message-source.ts';
import { isTree, type MessageTree, type Place, pathOf, type ReadingTree } from './message-tree.ts';
import type { Message, TimedMeasurement } from './reading.ts';
import { refuse } from './refusal.ts';

const KINDS_BY_NAME: ReadonlyMap<unknown, Kind> = new Map(
  (Object.keys(KINDS) as Kind[]).map((kind) => [kind, kind]),
);

/** Reads a message tree; throws `Refused`. */
export function readMessage(tree: unknown): Message {
  if (!isTree(tree)) refuse('wrong-type', 'the body must be one object (a map) with seq and readings');
  const fields: MessageTree = tree;
  for (const key in fields) {
    if (key !== 'seq' && key !== 'at' && key !== 'readings' && key !== 'boot') {
      refuse('unknown-field', 'the message has a field other than seq, boot, at and readings');
    }
  }
  if (!Array.isArray(fields.readings)) {
    if (fields.readings === undefined) refuse('missing-field', 'readings is missing: an array of readings');
    refuse('wrong-type', 'readings must be an array');
  }
  const at = fields.at === undefined ? undefined : readTime(fields.at, undefined);
  return finishMessage(fields.seq, fields.boot, readAll(fields.readings, at));
}

/** Puts a message together; `seq` and `boot` are still unread. Throws `Refused`. */
export function finishMessage(seq: unknown, boot: unknown, readings: readonly TimedMeasurement[]): Message {
  if (seq === undefined)
    refuse('missing-field', 'seq is missing: a number that rises by one with every message');
  return boot === undefined
    ? { seq: readCounter(seq, 'seq'), readings }
    : { boot: readCounter(boot, 'boot'), seq: readCounter(seq, 'seq'), readings };
}

function readAll(trees: readonly unknown[], messageAt: number | undefined): readonly TimedMeasurement[] {
  checkCount(trees.length, 'readings');
  const readings: TimedMeasurement[] = [];
  let samples = 0;
  for (let index = 0; index < trees.length; index += 1) {
    const reading = readReading(trees[index], { list: 'readings', index }, messageAt);
    if ('wave' in reading.measurement) samples += reading.measurement.wave.samples.length;
    if (samples > SAMPLES_MAX)
      refuse('bad-waveform', `the message holds more than ${SAMPLES_MAX} samples in all: split it`);
    readings.push(reading);
  }
  return readings;
}

/** Refuses a message of no readings, or of more than the limit. */
export function checkCount(count: number, list: Place['list']): void {
  if (count === 0) refuse('no-readings', `${list} is empty: a message must carry at least one reading`);
  if (count > READINGS_MAX)
    refuse('too-many-readings', `${list} holds more than ${READINGS_MAX}: split the message`);
}

/** Reads one reading tree; `messageAt` stands in where it has no time of its own. Throws `Refused`. */
export function readReading(tree: unknown, place: Place, messageAt: number | undefined): TimedMeasurement {
  if (!isTree(tree)) refuse('wrong-type', `${pathOf(place)} must be an object (a map)`);
  const fields: ReadingTree = tree;
  for (const key in fields) {
    if (!isReadingField(key)) refuse('unknown-field', `${pathOf(place)} has a field that no reading has`);
  }
  const kind = readKind(fields.kind, place);
  const at = fields.at === undefined ? messageAt : readTime(fields.at, place);
  const measurement = readMeasurement(fields, kind, place);
  const timed = at === undefined ? { measurement } : { at, measurement };
  return fields.source === undefined ? timed : { ...timed, source: readSourceTree(fields.source, place) };
}

function isReadingField(key: string): boolean {
  switch (key) {
    case 'kind':
    case 'value':
    case 'systolic':
    case 'diastolic':
    case 'mean':
    case 'absent':
    case 'waveform':
    case 'quality':
    case 'unit':
    case 'at':
    case 'source':
      return true;
    default:
      return false;
  }
}

function readKind(said: unknown, place: Place): Kind {
  const kind = KINDS_BY_NAME.get(said);
  if (kind !== undefined) return kind;
  if (said === undefined) refuse('missing-field', `${pathOf(place, 'kind')} is missing`);
  return refuse('unknown-kind', `${pathOf(place, 'kind')} is no kind that Heartwood knows`);
}

function readCounter(said: unknown, name: 'seq' | 'boot'): number {
  if (typeof said === 'number' && Number.isInteger(said) && said >= 0 && said <= COUNTER_MAX) return said + 0;
  return refuse('bad-sequence', `${name} must be an integer from 0 to 2^53-1`);
}

function readTime(said: unknown, place: Place | undefined): number {
  if (typeof said === 'number' && Number.isInteger(said) && said >= 0 && said <= TIME_MAX_MS) return said + 0;
  const path = place === undefined ? 'at' : pathOf(place, 'at');
  return refuse(
    'bad-time',
    `${path} must be whole milliseconds since 1970, before the year 10000; leave it out without a clock`,
  );
}
