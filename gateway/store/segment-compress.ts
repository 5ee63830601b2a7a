// Segments compressed, where that helps: one byte says how the rest is kept.

import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const PLAIN = 0;
const DEFLATED = 1;
const ZSTD = 2;
/** Below this, compressing costs more than it saves; above the second, zstd is the faster one. */
const COMPRESS_FROM_BYTES = 96;
const ZSTD_FROM_BYTES = 4096;
export function compress(plain: Uint8Array): Uint8Array {
  if (plain.length >= COMPRESS_FROM_BYTES) {
    const large = plain.length >= ZSTD_FROM_BYTES;
    const packed = large ? zstdCompressSync(plain) : deflateRawSync(plain);
    if (packed.length < plain.length) return Buffer.concat([Buffer.of(large ? ZSTD : DEFLATED), packed]);
  }
  return Buffer.concat([Buffer.of(PLAIN), plain]);
}

export function decompress(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(1);
  if (bytes[0] === ZSTD) return zstdDecompressSync(body);
  return bytes[0] === DEFLATED ? inflateRawSync(body) : body;
}

/** As they are: for rows that live as long as a batch is open. */
export const uncompressed = (plain: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(PLAIN), plain]);
