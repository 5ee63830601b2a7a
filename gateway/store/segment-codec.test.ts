import { readFileSync } from 'node:fs';
import {
  ABSENT_REASONS,
  CLOCK_TRUSTS,
  COUNTER_MAX,
  fromGrid,
  KIND_NAMES,
  KINDS,
  type Measurement,
  NO_SAMPLE,
  ORIGINS,
  QUALITIES,
  type Quantity,
  type ScalarKind,
  TIME_MAX_MS,
  toGrid,
  type WaveKind,
} from '@heartwood/vitals';
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSegment, type KeptReading, SegmentEncoder } from './segment-codec.ts';
import { NumberReader } from './segment-numbers.ts';

const maybe = <T>(some: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
/** An object whose undefined fields are left out. */
const compact = <T extends object>(fields: Record<string, Arbitrary<unknown>>): Arbitrary<T> =>
  fc
    .record(fields)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as T);

const counter = fc.oneof(
  fc.nat(5),
  fc.nat(1000),
  fc.maxSafeNat(),
  fc.constantFrom(0, COUNTER_MAX - 1, COUNTER_MAX),
);
/** Clocks that tick, jump, and were never set. */
const time = fc.oneof(
  fc.integer({ min: 1_795_262_400_000, max: 1_795_262_500_000 }),
  fc.integer({ min: 0, max: TIME_MAX_MS }),
  fc.constantFrom(0, 1, TIME_MAX_MS),
);
const onGrid = (quantity: Quantity): Arbitrary<number> => {
  const [low, high] = quantity.plausible;
  return fc
    .integer({ min: toGrid(quantity, low), max: toGrid(quantity, high) })
    .map((steps) => fromGrid(quantity, steps));
};
const quality = maybe(fc.constantFrom(...QUALITIES));
const ofShape = <K>(shape: string): K[] => KIND_NAMES.filter((kind) => KINDS[kind].shape === shape) as K[];
const { systolic, diastolic, mean } = KINDS['blood-pressure'].parts;
const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });

const measurement: Arbitrary<Measurement> = fc.oneof(
  fc
    .constantFrom(...ofShape<ScalarKind>('scalar'))
    .chain((kind) => compact<Measurement>({ kind: fc.constant(kind), value: onGrid(KINDS[kind]), quality })),
  compact<Measurement>({
    kind: fc.constant('blood-pressure'),
    systolic: maybe(onGrid(systolic)),
    diastolic: maybe(onGrid(diastolic)),
    mean: maybe(onGrid(mean)),
    quality,
  }).filter((made) => 'systolic' in made || 'diastolic' in made || 'mean' in made),
  compact<Measurement>({
    kind: fc.constantFrom(...ofShape<WaveKind>('wave')),
    wave: fc.record({
      lead: fc.constantFrom('MLII', 'V5', 'finger', 'aVR left side', ''),
      rateHz: fc.constantFrom(1, 125, 360, 0.1, 99_999.5),
      gain: fc.constantFrom(200, 0.5, -1.1, 1e-9, 1e9),
      baseline: int32,
      samples: fc
        .array(fc.oneof(fc.integer({ min: -2048, max: 2047 }), fc.constant(NO_SAMPLE), int32), {
          maxLength: 60,
        })
        .map((samples) => Int32Array.from(samples)),
    }),
    quality,
  }),
  compact<Measurement>({
    kind: fc.constantFrom(...KIND_NAMES),
    absent: fc.constantFrom(...ABSENT_REASONS),
    quality,
  }),
);

const source = fc.record({
  characteristic: fc.constantFrom(1, 0x2a37, 0x2a18, 0xffff),
  version: fc.constantFrom(1, 255),
  octets: fc.uint8Array({ minLength: 1, maxLength: 30 }),
  clock: fc.constantFrom(...CLOCK_TRUSTS),
  stored: fc.boolean(),
  shiftMs: fc.oneof(fc.constant(0), fc.integer({ min: -TIME_MAX_MS, max: TIME_MAX_MS })),
});

