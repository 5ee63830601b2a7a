// A Bitcoin block header: 80 bytes that name the Merkle root of a block's transactions, its time, and the work that was
// spent on it. Layout (Bitcoin Core, `CBlockHeader`): version 4, previous block 32, Merkle root 32, time 4, bits 4,
// nonce 4; numbers little-endian, hashes as they come out of SHA-256. People and explorers print hashes the other way
// round: `displayed`.

import { decodeBase64 } from '../base64.ts';
import { equalBytes, hexOf } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { type Digest, sha256 } from '../primitive.ts';

const HEADER_BYTES = 80;

export type BitcoinHeader = {
  /** As the header stores it, 32 bytes. */
  readonly merkleRoot: Uint8Array;
  /** By the miner's clock, which the network lets be up to two hours fast. ms since 1970, whole seconds. */
  readonly timeMs: number;
  /** Double SHA-256 of the header, 32 bytes as they come. */
  readonly hash: Uint8Array;
  /** How many times more work than the first block's its target asks for. */
  readonly difficulty: number;
};

/** The target of difficulty 1. */
const TARGET_ONE = 0xffffn << 208n;

/**
 * Least difficulty believed of a header that comes with the evidence. Bitcoin's has been above it since 2019, and was about
 * 1.4e14 early in 2026: to make up such a header costs about a fourteenth of the work of a real block.
 */
export const DIFFICULTY_MIN = 1e13;

/**
 * Reads a header and checks its own proof of work: the hash is below the target that it names itself. Whether that target
 * is hard enough is `difficulty`, and the caller's to judge. Throws `bad-anchor`.
 */
export function parseBitcoinHeader(bytes: Uint8Array, digest: Digest = sha256): BitcoinHeader {
  if (bytes.length !== HEADER_BYTES) throw refused(`it has ${bytes.length} bytes, not ${HEADER_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const target = targetOf(view.getUint32(72, true));
  const hash = digest(digest(bytes));
  if (BigInt(`0x${displayed(hash)}`) > target)
    throw refused('no work was spent on it: it was altered, or made up');
  return {
    merkleRoot: bytes.slice(36, 68),
    timeMs: view.getUint32(68, true) * 1000,
    hash,
    difficulty: Number(TARGET_ONE) / Number(target),
  };
}

/** Inverse of the compact form: a mantissa of 23 bits and a sign, and the length of the number in bytes. */
function targetOf(bits: number): bigint {
  const length = BigInt(bits >>> 24);
  const mantissa = BigInt(bits & 0x7fffff);
  const target = length > 3n ? mantissa << (8n * (length - 3n)) : mantissa >> (8n * (3n - length));
  if ((bits & 0x800000) !== 0 || target === 0n || target >= 1n << 256n)
    throw refused('its target is no number');
  return target;
}

/** A hash of Bitcoin as people and explorers print it: the bytes in reverse, in hexadecimal. */
export function displayed(hash: Uint8Array): string {
  return hexOf(hash.toReversed());
}

/** Inverse of `displayed`, for 64 digits. */
export function fromDisplayed(text: string): Uint8Array {
  return bytesOfHex(text).reverse();
}

/** Headers that a verifier brings along itself, by height. */
export type BitcoinHeaders = ReadonlyMap<number, Uint8Array>;

/**
 * Reads a file of headers: a line `<height> <160 hexadecimal digits>` each, as `bitcoin-cli getblockheader HASH false`
 * prints the digits; lines that begin with `#` say nothing. Throws `bad-anchor` with the line.
 */
export function parseHeaderFile(text: string): BitcoinHeaders {
  const headers = new Map<number, Uint8Array>();
  for (const [n, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*(0|[1-9]\d{0,8})\s+([0-9a-fA-F]{160})\s*$/.exec(line);
    const height = Number(match?.[1]);
    const header = match && bytesOfHex(match[2]!);
    if (!header || (headers.has(height) && !equalBytes(headers.get(height)!, header))) {
      throw new AnchorError(
        'bad-anchor',
        `not a file of Bitcoin headers: line ${n + 1} is not "<height> <160 hexadecimal digits>", or repeats a height`,
      );
    }
    headers.set(height, header);
  }
  return headers;
}

/** Bytes of hexadecimal digits, of which there is an even number. */
export function bytesOfHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The 80 bytes of a header in base64, not yet read. Throws `bad-anchor`. */
export function headerOfBase64(text: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = decodeBase64(text);
  } catch {
    // Not canonical.
  }
  if (bytes?.length !== HEADER_BYTES) throw refused(`it is not ${HEADER_BYTES} bytes in canonical base64`);
  return bytes;
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-anchor', `not a Bitcoin block header: ${why}`);
}
