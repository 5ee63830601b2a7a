// A page that looks on: one WebSocket on the hub's feed, in a process of its own. It either counts what comes, or also
// reads it and measures the time from a reading's device time (the generator's clock, whole ms) to its frame.

import { WebSocket } from 'ws';
import { Histogram, type Summary } from './histogram.ts';

export type FeedRequest =
  | { readonly type: 'open'; readonly url: string; readonly cookie: string; readonly parse: boolean }
  /** Asks what came since the last time. */
  | { readonly type: 'take' };

export type FeedSeen = {
  readonly frames: number;
  readonly bytes: number;
  /** Times that the hub found this reader too slow, and began anew. */
  readonly snapshots: number;
  /** Readings, where they are read. */
  readonly delay: Summary;
};

type Frame = { readonly type: string; readonly readings?: readonly { readonly at: number }[] };

const delay = new Histogram();
let frames = 0;
let bytes = 0;
let snapshots = 0;

function open({ url, cookie, parse }: Extract<FeedRequest, { type: 'open' }>): void {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/feed`, { headers: { cookie } });
  let first = true;
  socket.on('message', (data: Buffer) => {
    const now = performance.timeOrigin + performance.now();
    frames += 1;
    bytes += data.length;
    if (data.toString('latin1', 0, 18) === '{"type":"snapshot"') {
      if (first) process.send?.('open');
      else snapshots += 1;
      first = false;
    } else if (parse) {
      const frame = JSON.parse(data.toString()) as Frame;
      for (const reading of frame.readings ?? []) delay.record(now - reading.at);
    }
  });
  socket.on('close', () => process.exit(1));
  socket.on('error', () => process.exit(1));
}

process.on('message', (request: FeedRequest) => {
  if (request.type === 'open') return open(request);
  const seen: FeedSeen = { frames, bytes, snapshots, delay: delay.summary() };
  [frames, bytes, snapshots] = [0, 0, 0];
  delay.clear();
  process.send?.(seen);
});
process.on('disconnect', () => process.exit(0));
