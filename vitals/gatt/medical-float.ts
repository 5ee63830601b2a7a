// The numbers of medical devices, ISO/IEEE 11073-20601: mantissa x 10^exponent, in 16 bits (SFLOAT: exponent 4,
// mantissa 12) or 32 (FLOAT: exponent 8, mantissa 24), both parts signed. The exponent also says how finely the
// device measured: F014 is 2.0 and 0002 is 2. So mantissa and exponent are kept as they came.
//
// Five mantissas are no numbers. With exponent 0 they say which; with another exponent the standard gives them no
// meaning, and since a device that writes 07FF means "nothing", so is x7FF here read as NaN (docs/spec/gatt.md).

import type { OctetReader } from './octet-reader.ts';
import type { OctetWriter } from './octet-writer.ts';

/** What stands in place of a number: not a number, not at this resolution, beyond either end, reserved. */
export type FloatSpecial = 'nan' | 'nres' | '+inf' | '-inf' | 'reserved';
export type MedicalFloat =
  | { readonly kind: 'number'; readonly mantissa: number; readonly exponent: number }
  | { readonly kind: FloatSpecial };

/** Bits of the mantissa: 12 or 24. All else follows from them. */
type MantissaBits = 12 | 24;
const EXPONENT_BITS: Readonly<Record<MantissaBits, number>> = { 12: 4, 24: 8 };

function special(mantissa: number, half: number): FloatSpecial | undefined {
  if (mantissa === half - 2) return '+inf';
  if (mantissa === half - 1) return 'nan';
  if (mantissa === -half) return 'nres';
  if (mantissa === -half + 1) return 'reserved';
  return mantissa === -half + 2 ? '-inf' : undefined;
}

const signed = (bits: number, whole: number): number => (bits >= whole / 2 ? bits - whole : bits);

function decode(word: number, bits: MantissaBits): MedicalFloat {
  const whole = 2 ** bits;
  const mantissa = signed(word % whole, whole);
  const exponent = signed(Math.floor(word / whole), 2 ** EXPONENT_BITS[bits]);
  const kind = special(mantissa, whole / 2);
  if (kind === undefined) return { kind: 'number', mantissa, exponent };
  return { kind: exponent === 0 ? kind : 'nan' };
}

function encode(float: MedicalFloat, bits: MantissaBits): number {
  const whole = 2 ** bits;
  const half = whole / 2;
  const exponentHalf = 2 ** EXPONENT_BITS[bits] / 2;
  if (float.kind === 'number') {
    const { mantissa, exponent } = float;
    const fits =
      Number.isInteger(mantissa) &&
      Math.abs(mantissa) <= half - 3 &&
      Number.isInteger(exponent) &&
      exponent >= -exponentHalf &&
      exponent < exponentHalf;
    if (!fits) throw new RangeError(`mantissa or exponent does not fit a mantissa of ${bits} bits`);
    return (
      (((exponent + 2 * exponentHalf) % (2 * exponentHalf)) * whole + ((mantissa + whole) % whole)) >>> 0
    );
  }
  const mantissas: Readonly<Record<FloatSpecial, number>> = {
    nan: half - 1,
    nres: half,
    '+inf': half - 2,
    '-inf': half + 2,
    reserved: half + 1,
  };
  return mantissas[float.kind];
}

function numberOf(value: number, decimals: number, bits: MantissaBits): MedicalFloat {
  const scaled = decimals >= 0 ? value * 10 ** decimals : value / 10 ** -decimals;
  const float: MedicalFloat = { kind: 'number', mantissa: Math.round(scaled) + 0, exponent: 0 - decimals };
  encode(float, bits);
  return float;
}

/** The SFLOAT of a 16-bit word. */
export function decodeSfloat(word: number): MedicalFloat {
  return decode(word, 12);
}
/** The 16-bit word of an SFLOAT. RangeError where it does not fit. */
export function encodeSfloat(float: MedicalFloat): number {
  return encode(float, 12);
}
/** The FLOAT of an unsigned 32-bit word. */
export function decodeFloat(word: number): MedicalFloat {
  return decode(word, 24);
}
/** The unsigned 32-bit word of a FLOAT. RangeError where it does not fit. */
export function encodeFloat(float: MedicalFloat): number {
  return encode(float, 24);
}

export function readSfloat(octets: OctetReader): MedicalFloat {
  return decodeSfloat(octets.u16());
}
export function readFloat(octets: OctetReader): MedicalFloat {
  return decodeFloat(octets.u32());
}
export function writeSfloat(float: MedicalFloat, octets: OctetWriter): void {
  octets.u16(encodeSfloat(float));
}
export function writeFloat(float: MedicalFloat, octets: OctetWriter): void {
  octets.u32(encodeFloat(float));
}

/** `value` to `decimals` decimals as an SFLOAT (mantissa at most +-2045). RangeError where it does not fit. */
export function sfloatOf(value: number, decimals = 0): MedicalFloat {
  return numberOf(value, decimals, 12);
}
/** `value` to `decimals` decimals as a FLOAT (mantissa at most +-8388605). RangeError where it does not fit. */
export function floatOf(value: number, decimals = 0): MedicalFloat {
  return numberOf(value, decimals, 24);
}

/** The number, as the double nearest to its decimal notation; undefined where there is none. */
export function floatValue(float: MedicalFloat): number | undefined {
  if (float.kind !== 'number') return undefined;
  const { mantissa, exponent } = float;
  return exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent;
}

/** How many decimals the device vouches for; undefined where there is no number. */
export function floatDecimals(float: MedicalFloat): number | undefined {
  return float.kind === 'number' ? Math.max(0, 0 - float.exponent) : undefined;
}
