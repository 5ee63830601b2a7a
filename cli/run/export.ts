// `heartwood export`: every stored reading once, as lines of JSON or a table.

import { closeSync, openSync, writeSync } from 'node:fs';
import { exportReadings, type FeedReading, HeartwoodError, type Vault } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering, withVault } from './open-vault.ts';

export type ExportArguments = SettingsOf<'export'> & {
  /** Name or pseudonym; undefined: everybody. */
  readonly patient: string | undefined;
  /** Ms since 1970, inclusive; undefined: from the first reading on. */
  readonly from: number | undefined;
  /** Ms since 1970, exclusive; undefined: to the last reading. */
  readonly to: number | undefined;
  readonly format: 'csv' | 'ndjson';
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
      const line = given.format === 'csv' ? csvLine : jsonLine;
      let block = given.format === 'csv' ? `${CSV_COLUMNS.join(',')}\n` : '';
      let letGo: number | undefined;
      for (const reading of exportReadings(vault, ({ batch }) => {
        letGo = batch;
      })) {
        if (patient !== undefined && reading.patient !== patient) continue;
        const time = reading.at ?? reading.received;
        if (time < (given.from ?? Number.NEGATIVE_INFINITY) || time >= (given.to ?? Number.POSITIVE_INFINITY))
          continue;
        block += line(reading);
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

function pseudonymOf(vault: Vault, wanted: string): string {
  for (const { name, subject } of vault.registry.patients()) {
    const pseudonym = Buffer.from(subject).toString('hex');
    if (wanted === name || wanted === pseudonym) return pseudonym;
  }
  throw new HeartwoodError('not-found', 'There is no patient of that name or pseudonym.');
}

const jsonLine = (reading: FeedReading): string => `${JSON.stringify(reading)}\n`;

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
