// A binary frame of the feed (docs/spec/feed.md): one message whose waveforms have their samples behind its JSON. Taken
// whole or refused whole, as a text is.

import { type Parsed, parseParts } from './message.ts';

/** Longer frames are refused unread. Four ECGs of a second are 2 kB; what a device kept for an hour comes in pieces. */
export const FRAME_BYTES_MAX = 8_000_000;
const LAYOUT = 1;
const HEAD_BYTES = 8;

/** Parses one binary frame. Never throws. */
export function parseFrame(data: ArrayBuffer): Parsed {
  if (data.byteLength > FRAME_BYTES_MAX) return malformed('the frame is too long');
  if (data.byteLength < HEAD_BYTES) return malformed('the frame ends in its head');
  const head = new DataView(data);
  if (head.getUint8(0) !== LAYOUT) return malformed('the frame has another layout');
  if (head.getUint8(1) + head.getUint16(2) !== 0) return malformed('the frame’s head is not as it must be');
  const jsonBytes = head.getUint32(4, true);
  if (jsonBytes > data.byteLength - HEAD_BYTES) return malformed('the frame ends in its text');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(data, HEAD_BYTES, jsonBytes));
  } catch {
    return malformed('the frame’s text is not UTF-8');
  }
  return parseParts(text, new Uint8Array(data, HEAD_BYTES + jsonBytes));
}

const malformed = (why: string): Parsed => ({ kind: 'malformed', why });
