// Hexadecimal as Ethereum's JSON writes it: `0x` and lower-case digits; bytes have two digits each. Strict where
// it becomes evidence: one value must have one text.

import { hexOf } from '../bytes.ts';

export type Hex = `0x${string}`;

export function toHex(bytes: Uint8Array): Hex {
  return `0x${hexOf(bytes)}`;
}

/** `bytesOfHex(toHex(b))` equals `b`. Undefined for any other text, upper-case digits too. */
export function bytesOfHex(text: unknown, length?: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length % 2 !== 0 || !text.startsWith('0x')) return undefined;
  if (length !== undefined && text.length !== 2 + 2 * length) return undefined;
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) {
    const high = digitOf(text.charCodeAt(2 + 2 * i));
    const low = digitOf(text.charCodeAt(3 + 2 * i));
    if (high < 0 || low < 0) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

/** A quantity of up to 256 bits; undefined for any other text. Leading zeros, which some nodes write, are let through. */
export function quantityOf(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^0x[0-9a-f]{1,64}$/.test(text)) return undefined;
  return BigInt(text);
}

/** A quantity as bytes, big-endian and as short as can be: none for 0. */
export function bytesOfQuantity(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  const digits = value.toString(16);
  return bytesOfHex(`0x${digits.length % 2 === 0 ? '' : '0'}${digits}`)!;
}

/** An address as people write it, in any case (the mixed-case checksum is not looked at), in lower case. Undefined for anything else. */
export function parseAddress(text: string): Hex | undefined {
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? (text.toLowerCase() as Hex) : undefined;
}
