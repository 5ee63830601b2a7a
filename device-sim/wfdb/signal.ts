// Samples of WFDB signal files (signal(5) of the WFDB Applications Guide). Signals that share a file take turns:
// one sample of each, then again. Format 16: 16-bit two's complement, low byte first. Format 212: two 12-bit
// samples in three bytes; the low nibble of the middle byte is the top of the first, the high nibble of the second.

import { WfdbError } from './error.ts';

/** The lowest value of a format marks a sample that was not taken. */
export const NOT_TAKEN: Readonly<Record<number, number>> = { 16: -32768, 212: -2048 };

/**
 * Decodes `count` samples from `bytes`. An odd last sample of format 212 takes two bytes; a third may follow.
 * Throws WfdbError `unsupported` for another format, `truncated` where bytes are missing.
 */
export function decodeSamples(
  format: number,
  bytes: Uint8Array,
  count: number,
  fileName: string,
): Int32Array {
  const needed = bytesNeeded(format, count, fileName);
  if (bytes.length < needed) {
    throw new WfdbError(
      'truncated',
      `${fileName} ends after ${bytes.length} bytes; its header promises ${count} samples, ${needed} bytes.`,
    );
  }
  const samples = new Int32Array(count);
  if (format === 16) {
    for (let i = 0; i < count; i++) samples[i] = ((bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) << 16) >> 16;
    return samples;
  }
  for (let i = 0, at = 0; i < count; i += 2, at += 3) {
    const middle = bytes[at + 1]!;
    // Shifted to the top of 32 bits and back: the twelfth bit is the sign.
    samples[i] = ((bytes[at]! | ((middle & 0x0f) << 8)) << 20) >> 20;
    if (i + 1 < count) samples[i + 1] = ((bytes[at + 2]! | ((middle & 0xf0) << 4)) << 20) >> 20;
  }
  return samples;
}

/** How many samples fit into so many bytes. Throws WfdbError `unsupported`. */
export function samplesIn(format: number, byteLength: number, fileName: string): number {
  bytesNeeded(format, 0, fileName);
  return format === 16 ? Math.floor(byteLength / 2) : Math.floor((byteLength * 2) / 3);
}

function bytesNeeded(format: number, count: number, fileName: string): number {
  if (format === 16) return 2 * count;
  if (format === 212) return Math.ceil(1.5 * count);
  throw new WfdbError(
    'unsupported',
    `${fileName} is stored in format ${format}; formats 16 and 212 can be read.`,
  );
}

/** The sum of the samples as a signed 16-bit number, as header(5) defines the checksum. */
export function checksumOf(samples: Int32Array): number {
  let sum = 0;
  for (const sample of samples) sum = (sum + sample) | 0;
  return (sum << 16) >> 16;
}
