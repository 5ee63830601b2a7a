// A whole record: header, samples and annotations together, checked against what the header says of them.

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Annotation, parseAnnotations } from './annotation.ts';
import { WfdbError } from './error.ts';
import { parseHeader, type RecordHeader, type SignalHeader } from './header.ts';
import { checksumOf, decodeSamples, samplesIn } from './signal.ts';

export type RecordedSignal = SignalHeader & {
  /** Raw converter values, exactly as stored. */
  readonly samples: Int32Array;
};

export type WfdbRecord = Omit<RecordHeader, 'signals' | 'samples'> & {
  /** Samples of each signal. */
  readonly length: number;
  readonly durationMs: number;
  readonly signals: readonly RecordedSignal[];
  /** In the order of the file; empty where the record has none. */
  readonly annotations: readonly Annotation[];
};

/** Gives the content of a file beside the header, or undefined where there is none. */
export type ReadFile = (fileName: string) => Uint8Array | undefined;

/**
 * Puts a record together. Throws WfdbError: `missing-file`, `bad-header`, `unsupported`, `truncated`, `checksum`
 * (the samples are not those that the header was written for), `bad-annotation`.
 */
export function readRecord(headerText: string, read: ReadFile): WfdbRecord {
  const header = parseHeader(headerText);
  const samples = new Map<SignalHeader, Int32Array>();
  for (const fileName of new Set(header.signals.map((signal) => signal.fileName))) {
    const group = header.signals.filter((signal) => signal.fileName === fileName);
    const decoded = readGroup(fileName, group, header.samples, read);
    group.forEach((signal, place) => {
      samples.set(signal, decoded[place]!);
    });
  }
  const signals = header.signals.map((signal) => check({ ...signal, samples: samples.get(signal)! }));
  const length = signals[0]?.samples.length ?? 0;
  if (signals.some((signal) => signal.samples.length !== length)) {
    throw new WfdbError('truncated', `The signals of record ${header.name} are not equally long.`);
  }
  const atr = read(`${header.name}.atr`);
  return {
    ...header,
    length,
    durationMs: (length * 1000) / header.rateHz,
    signals,
    annotations: atr ? parseAnnotations(atr) : [],
  };
}

function readGroup(
  fileName: string,
  group: readonly SignalHeader[],
  length: number | undefined,
  read: ReadFile,
): Int32Array[] {
  const { format, byteOffset } = group[0]!;
  if (group.some((signal) => signal.format !== format)) {
    throw new WfdbError('bad-header', `The signals in ${fileName} have different formats.`);
  }
  const file = read(fileName);
  if (!file) throw new WfdbError('missing-file', `${fileName} is not beside its header.`);
  const bytes = file.subarray(byteOffset);
  const each = length ?? Math.floor(samplesIn(format, bytes.length, fileName) / group.length);
  const mixed = decodeSamples(format, bytes, each * group.length, fileName);
  return group.map((_, place) => {
    const own = new Int32Array(each);
    for (let i = 0; i < each; i++) own[i] = mixed[i * group.length + place]!;
    return own;
  });
}

function check(signal: RecordedSignal): RecordedSignal {
  const { samples, checksum, initialValue, fileName, description } = signal;
  const sum = checksumOf(samples);
  // WFDB compares 16 bits: some headers write the same sum unsigned.
  if (checksum !== undefined && ((sum - checksum) & 0xffff) !== 0) {
    throw new WfdbError(
      'checksum',
      `${fileName}, signal ${description}: the samples add up to ${sum}, the header says ${checksum}.`,
    );
  }
  if (initialValue !== undefined && samples.length > 0 && samples[0] !== initialValue) {
    throw new WfdbError(
      'checksum',
      `${fileName}, signal ${description}: the first sample is ${samples[0]}, the header says ${initialValue}.`,
    );
  }
  return signal;
}

/** Reads a record from a folder, given the path of its header (`…/100.hea`). Throws WfdbError. */
export function readRecordFolder(headerPath: string): WfdbRecord {
  if (!existsSync(headerPath)) {
    throw new WfdbError('missing-file', `There is no header ${basename(headerPath)} at the path given.`);
  }
  const folder = dirname(headerPath);
  return readRecord(readFileSync(headerPath, 'latin1'), (fileName) => {
    const path = join(folder, fileName);
    return existsSync(path) ? readFileSync(path) : undefined;
  });
}
