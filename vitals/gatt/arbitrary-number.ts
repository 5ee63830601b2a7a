// The small parts of structures for property tests: numbers, medical floats, dates.

import fc, { type Arbitrary } from 'fast-check';
import type { DateTime, FloatSpecial, MedicalFloat, SaidTime } from './index.ts';

export const u8: Arbitrary<number> = fc.integer({ min: 0, max: 0xff });
export const u16: Arbitrary<number> = fc.integer({ min: 0, max: 0xffff });
export const u24: Arbitrary<number> = fc.integer({ min: 0, max: 0xff_ffff });
export const u32: Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff });
export const maybe = <T>(some: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
const specials: readonly FloatSpecial[] = ['nan', 'nres', '+inf', '-inf', 'reserved'];

function medicalFloat(mantissaMax: number, exponentMax: number): Arbitrary<MedicalFloat> {
  return fc.oneof(
    { weight: 4, arbitrary: floatNumber(mantissaMax, exponentMax) },
    { weight: 1, arbitrary: fc.constantFrom(...specials).map((kind) => ({ kind })) },
  );
}
function floatNumber(mantissaMax: number, exponentMax: number): Arbitrary<MedicalFloat> {
  return fc.record({
    kind: fc.constant('number' as const),
    mantissa: fc.oneof(fc.integer({ min: -mantissaMax, max: mantissaMax }), fc.integer({ min: 0, max: 300 })),
    exponent: fc.oneof(fc.constantFrom(-2, -1, 0), fc.integer({ min: -exponentMax - 1, max: exponentMax })),
  });
}
export const sfloat: Arbitrary<MedicalFloat> = medicalFloat(2045, 7);
export const float: Arbitrary<MedicalFloat> = medicalFloat(8_388_605, 127);

/** An object whose undefined fields are left out, as `exactOptionalPropertyTypes` has it. */
export function compact<T extends object>(
  fields: {
    [Field in keyof Required<T>]: Arbitrary<T[Field] | undefined>;
  },
): Arbitrary<T> {
  return fc
    .record(fields as Record<string, Arbitrary<unknown>>)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as T);
}

export const dateTime: Arbitrary<DateTime> = fc.record({
  year: fc.oneof(
    fc.constantFrom(0, 1970, 2094),
    fc.integer({ min: 1582, max: 9999 }),
    fc.integer({ min: 2020, max: 2030 }),
  ),
  month: fc.integer({ min: 0, max: 12 }),
  day: fc.integer({ min: 0, max: 31 }),
  hour: fc.integer({ min: 0, max: 23 }),
  minute: fc.integer({ min: 0, max: 59 }),
  second: fc.integer({ min: 0, max: 59 }),
});
export const saidTime: Arbitrary<SaidTime> = fc.oneof(
  { weight: 5, arbitrary: dateTime },
  { weight: 1, arbitrary: fc.constant('invalid' as const) },
);
