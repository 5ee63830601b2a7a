// SenML in (RFC 8428): a pack of records to the same message. One record is one reading; `seq` and `boot` are
// records too, since SenML has no place for them; the parts of a blood pressure at one time become one reading.
// Base fields are resolved as in section 4.6. Mapping in docs/spec/message.md.

import { READINGS_MAX } from './limit.ts';
import { checkCount, finishMessage, readReading } from './message-model.ts';
import { isTree, type Place, pathOf, type ReadingTree } from './message-tree.ts';
import type { Message, TimedMeasurement } from './reading.ts';
import { refuse } from './refusal.ts';

/** Labels of section 4.3 and their CBOR numbers (section 6, table 6). */
const LABELS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [-6, 'bs'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [5, 's'],
  [6, 't'],
  [7, 'ut'],
  [8, 'vd'],
]);

/** Units of the SenML registry (section 12.1) that UCUM writes in another way. */
const UCUM_OF_SENML: ReadonlyMap<string, string> = new Map([
  ['beat/min', '/min'],
  ['/', '1'],
  ['%EL', '%'],
  ['count', '{steps}'],
]);

/** Section 4.5.3: a time below 2^28 seconds counts from now, the rest from 1970. */
const RELATIVE_BELOW_S = 2 ** 28;
const VERSION = 10;
const PANEL = 'blood-pressure';

type SenmlRecord = { [label: string]: unknown };
type Base = { name: string; time: number; unit: string | undefined; value: number | undefined };
type Resolved = { readonly name: string; readonly at: number | undefined; readonly record: SenmlRecord };

/** A pack while it is read: what its records have added up to so far. */
type Pack = {
  device: string | undefined;
  seq: unknown;
  boot: unknown;
  readonly trees: { readonly tree: ReadingTree; readonly place: Place }[];
};

/** Gives the records of a SenML CBOR pack their JSON labels. Throws `Refused`. */
export function labelRecords(item: unknown): unknown {
  if (!Array.isArray(item)) return item;
  return item.map((record: unknown, index) => {
    if (!(record instanceof Map)) return record;
    const labelled: SenmlRecord = {};
    for (const [key, value] of record) {
      const label = LABELS.get(key) ?? key;
      // An unknown number or text is an extension, ignored below unless it must be understood.
      if (typeof label !== 'string' || label === '__proto__') continue;
      if (Object.hasOwn(labelled, label)) refuse('duplicate-field', `records[${index}] has a label twice`);
      labelled[label] = value;
    }
    return labelled;
  });
}

/** Reads a SenML pack; throws `Refused`. */
export function readSenml(records: unknown): Message {
  if (!Array.isArray(records)) refuse('wrong-type', 'a SenML body must be an array of records');
  const base: Base = { name: '', time: 0, unit: undefined, value: undefined };
  const pack: Pack = { device: undefined, seq: undefined, boot: undefined, trees: [] };
  for (let index = 0; index < records.length; index += 1) {
    const place: Place = { list: 'records', index };
    const record: unknown = records[index];
    if (!isTree(record)) refuse('wrong-type', `${pathOf(place)} must be an object (a map)`);
    readRecord(record as SenmlRecord, base, pack, place);
    // Inside the loop, for the search of `addPart` looks through them all.
    if (pack.trees.length > READINGS_MAX) checkCount(pack.trees.length, 'records');
  }
  checkCount(pack.trees.length, 'records');
  const readings: TimedMeasurement[] = pack.trees.map(({ tree, place }) =>
    readReading(tree, place, undefined),
  );
  if (pack.seq === undefined) {
    refuse(
      'missing-field',
      'a SenML pack must have a record named seq: a number that rises by one with every message',
    );
  }
  return finishMessage(pack.seq, pack.boot, readings);
}

function readRecord(record: SenmlRecord, base: Base, pack: Pack, place: Place): void {
  checkLabels(record, place);
  takeBase(record, base, place);
  const own = textOf(record['n'], 'n', place) ?? '';
  if (own === '' && !hasValue(record)) return;
  const whole = base.name + own;
  const colon = whole.lastIndexOf(':');
  const device = whole.slice(0, colon + 1);
  pack.device ??= device;
  if (pack.device !== device)
    refuse('bad-senml', `${pathOf(place, 'n')}: all records of a pack must be of one device`);
  const name = whole.slice(colon + 1);
  if (name === 'seq' || name === 'boot') takeCounter(record, name, base, pack, place);
  else addReading({ name, at: timeOf(record, base, place), record }, base, pack, place);
}

