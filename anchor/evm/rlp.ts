// RLP, Ethereum's way to write lists of byte strings (Yellow Paper, appendix B): one value has one encoding, and the
// decoder takes no other. Headers, receipts, transactions and the nodes of tries are written in it.

import { joinBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';

export type Rlp = Uint8Array | readonly Rlp[];

/** Deepest list in any header, receipt, transaction or node is 5; hostile bytes could nest a million. */
const DEPTH_MAX = 16;

export function encodeRlp(item: Rlp): Uint8Array {
  if (!(item instanceof Uint8Array)) {
    const body = joinBytes(...item.map(encodeRlp));
    return joinBytes(headOf(0xc0, body.length), body);
  }
  if (item.length === 1 && item[0]! < 0x80) return item;
  return joinBytes(headOf(0x80, item.length), item);
}

function headOf(base: 0x80 | 0xc0, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.of(base + 55 + digits.length, ...digits);
}

/** `encodeRlp(decodeRlp(b))` equals `b`. Throws `bad-anchor` for bytes that are not exactly one item in its one encoding. */
export function decodeRlp(bytes: Uint8Array): Rlp {
  const { item, end } = itemAt(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw refused('bytes follow after its end');
  return item;
}

function itemAt(bytes: Uint8Array, at: number, limit: number, depth: number): { item: Rlp; end: number } {
  if (depth > DEPTH_MAX) throw refused('its lists are too deep');
  const first = bytes[at];
  if (first === undefined || at >= limit) throw refused('it ends too early');
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  const start = at + 1 + Math.max(0, short - 55);
  const length = short <= 55 ? short : longLength(bytes.subarray(at + 1, Math.min(start, limit)), short - 55);
  const end = start + length;
  if (end > limit) throw refused('it ends too early');
  if (!isList) {
    if (length === 1 && bytes[start]! < 0x80) throw refused('a byte is written longer than it must be');
    return { item: bytes.subarray(start, end), end };
  }
  const items: Rlp[] = [];
  for (let next = start; next < end; ) {
    const inner = itemAt(bytes, next, end, depth + 1);
    items.push(inner.item);
    next = inner.end;
  }
  return { item: items, end };
}

function longLength(digits: Uint8Array, width: number): number {
  if (digits.length < width) throw refused('it ends too early');
  if (digits[0] === 0 || width > 4) throw refused('a length is written longer than it must be');
  const length = digits.reduce((value, digit) => value * 256 + digit, 0);
  if (length < 56) throw refused('a length is written longer than it must be');
  return length;
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-anchor', `not RLP: ${why}`);
}
