// Readings, events and messages for property tests: every kind, every shape, the edges of every limit.

import fc, { type Arbitrary } from 'fast-check';
import { HUB_EVENT_NAMES, type HubEvent } from './event.ts';
import { fromGrid, toGrid } from './grid.ts';
import { KIND_NAMES, KINDS, type Quantity, type ScalarKind, type WaveKind } from './kind.ts';
import { COUNTER_MAX, GAIN_MAX, GAIN_MIN, INT32_MAX, INT32_MIN, RATE_MAX_HZ, TIME_MAX_MS } from './limit.ts';
import {
  ABSENT_REASONS,
  type Measurement,
  type Message,
  ORIGINS,
  type PanelMeasurement,
  QUALITIES,
  type Quality,
  type Reading,
  type Waveform,
} from './reading.ts';
import { CLOCK_TRUSTS, type Source } from './source.ts';

type Fields = Readonly<Record<string, Arbitrary<unknown>>>;

/** An object whose undefined fields are left out, as `exactOptionalPropertyTypes` has it. */
function compact<T extends object>(fields: Fields): Arbitrary<T> {
  return fc
    .record(fields)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as T);
}

const maybe = <T>(some: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
const quality: Arbitrary<Quality | undefined> = maybe(fc.constantFrom(...QUALITIES));
const counter: Arbitrary<number> = fc.oneof(fc.nat(1000), fc.maxSafeNat(), fc.constantFrom(0, COUNTER_MAX));
const time: Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1_795_000_000_000, max: 1_796_000_000_000 }),
  fc.integer({ min: 0, max: TIME_MAX_MS }),
);

/** A value of `quantity` on its grid and within its limits, the limits themselves often. */
export function onGrid(quantity: Quantity): Arbitrary<number> {
  const [low, high] = quantity.plausible;
  return fc
    .integer({ min: toGrid(quantity, low), max: toGrid(quantity, high) })
    .map((steps) => fromGrid(quantity, steps));
}

const scalarKinds = KIND_NAMES.filter((kind): kind is ScalarKind => KINDS[kind].shape === 'scalar');
const waveKinds = KIND_NAMES.filter((kind): kind is WaveKind => KINDS[kind].shape === 'wave');

const scalar: Arbitrary<Measurement> = fc
  .constantFrom(...scalarKinds)
  .chain((kind) => compact<Measurement>({ kind: fc.constant(kind), value: onGrid(KINDS[kind]), quality }));

const { systolic, diastolic, mean } = KINDS['blood-pressure'].parts;
const panel: Arbitrary<Measurement> = compact<PanelMeasurement>({
  kind: fc.constant('blood-pressure' as const),
  systolic: maybe(onGrid(systolic)),
  diastolic: maybe(onGrid(diastolic)),
  mean: maybe(onGrid(mean)),
  quality,
}).filter(
  (made) =>
    (made.systolic ?? made.diastolic ?? made.mean) !== undefined &&
    (made.systolic === undefined || made.diastolic === undefined || made.systolic >= made.diastolic),
);

const int32 = fc.integer({ min: INT32_MIN, max: INT32_MAX });
const sample = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -0x8000, max: 0x7fff }) },
  { weight: 1, arbitrary: int32 },
);
const waveform: Arbitrary<Waveform> = fc.record({
  lead: fc.constantFrom('MLII', 'V5', 'I', 'finger', 'aVR left side', '0123456789abcdef'),
  rateHz: fc.oneof(
    fc.integer({ min: 1, max: RATE_MAX_HZ }),
    fc.double({ min: 0, max: RATE_MAX_HZ, minExcluded: true, noNaN: true }),
  ),
  gain: fc.oneof(
    fc.constantFrom(200, 0.5, 1.1, GAIN_MIN, GAIN_MAX),
    fc.double({ min: GAIN_MIN, max: GAIN_MAX, noNaN: true }),
  ),
  baseline: int32,
  samples: fc.array(sample, { minLength: 1, maxLength: 40 }).map((samples) => Int32Array.from(samples)),
});
const wave: Arbitrary<Measurement> = compact<Measurement>({
  kind: fc.constantFrom(...waveKinds),
  wave: waveform,
  quality,
});

const absent: Arbitrary<Measurement> = compact<Measurement>({
  kind: fc.constantFrom(...KIND_NAMES),
  absent: fc.constantFrom(...ABSENT_REASONS),
  quality,
});

/** Every shape of every kind. */
const measurements: Arbitrary<Measurement> = fc.oneof(scalar, panel, wave, absent);

const subject: Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 16, maxLength: 16 });
const device: Arbitrary<string> = fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,62}$/);

/** What a Bluetooth bridge says of where a reading came from. */
const sources: Arbitrary<Source> = fc.record({
  characteristic: fc.integer({ min: 1, max: 0xffff }),
  version: fc.integer({ min: 1, max: 255 }),
  octets: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  clock: fc.constantFrom(...CLOCK_TRUSTS),
  stored: fc.boolean(),
  shiftMs: fc.oneof(fc.constant(0), fc.integer({ min: -TIME_MAX_MS, max: TIME_MAX_MS })),
});

export const readings: Arbitrary<Reading> = compact<Reading>({
  subject,
  device,
  boot: maybe(counter),
  seq: counter,
  index: fc.nat(511),
  at: maybe(time),
  received: time,
  origin: fc.constantFrom(...ORIGINS),
  measurement: measurements,
  source: maybe(sources),
});

const at = maybe(fc.oneof(fc.constant(1_795_262_400_123), time));
export const messages: Arbitrary<Message> = compact<Message>({
  boot: maybe(counter),
  seq: counter,
  readings: fc.array(compact<Message['readings'][number]>({ at, measurement: measurements }), {
    minLength: 1,
    maxLength: 8,
  }),
});

/** Messages of a Bluetooth bridge: in CBOR alone. */
export const sourcedMessages: Arbitrary<Message> = compact<Message>({
  boot: maybe(counter),
  seq: counter,
  readings: fc.array(
    compact<Message['readings'][number]>({ at, measurement: measurements, source: maybe(sources) }),
    { minLength: 1, maxLength: 8 },
  ),
});

const detailKey = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);
const detailValue = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
);
export const events: Arbitrary<HubEvent> = fc.record({
  subject,
  at: time,
  name: fc.constantFrom(...HUB_EVENT_NAMES),
  detail: fc.dictionary(detailKey, detailValue, { maxKeys: 16, noNullPrototype: true }),
});
