// Vectors: readings, messages and bytes as the files in test/vectors write them. JSON has no bytes and no typed
// arrays, so bytes are hexadecimal and samples a plain array.

import type { Message, Reading } from './reading.ts';

/** Bytes of hexadecimal text; spaces are for the reader. */
export function hexToBytes(text: string): Uint8Array {
  const digits = text.replaceAll(' ', '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Lower-case hexadecimal text of bytes. */
export function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A reading or a message as a vector file writes it. */
export function toVector(value: Reading | Message): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, part: unknown) => {
      if (part instanceof Int32Array) return Array.from(part);
      return part instanceof Uint8Array ? bytesToHex(part) : part;
    }),
  );
}

/** The reading or message of a vector file. */
export function fromVector<Value extends Reading | Message>(vector: unknown): Value {
  return JSON.parse(JSON.stringify(vector), (key, part: unknown) => {
    if (key === 'samples') return Int32Array.from(part as number[]);
    return key === 'subject' || key === 'octets' ? hexToBytes(part as string) : part;
  }) as Value;
}