/** Section 12.3.1: a label that ends in `_` must be understood; the others that are not known are ignored. */
function checkLabels(record: SenmlRecord, place: Place): void {
  for (const label in record) {
    if (label.endsWith('_'))
      refuse('bad-senml', `${pathOf(place)} has a label that must be understood and is not known`);
  }
  const version = record['bver'];
  if (version !== undefined && !(typeof version === 'number' && version >= 1 && version <= VERSION)) {
    refuse('bad-senml', `${pathOf(place, 'bver')} must be a version up to ${VERSION}`);
  }
  if (record['s'] !== undefined || record['bs'] !== undefined) {
    refuse('bad-senml', `${pathOf(place)} has a sum: a reading is one measured value`);
  }
}

function takeBase(record: SenmlRecord, base: Base, place: Place): void {
  base.name = textOf(record['bn'], 'bn', place) ?? base.name;
  base.unit = textOf(record['bu'], 'bu', place) ?? base.unit;
  base.time = numberOf(record['bt'], 'bt', place) ?? base.time;
  base.value = numberOf(record['bv'], 'bv', place) ?? base.value;
}

function hasValue(record: SenmlRecord): boolean {
  return ['v', 'vs', 'vb', 'vd'].some((label) => record[label] !== undefined);
}

function takeCounter(record: SenmlRecord, name: 'seq' | 'boot', base: Base, pack: Pack, place: Place): void {
  const value = numberOf(record['v'], 'v', place);
  if (value === undefined) refuse('missing-field', `${pathOf(place, 'v')} is missing: ${name} is a number`);
  if (pack[name] !== undefined) refuse('duplicate-field', `${pathOf(place)}: the pack says ${name} twice`);
  pack[name] = value + (base.value ?? 0);
}

function addReading({ name, at, record }: Resolved, base: Base, pack: Pack, place: Place): void {
  const slash = name.indexOf('/');
  const kind = slash < 0 ? name : name.slice(0, slash);
  const part = slash < 0 ? undefined : name.slice(slash + 1);
  if (record['vb'] !== undefined || record['vd'] !== undefined) {
    refuse(
      'wrong-type',
      `${pathOf(place)} must have v, or vs with the reason of an absence; waveforms need our own formats`,
    );
  }
  const when = at === undefined ? {} : { at };
  const absent = textOf(record['vs'], 'vs', place);
  const value = numberOf(record['v'], 'v', place);
  if (absent !== undefined) {
    if (value !== undefined)
      refuse('conflicting-fields', `${pathOf(place)} has both v and vs: send one of the two`);
    if (part !== undefined)
      refuse('unknown-kind', `${pathOf(place, 'n')}: a part that is absent is left out`);
    pack.trees.push({ tree: { kind, absent, ...when }, place });
    return;
  }
  if (value === undefined && base.value === undefined)
    refuse('missing-field', `${pathOf(place, 'v')} is missing`);
  const sum = (value ?? 0) + (base.value ?? 0);
  const said = textOf(record['u'], 'u', place) ?? base.unit;
  const unit = said === undefined ? {} : { unit: UCUM_OF_SENML.get(said) ?? said };
  if (part === undefined) pack.trees.push({ tree: { kind, value: sum, ...unit, ...when }, place });
  else addPart(pack, place, kind, part, sum, { ...unit, ...when });
}

/** Adds a pressure to the blood pressure of the same time that still lacks it, or begins another. */
function addPart(
  pack: Pack,
  place: Place,
  kind: string,
  part: string,
  value: number,
  rest: ReadingTree,
): void {
  if (kind !== PANEL || (part !== 'systolic' && part !== 'diastolic' && part !== 'mean')) {
    refuse('unknown-kind', `${pathOf(place, 'n')} is no kind that Heartwood knows, nor a part of one`);
  }
  const open = pack.trees.findLast(
    ({ tree }) =>
      tree.kind === PANEL && tree.absent === undefined && tree.at === rest.at && tree[part] === undefined,
  );
  if (open === undefined) pack.trees.push({ tree: { kind, [part]: value, ...rest }, place });
  else if (open.tree.unit !== rest.unit) {
    refuse('conflicting-fields', `${pathOf(place, 'u')}: the parts of one blood pressure must have one unit`);
  } else open.tree[part] = value;
}

/** Device time in ms; undefined where the record counts from now, which a device without a clock does. */
function timeOf(record: SenmlRecord, base: Base, place: Place): number | undefined {
  const seconds = base.time + (numberOf(record['t'], 't', place) ?? 0);
  return Math.abs(seconds) < RELATIVE_BELOW_S ? undefined : Math.round(seconds * 1000);
}

function numberOf(said: unknown, label: string, place: Place): number | undefined {
  if (said === undefined) return undefined;
  if (typeof said !== 'number') refuse('wrong-type', `${pathOf(place, label)} must be a number`);
  if (!Number.isFinite(said)) refuse('not-a-number', `${pathOf(place, label)} must be a finite number`);
  return said;
}

function textOf(said: unknown, label: string, place: Place): string | undefined {
  if (said === undefined || typeof said === 'string') return said;
  return refuse('wrong-type', `${pathOf(place, label)} must be text`);
}
