// The header of a WFDB record (PhysioNet, header(5) of the WFDB Applications Guide): a text file whose first line
// describes the record, and each further line one signal. Lines that begin with `#` and empty lines say nothing here;
// a carriage return may precede each line feed.

import { WfdbError } from './error.ts';

export type SignalHeader = {
  readonly fileName: string;
  /** Storage format: 16 and 212 can be read (signal.ts). */
  readonly format: number;
  /** Where in the file the samples begin, bytes. */
  readonly byteOffset: number;
  /** Converter units per physical unit; 200 where the header says nothing or 0 (uncalibrated), as header(5) rules. */
  readonly gain: number;
  /** Converter value of physical 0; the ADC zero where the header says nothing. */
  readonly baseline: number;
  readonly units: string;
  readonly adcResolution: number;
  readonly adcZero: number;
  /** The first sample; undefined where the header does not say. */
  readonly initialValue?: number;
  /** The sum of all samples as a signed 16-bit number; undefined where the header does not say. */
  readonly checksum?: number;
  readonly description: string;
};

export type RecordHeader = {
  readonly name: string;
  /** Samples a second of each signal; 250 where the header says nothing. May be far below 1: one a minute. */
  readonly rateHz: number;
  /** Frequency of the tape counter or clock that annotations of some databases refer to. */
  readonly counterHz?: number;
  /** Samples of each signal; undefined: as many as the signal file holds. */
  readonly samples?: number;
  /** Time of day at which the recording began, ms after midnight. */
  readonly baseTimeMs?: number;
  /** `YYYY-MM-DD`. De-identified records lie centuries ahead. */
  readonly baseDate?: string;
  readonly signals: readonly SignalHeader[];
};

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const RATE = new RegExp(String.raw`^(${NUMBER})(?:/(${NUMBER})(?:\((${NUMBER})\))?)?$`);
const FORMAT = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/;
const GAIN = new RegExp(String.raw`^(${NUMBER})(?:\((-?\d+)\))?(?:/(\S+))?$`);
const FILE_NAME = /^[A-Za-z0-9_.-]+$/;
const SIGNALS_MAX = 256;

/** Parses a header file's text. Throws WfdbError `bad-header`, or `unsupported` for what is valid but not read here. */
export function parseHeader(text: string): RecordHeader {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const first = lines[0];
  if (first === undefined) throw new WfdbError('bad-header', 'The header has no record line.');
  const [name = '', count = '', rate, samples, time, date] = first.split(/\s+/);
  if (name.includes('/')) {
    throw new WfdbError('unsupported', `Record ${name} is made of segments; replay its segments one by one.`);
  }
  const signalCount = wholeNumber(count, 'number of signals');
  if (signalCount > SIGNALS_MAX)
    throw new WfdbError('bad-header', `The header announces ${signalCount} signals.`);
  if (lines.length - 1 < signalCount) {
    throw new WfdbError(
      'bad-header',
      `The header announces ${signalCount} signals and describes ${lines.length - 1}.`,
    );
  }
  const rates = rate === undefined ? undefined : RATE.exec(rate);
  const rateHz = rate === undefined ? 250 : Number(rates?.[1]);
  if (!(rateHz > 0))
    throw new WfdbError('bad-header', `The sampling frequency is ${rate}: it must be above 0.`);
  const counter = rates?.[2];
  // 0 samples means "not said", as a missing field does.
  const sampleCount = samples === undefined ? 0 : wholeNumber(samples, 'number of samples');
  return {
    name,
    rateHz,
    ...(counter !== undefined && { counterHz: Number(counter) }),
    ...(sampleCount > 0 && { samples: sampleCount }),
    ...(time !== undefined && { baseTimeMs: parseTime(time) }),
    ...(date !== undefined && { baseDate: parseDate(date) }),
    signals: lines.slice(1, 1 + signalCount).map(parseSignal),
  };
}

function parseSignal(line: string): SignalHeader {
  const fields = line.split(/\s+/);
  const [fileName = '', storage = '', gainField, resolution, zero, initial, sum] = fields;
  const formats = FORMAT.exec(storage);
  if (!formats) throw new WfdbError('bad-header', `A signal line has no storage format: "${line}".`);
  // The name comes from the file: one that leaves the record's own folder is not followed.
  if (!FILE_NAME.test(fileName) || fileName.startsWith('..')) {
    throw new WfdbError('bad-header', `"${fileName}" cannot be the name of a signal file.`);
  }
  const [, format, perFrame, skew, offset] = formats;
  if ((perFrame ?? '1') !== '1') {
    throw new WfdbError(
      'unsupported',
      `${fileName} holds ${perFrame} samples a frame; only one can be read.`,
    );
  }
  if ((skew ?? '0') !== '0') {
    throw new WfdbError('unsupported', `${fileName} is skewed by ${skew} samples; only 0 can be read.`);
  }
  const gains = gainField === undefined ? undefined : GAIN.exec(gainField);
  if (gains === null) throw new WfdbError('bad-header', `"${gainField}" is no ADC gain.`);
  const adcZero = zero === undefined ? 0 : integer(zero, 'ADC zero');
  const baseline = gains?.[2];
  return {
    fileName,
    format: Number(format),
    byteOffset: Number(offset ?? 0),
    gain: Number(gains?.[1] ?? 0) || 200,
    baseline: baseline === undefined ? adcZero : integer(baseline, 'baseline'),
    units: gains?.[3] ?? 'mV',
    adcResolution: resolution === undefined ? 0 : wholeNumber(resolution, 'ADC resolution'),
    adcZero,
    ...(initial !== undefined && { initialValue: integer(initial, 'initial value') }),
    ...(sum !== undefined && { checksum: integer(sum, 'checksum') }),
    description: fields.slice(8).join(' '),
  };
}

function integer(text: string, what: string): number {
  if (!/^[-+]?\d{1,15}$/.test(text)) throw new WfdbError('bad-header', `"${text}" is no ${what}.`);
  return Number(text);
}

function wholeNumber(text: string, what: string): number {
  const value = integer(text, what);
  if (value < 0) throw new WfdbError('bad-header', `The ${what} is ${text}: it cannot be negative.`);
  return value;
}

// `HH:MM:SS.sss`, `MM:SS.sss` or `SS.sss`: what is missing is missing in front, as in WFDB's strtim.
function parseTime(text: string): number {
  if (!/^(?:(?:\d+:)?\d+:)?\d+(?:\.\d+)?$/.test(text))
    throw new WfdbError('bad-header', `"${text}" is no time of day.`);
  const seconds = text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round(seconds * 1000);
}

function parseDate(text: string): string {
  const parts = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (!parts) throw new WfdbError('bad-header', `"${text}" is no date (DD/MM/YYYY).`);
  const [, day = '', month = '', year = ''] = parts;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
