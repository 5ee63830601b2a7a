// The files in test/vectors hold what any second implementation must agree with. Here ours does; and cborg, an
// encoder of other authors, makes the same bytes from the reading alone.

import { readFileSync } from 'node:fs';
import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg';
import { describe, expect, it } from 'vitest';
import { decodeReading, encodeReading } from './canonical.ts';
import { describeReading } from './describe.ts';
import { KIND_NAMES, KINDS } from './kind.ts';
import { parseMessage } from './message.ts';
import {
  ABSENT_REASONS,
  type Measurement,
  type Message,
  ORIGINS,
  QUALITIES,
  type Reading,
} from './reading.ts';
import { CLOCK_TRUSTS } from './source.ts';
import { bytesToHex, fromVector, hexToBytes, toVector } from './vector.ts';

type ReadingVector = { name: string; words: string; reading: unknown; bytes: string };
type MessageVector = {
  name: string;
  contentType?: string;
  text?: string;
  hex?: string;
  message?: unknown;
  refused?: string;
};

function load<Vector>(name: string): readonly Vector[] {
  const file = readFileSync(new URL(`../test/vectors/${name}`, import.meta.url), 'utf8');
  return (JSON.parse(file) as { vectors: Vector[] }).vectors;
}

/** The map of docs/spec/reading.md, written down a second time. */
function mapOf(reading: Reading): Map<number, unknown> {
  const { measurement } = reading;
  const map = new Map<number, unknown>([
    [0, 1],
    [1, reading.subject],
    [2, reading.device],
    [4, reading.seq],
    [5, reading.index],
    [7, reading.received],
    [8, ORIGINS.indexOf(reading.origin) + 1],
    [9, KINDS[measurement.kind].code],
  ]);
  if (reading.boot !== undefined) map.set(3, reading.boot);
  if (reading.at !== undefined) map.set(6, reading.at);
  if (measurement.quality !== undefined) map.set(13, QUALITIES.indexOf(measurement.quality) + 1);
  const { source } = reading;
  if (source !== undefined) {
    const { characteristic, version, octets, clock, stored, shiftMs } = source;
    const code = CLOCK_TRUSTS.indexOf(clock) + 1;
    map.set(14, [characteristic, version, octets, code, stored ? 1 : 0, shiftMs]);
  }
  return map.set(...measuredOf(measurement));
}

function measuredOf(measurement: Measurement): [number, unknown] {
  if ('absent' in measurement) return [12, ABSENT_REASONS.indexOf(measurement.absent) + 1];
  if ('wave' in measurement) {
    const { lead, rateHz, gain, baseline, samples } = measurement.wave;
    const narrow = samples.every((sample) => sample === (sample << 16) >> 16);
    const bytes = new Uint8Array((narrow ? Int16Array : Int32Array).from(samples).buffer);
    const typed = new Tagged(narrow ? 77 : 78, bytes);
    return [
      11,
      new Map<number, unknown>([
        [0, lead],
        [1, rateHz],
        [2, gain],
        [3, baseline],
        [4, typed],
      ]),
    ];
  }
  if (measurement.kind === 'blood-pressure') {
    const { systolic, diastolic, mean } = measurement;
    return [
      10,
      [systolic, diastolic, mean].map((part) => (part === undefined ? null : Math.round(part * 10))),
    ];
  }
  return [10, Math.round(measurement.value * 10 ** KINDS[measurement.kind].decimals)];
}

describe('canonical readings', () => {
  const vectors = load<ReadingVector>('canonical-readings.json');

  it('have every kind, every reason of absence, every origin and every quality', () => {
    const text = JSON.stringify(vectors);
    for (const word of [...KIND_NAMES, ...ABSENT_REASONS, ...ORIGINS, ...QUALITIES, ...CLOCK_TRUSTS])
      expect(text).toContain(`"${word}"`);
  });

  it.each(vectors)('$name', ({ words, reading, bytes }) => {
    const made = fromVector<Reading>(reading);
    expect(bytesToHex(encodeReading(made))).toBe(bytes);
    expect(toVector(decodeReading(hexToBytes(bytes)))).toEqual(reading);
    expect(describeReading(made)).toBe(words);
  });

  it.each(vectors)('$name, as an independent encoder writes it', ({ reading, bytes }) => {
    expect(bytesToHex(encode(mapOf(fromVector<Reading>(reading)), rfc8949EncodeOptions))).toBe(bytes);
  });

  it.each(vectors)('$name, as an independent strict decoder reads it', ({ reading, bytes }) => {
    const samples = (content: () => unknown) => content();
    const options = { strict: true, useMaps: true, rejectDuplicateMapKeys: true, allowIndefinite: false };
    const map = decode(hexToBytes(bytes), { ...options, tags: { 77: samples, 78: samples } }) as Map<
      number,
      unknown
    >;
    expect([...map.keys()]).toEqual([...map.keys()].sort((left, right) => left - right));
    expect(map.get(2)).toBe(fromVector<Reading>(reading).device);
  });
});

describe('messages', () => {
  it.each(load<MessageVector>('messages.json'))('$name', ({ contentType, text, hex, message, refused }) => {
    const body = text === undefined ? hexToBytes(hex!) : new TextEncoder().encode(text);
    const parsed = parseMessage(body, contentType);
    if (parsed.kind === 'refused') expect(parsed.reason).toBe(refused);
    else expect(toVector(parsed.message as Message)).toEqual(message);
  });
});
