// `heartwood export`: every stored reading once, or every note, as lines of JSON or a table.

import { closeSync, openSync, writeSync } from 'node:fs';
import {
  type ExportedNote,
  exportNotes,
  exportReadings,
  type FeedReading,
  HeartwoodError,
  type Vault,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';

export type ExportArguments = SettingsOf<'export'> & {
  /** Name or pseudonym; undefined: everybody. */
  readonly patient: string | undefined;
  /** Ms since 1970, inclusive; undefined: from the first reading on. */
  readonly from: number | undefined;
  /** Ms since 1970, exclusive; undefined: to the last reading. */
  readonly to: number | undefined;
  readonly format: 'csv' | 'ndjson';
  /** Notes in the place of readings. */
  readonly notes: boolean;
  /** Undefined: standard output. */
  readonly output: string | undefined;
};

/** Lines are written in blocks of about this size. */
const BLOCK_CHARACTERS = 64 * 1024;

export function runExport(given: ExportArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'read', (vault) => {
      const patient = given.patient === undefined ? undefined : pseudonymOf(vault, given.patient);
      const file = given.output === undefined ? undefined : openSync(given.output, 'w', 0o600);
      const write = file === undefined ? frame.write : (text: string): void => void writeSync(file, text);
      const isWanted = (of: string, time: number): boolean =>
        (patient === undefined || of === patient) &&
        time >= (given.from ?? Number.NEGATIVE_INFINITY) &&
        time < (given.to ?? Number.POSITIVE_INFINITY);
      const asCsv = given.format === 'csv';
      let letGo: number | undefined;
      const lines = given.notes
        ? noteLines(vault, asCsv, isWanted)
        : readingLines(vault, asCsv, isWanted, (batch) => {
            letGo = batch;
          });
      let block = '';
      for (const line of lines) {
        block += line;
        if (block.length < BLOCK_CHARACTERS) continue;
        write(block);
        block = '';
      }
      write(block);
      if (file !== undefined) closeSync(file);
      if (letGo !== undefined) {
        frame.warn(
          `Not in it: what was measured up to batch ${letGo}. Its time was over, and it was let go (keep-readings-days).`,
        );
      }
      return Promise.resolve(EXIT.ok);
    }),
  );
}

type Wanted = (patient: string, timeMs: number) => boolean;

function* readingLines(
  vault: Vault,
  asCsv: boolean,
  isWanted: Wanted,
  onLetGo: (batch: number) => void,
): Generator<string> {
  if (asCsv) yield `${CSV_COLUMNS.join(',')}\n`;
  for (const reading of exportReadings(vault, ({ batch }) => onLetGo(batch)))
    if (isWanted(reading.patient, reading.at ?? reading.received))
      yield asCsv ? csvLine(reading) : jsonLine(reading);
}

function* noteLines(vault: Vault, asCsv: boolean, isWanted: Wanted): Generator<string> {
  if (asCsv) yield `${NOTE_COLUMNS.join(',')}\n`;
  for (const note of exportNotes(vault))
    if (isWanted(note.patient, note.at)) yield asCsv ? noteCsv(note) : jsonLine(note);
}

function pseudonymOf(vault: Vault, wanted: string): string {
  for (const { name, subject } of vault.registry.patients()) {
    const pseudonym = Buffer.from(subject).toString('hex');
    if (wanted === name || wanted === pseudonym) return pseudonym;
  }
  throw new HeartwoodError('not-found', 'There is no patient of that name or pseudonym.');
}

const jsonLine = (one: FeedReading | ExportedNote): string => `${JSON.stringify(one)}\n`;

const CSV_COLUMNS = [
  'id',
  'patient',
  'device',
  'origin',
  'kind',
  'measured',
  'received',
  'value',
  'systolic',
  'diastolic',
  'mean',
  'absent',
  'quality',
  'lead',
  'rateHz',
  'gain',
  'baseline',
  'samples',
] as const;

/** RFC 4180 as far as these values need it: none has a comma, a quote or a line break, except what a lead's name may hold. */
function csvLine(reading: FeedReading): string {
  const { wave } = reading;
  const cells: Readonly<Record<(typeof CSV_COLUMNS)[number], string | number | undefined>> = {
    ...reading,
    measured: reading.at === undefined ? undefined : timeOf(reading.at),
    received: timeOf(reading.received),
    value: reading.value,
    systolic: reading.systolic,
    diastolic: reading.diastolic,
    mean: reading.mean,
    absent: reading.absent,
    quality: reading.quality,
    lead: wave && `"${wave.lead.replaceAll('"', '""')}"`,
    rateHz: wave?.rateHz,
    gain: wave?.gain,
    baseline: wave?.baseline,
    samples: wave?.samples.join(' '),
  };
  return `${CSV_COLUMNS.map((column) => cells[column] ?? '').join(',')}\n`;
}

/** A device's clock may say anything; what no calendar holds is given in ms. */
const timeOf = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));

const NOTE_COLUMNS = ['patient', 'number', 'written', 'by', 'kind', 'about', 'shared', 'text'] as const;

/** RFC 4180. */
function noteCsv(note: ExportedNote): string {
  const { patient, number, at, by, kind, about, shared, text } = note;
  return `${[patient, number, timeOf(at), words(by), kind, about ?? '', shared, words(text)].join(',')}\n`;
}

/** What begins as a formula does is words to a spreadsheet by an apostrophe before it. */
const words = (text: string): string =>
  `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
