// A message of the feed on its way out: text, or where it has waveforms and the page can read them, a binary frame
// (docs/spec/feed.md). The hub's clock goes in when it is sent, not when it was made: by an older one a page's
// clock would go back, and its numbers would look younger than they are.

/** What a page asks for with `?v=`. 1: text alone, no resuming; 2: both. */
export const FEED_VERSIONS = [1, 2] as const;
export type FeedVersion = (typeof FEED_VERSIONS)[number];

export type Message = {
  readonly type: string;
  /** The fields besides `type`, `feed` and `now`: empty, or a comma and JSON without its braces. */
  readonly body: string;
  /** Packed samples that the body's waveforms count on; empty for text. */
  readonly samples: Uint8Array;
};

export const NO_SAMPLES: Uint8Array = new Uint8Array();

/** First byte of a binary frame, and its length before the JSON: layout, three of zero, length of the JSON (u32). */
const LAYOUT = 1;
const HEAD_BYTES = 8;

/** @param nowMs the hub's clock, ms since 1970 */
export function formatFrame(
  { type, body, samples }: Message,
  number: number,
  nowMs: number,
): string | Uint8Array {
  const text = `{"type":"${type}","feed":${number},"now":${nowMs}${body}}`;
  if (samples.length === 0) return text;
  const json = Buffer.from(text);
  const frame = new Uint8Array(HEAD_BYTES + json.length + samples.length);
  frame[0] = LAYOUT;
  new DataView(frame.buffer).setUint32(4, json.length, true);
  frame.set(json, HEAD_BYTES);
  frame.set(samples, HEAD_BYTES + json.length);
  return frame;
}

/** Fields of a message as its body. */
export const bodyOf = (fields: Readonly<Record<string, unknown>>): string => {
  const json = JSON.stringify(fields).slice(1, -1);
  return json === '' ? '' : `,${json}`;
};
