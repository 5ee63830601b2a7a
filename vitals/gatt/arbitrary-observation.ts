// Generic health observations for property tests, of every class.

import fc, { type Arbitrary } from 'fast-check';
import { compact, float, maybe, u8, u16, u32 } from './arbitrary-number.ts';
import type {
  Component,
  ElapsedTime,
  HealthObservation,
  HealthObservations,
  ObservationHeader,
  SimpleValue,
  StoredObservations,
} from './index.ts';

export const elapsedTime: Arbitrary<ElapsedTime> = compact<ElapsedTime>({
  base: fc.constantFrom('ticks', 'utc', 'local'),
  stepUs: fc.constantFrom(1_000_000, 100_000, 1000, 100),
  count: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    fc.integer({ min: 800_000_000, max: 900_000_000 }),
  ),
  current: fc.boolean(),
  source: fc.constantFrom('unknown', 'network', 'none', 'reserved'),
  offsetMinutes: maybe(fc.integer({ min: -128, max: 127 }).map((quarters) => quarters * 15)),
});
const mdcType = fc.oneof(fc.constantFrom(147842, 150456, 150364, 150020, 188736, 160184, 67996), u32);
const mdcUnit = fc.oneof(fc.constantFrom(264864, 262688, 268192, 266016, 265987, 263875, 264274), u32);
const codes = fc.array(u32, { maxLength: 4 });
const header = compact<ObservationHeader>({
  type: maybe(mdcType),
  time: maybe(elapsedTime),
  duration: maybe(float),
  status: maybe(u16),
  id: maybe(u32),
  patient: maybe(u8),
  supplement: maybe(codes),
  derivedFrom: maybe(codes),
  members: maybe(codes),
});
const numeric = fc.record({ class: fc.constant('numeric' as const), unit: mdcUnit, number: float });
const states = fc.nat(3).chain((size) => {
  const mask = fc.uint8Array({ minLength: size, maxLength: size });
  return fc.record({ class: fc.constant('states' as const), supported: mask, isState: mask, set: mask });
});
const samples = fc
  .record({
    class: fc.constant('samples' as const),
    unit: mdcUnit,
    scale: float,
    offset: float,
    period: float,
    samplesPerPeriod: u8,
    bytesPerSample: fc.integer({ min: 1, max: 4 }),
    count: fc.nat(20),
  })
  .chain((head) => {
    const size = head.count * head.bytesPerSample;
    return fc.uint8Array({ minLength: size, maxLength: size }).map((data) => ({ ...head, data }));
  });
const simple: Arbitrary<SimpleValue> = fc.oneof(
  { weight: 4, arbitrary: numeric },
  { weight: 1, arbitrary: fc.record({ class: fc.constant('discrete' as const), code: u32 }) },
  {
    weight: 1,
    arbitrary: fc.record({ class: fc.constant('text' as const), text: fc.string({ maxLength: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ class: fc.constant('events' as const), codes }) },
  { weight: 1, arbitrary: states },
  { weight: 1, arbitrary: samples },
);
const component: Arbitrary<Component> = fc.record({
  type: fc.oneof(fc.constantFrom(150021, 150022, 150023, 149546), u32),
  value: simple,
});
const compound = fc.record({
  class: fc.constant('compound' as const),
  components: fc.array(component, { maxLength: 4 }),
});
const observation: Arbitrary<HealthObservation> = fc
  .tuple(header, fc.oneof(simple, compound))
  .map(([said, value]) => ({ ...said, value }));
export const observations: Arbitrary<HealthObservations> = fc.oneof(
  observation.map((one) => ({ kind: 'single' as const, observation: one })),
  fc
    .tuple(header, fc.array(observation, { maxLength: 3 }))
    .map(([said, members]) => ({ kind: 'bundle' as const, header: said, observations: members })),
);
export const stored: Arbitrary<StoredObservations> = fc.record({ record: u32, said: observations });
