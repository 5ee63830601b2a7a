// Glucose Measurement Context, 2A34 (notified after the measurement of the same sequence number): what was eaten,
// done and taken. The house has no kind for any of it; it is decoded so that it can be kept and shown.

import { type MedicalFloat, readSfloat, writeSfloat } from './medical-float.ts';
import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

const CARBOHYDRATES = [
  'reserved',
  'breakfast',
  'lunch',
  'dinner',
  'snack',
  'drink',
  'supper',
  'brunch',
] as const;
const MEALS = ['reserved', 'before-meal', 'after-meal', 'fasting', 'casual', 'bedtime'] as const;
const TESTERS = ['reserved', 'self', 'professional', 'laboratory'] as const;
const HEALTHS = [
  'reserved',
  'minor-issues',
  'major-issues',
  'during-menses',
  'under-stress',
  'no-issues',
] as const;
const MEDICATIONS = [
  'reserved',
  'rapid-insulin',
  'short-insulin',
  'intermediate-insulin',
  'long-insulin',
  'mixed-insulin',
] as const;
const NOT_AVAILABLE = 15;

export type GlucoseContext = {
  readonly sequence: number;
  /** Eight bits that no specification known to us gives a meaning. */
  readonly extendedFlags?: number;
  /** `amount` in kg. Some meters send grams here: see docs/spec/gatt.md. */
  readonly carbohydrate?: { readonly meal: (typeof CARBOHYDRATES)[number]; readonly amount: MedicalFloat };
  readonly meal?: (typeof MEALS)[number];
  readonly tester?: {
    readonly who: (typeof TESTERS)[number] | 'not-available';
    readonly health: (typeof HEALTHS)[number] | 'not-available';
  };
  /** Seconds (65535: longer than that) and intensity in %. */
  readonly exercise?: { readonly seconds: number; readonly intensity: number };
  /** `amount` in kg or L. */
  readonly medication?: {
    readonly what: (typeof MEDICATIONS)[number];
    readonly unit: 'kg' | 'L';
    readonly amount: MedicalFloat;
  };
  /** HbA1c in %. */
  readonly hba1c?: MedicalFloat;
};

/** 2A34. */
export function decodeGlucoseContext(bytes: Uint8Array): Decoded<GlucoseContext> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0xff);
    return present<GlucoseContext>({
      sequence: octets.u16(),
      extendedFlags: octets.when(flags & 0x80, () => octets.u8()),
      carbohydrate: octets.when(flags & 0x01, () => ({
        meal: CARBOHYDRATES[octets.u8()] ?? 'reserved',
        amount: readSfloat(octets),
      })),
      meal: octets.when(flags & 0x02, () => MEALS[octets.u8()] ?? 'reserved'),
      tester: octets.when(flags & 0x04, () => {
        const codes = octets.u8();
        const [who, health] = [codes & 15, codes >> 4];
        return {
          who: who === NOT_AVAILABLE ? 'not-available' : (TESTERS[who] ?? 'reserved'),
          health: health === NOT_AVAILABLE ? 'not-available' : (HEALTHS[health] ?? 'reserved'),
        };
      }),
      exercise: octets.when(flags & 0x08, () => ({ seconds: octets.u16(), intensity: octets.u8() })),
      medication: octets.when(flags & 0x10, () => ({
        what: MEDICATIONS[octets.u8()] ?? 'reserved',
        unit: (flags & 0x20) === 0 ? 'kg' : 'L',
        amount: readSfloat(octets),
      })),
      hba1c: octets.when(flags & 0x40, () => readSfloat(octets)),
    });
  });
}

/** 2A34. */
export function encodeGlucoseContext(value: GlucoseContext): Uint8Array {
  const { carbohydrate, meal, tester, exercise, medication, hba1c, extendedFlags } = value;
  const flags = flagsOf(
    carbohydrate !== undefined,
    meal !== undefined,
    tester !== undefined,
    exercise !== undefined,
    medication !== undefined,
    medication?.unit === 'L',
    hba1c !== undefined,
    extendedFlags !== undefined,
  );
  return new OctetWriter()
    .u8(flags)
    .u16(value.sequence)
    .when(extendedFlags, (bits, octets) => octets.u8(bits))
    .when(carbohydrate, (eaten, octets) => {
      writeSfloat(eaten.amount, octets.u8(CARBOHYDRATES.indexOf(eaten.meal)));
    })
    .when(meal, (when, octets) => octets.u8(MEALS.indexOf(when)))
    .when(tester, ({ who, health }, octets) => {
      const low = who === 'not-available' ? NOT_AVAILABLE : TESTERS.indexOf(who);
      const high = health === 'not-available' ? NOT_AVAILABLE : HEALTHS.indexOf(health);
      octets.u8(low + high * 16);
    })
    .when(exercise, ({ seconds, intensity }, octets) => octets.u16(seconds).u8(intensity))
    .when(medication, ({ what, amount }, octets) => {
      writeSfloat(amount, octets.u8(MEDICATIONS.indexOf(what)));
    })
    .when(hba1c, writeSfloat)
    .done();
}