/** Messages of several devices, one after the other; a handover may have taken readings out of them. */
const message: Arbitrary<KeptReading[]> = fc
  .record({
    head: compact<Pick<KeptReading, 'device' | 'seq' | 'received' | 'origin'>>({
      device: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.nat(2 ** 31)),
      boot: maybe(counter),
      seq: counter,
      received: time,
      origin: fc.constantFrom(...ORIGINS),
    }),
    parts: fc.array(
      fc.record({
        skipped: fc.nat(2),
        body: compact<object>({ at: maybe(time), measurement, source: maybe(source) }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ head, parts }) => {
    let index = -1;
    return parts.map(({ skipped, body }) => {
      index += 1 + skipped;
      return { ...head, index, ...body } as KeptReading;
    });
  });
const readings = fc.array(message, { maxLength: 12 }).map((messages) => messages.flat());

function encode(all: readonly KeptReading[]): Uint8Array {
  const encoder = new SegmentEncoder();
  for (const one of all) encoder.add(one);
  return encoder.finish();
}

/** Every number of a segment, by the readings themselves. */
function numbersOf(all: readonly KeptReading[]): unknown[] {
  const grid = (quantity: Quantity, value: number): number => toGrid(quantity, value);
  return all.flatMap(({ measurement, at, received, device }) => {
    const { code } = KINDS[measurement.kind];
    if ('absent' in measurement || 'wave' in measurement) return [];
    if ('value' in measurement)
      return [[4 * code, at, received, grid(KINDS[measurement.kind], measurement.value), device]];
    return (['systolic', 'diastolic', 'mean'] as const).flatMap((part, i) => {
      const value = measurement[part];
      const quantity = KINDS['blood-pressure'].parts[part];
      return value === undefined ? [] : [[4 * code + 1 + i, at, received, grid(quantity, value), device]];
    });
  });
}

describe('a segment', () => {
  it('gives its numbers as its readings have them, also one of many that one reader reads', () => {
    const kinds = Object.values(KINDS).flatMap(({ code }) => [0, 1, 2, 3].map((part) => 4 * code + part));
    fc.assert(
      fc.property(
        fc.array(readings, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(5), { maxLength: 8 }),
        maybe(fc.constantFrom(...kinds)),
        (segments, again, wanted) => {
          let found: unknown[] = [];
          const reader = new NumberReader(wanted, (...one) => found.push(one));
          // Some come twice: then a patient's templates are known.
          for (const one of [...segments, ...again.map((i) => segments[i % segments.length] ?? [])]) {
            found = [];
            reader.read(encode(one));
            expect(found).toEqual(
              numbersOf(one).filter((number) => wanted === undefined || (number as number[])[0] === wanted),
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives back what was put in: any kind, clock, sequence and mixture of devices', () => {
    fc.assert(
      fc.property(readings, (all) => {
        expect(decodeSegment(encode(all))).toEqual(all);
      }),
      { numRuns: 400 },
    );
  });

  it('can be finished, added to and finished again, as after a disk that was full', () => {
    fc.assert(
      fc.property(readings, readings, (first, second) => {
        const encoder = new SegmentEncoder();
        for (const one of first) encoder.add(one);
        expect(decodeSegment(encoder.finish())).toEqual(first);
        for (const one of second) encoder.add(one);
        expect(decodeSegment(encoder.finish())).toEqual([...first, ...second]);
        expect(encoder.count).toBe(first.length + second.length);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps an ECG of a minute, in each of its three kinds of compression', () => {
    for (const [samples, flag] of [
      [10, 0],
      [400, 1],
      [21_600, 2],
    ] as const) {
      const wave = {
        lead: 'MLII',
        rateHz: 360,
        gain: 200,
        baseline: 1024,
        samples: Int32Array.from({ length: samples }, (_, i) =>
          i % 97 === 0 ? NO_SAMPLE : Math.round(1000 + 100 * Math.sin(i / 9)),
        ),
      };
      const one: KeptReading = {
        device: 1,
        seq: 1,
        index: 0,
        received: 1_795_262_400_000,
        origin: 'recording',
        measurement: { kind: 'ecg', wave },
      };
      const bytes = encode([one]);
      expect(bytes[0]).toBe(flag);
      expect(decodeSegment(bytes)).toEqual([one]);
    }
  });

  it('says nothing more than one byte a message where nothing changes', () => {
    const still = (messages: number): number =>
      encode(
        Array.from({ length: messages }, (_, n) => ({
          device: 3,
          seq: n,
          index: 0,
          at: 1_795_262_400_000 + 1000 * n,
          received: 1_795_262_400_040 + 1000 * n,
          origin: 'wearable' as const,
          measurement: { kind: 'heart-rate' as const, value: 61 },
        })),
      ).length;
    expect(still(120) - still(20)).toBe(0);
  });

  it('is what the specification shows', () => {
    const readings = [72, 74].flatMap((value, n): KeptReading[] => {
      const at = 1_795_262_400_000 + 1000 * n;
      const head = { device: 3, seq: 7 + n, at, received: at + 40, origin: 'simulator' } as const;
      return [
        { ...head, index: 0, measurement: { kind: 'heart-rate', value } },
        { ...head, index: 1, measurement: { kind: 'spo2', absent: 'sensor-off' } },
      ];
    });
    const page = readFileSync(new URL('../../docs/spec/segment.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n${Buffer.from(encode(readings)).toString('hex')}\n`);
  });
});
