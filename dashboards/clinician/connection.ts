// The page's end of the feed: one WebSocket at a time, opened anew whenever it breaks, falls silent or says what
// cannot be. The silence is measured here, by the page's own timer: a dead link reports nothing.

import type { FeedMessage } from './feed.ts';
import { type ClockMark, elapsed, type Here } from './hub-clock.ts';
import { parseFeed } from './parse/message.ts';

export type Link =
  /** Before the first snapshot. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly why: string };

/** What a connection needs of the world. */
export type Surroundings = {
  readonly openSocket: () => WebSocket;
  readonly here: () => Here;
  /** Runs `task` once after `ms`. */
  readonly later: (task: () => void, ms: number) => void;
  /** A number in [0, 1): spreads the reconnects of many pages. */
  readonly random: () => number;
};

export type Listener = {
  /** Takes a message; false means that the feed has a gap and must be started anew. */
  readonly take: (message: FeedMessage, mark: ClockMark) => boolean;
  readonly link: (link: Link) => void;
  /** Called before each reconnect; false ends the connection for good (nobody is logged in any more). */
  readonly mayReconnect: () => Promise<boolean>;
};

/** The hub sends something every 5 s; three misses are a lost link. */
const SILENCE_MAX_MS = 15_000;
const CHECK_EVERY_MS = 1_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
/** A connection that lasted this long was a good one: the next retry is quick again. */
const GOOD_AFTER_MS = 30_000;

/** Connects and stays connected until `close`. */
export function connect(around: Surroundings, listener: Listener): { close: () => void } {
  let closed = false;
  let retryMs = RETRY_FIRST_MS;
  let socket: WebSocket | undefined;

  const open = (): void => {
    const current = around.openSocket();
    socket = current;
    const opened: ClockMark = { hubMs: 0, here: around.here() };
    let last = opened;
    let over = false;

    const end = (why: string): void => {
      if (over) return;
      over = true;
      current.close();
      if (closed) return;
      listener.link({ kind: 'lost', why });
      if (elapsed(opened, around.here()) > GOOD_AFTER_MS) retryMs = RETRY_FIRST_MS;
      around.later(() => void reopen(), retryMs * (0.75 + around.random() / 2));
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    };

    current.addEventListener('message', ({ data }) => {
      if (over) return;
      const parsed =
        typeof data === 'string'
          ? parseFeed(data)
          : { kind: 'malformed' as const, why: 'the message is not text' };
      if (parsed.kind === 'malformed') return end(`Feed error: ${parsed.why}.`);
      const mark: ClockMark = { hubMs: parsed.message.now, here: around.here() };
      last = mark;
      if (!listener.take(parsed.message, mark)) return end('A message of the feed is missing.');
      listener.link({ kind: 'live' });
    });
    current.addEventListener('close', () => end('The hub closed the connection.'));
    current.addEventListener('error', () => end('The hub does not answer.'));

    const watch = (): void => {
      if (over || closed) return;
      const silence = elapsed(last, around.here());
      if (silence >= SILENCE_MAX_MS)
        end(`Nothing was heard from the hub for ${Math.floor(silence / 1000)} s.`);
      else around.later(watch, CHECK_EVERY_MS);
    };
    watch();
  };

  const reopen = async (): Promise<void> => {
    if (closed || !(await listener.mayReconnect()) || closed) return;
    open();
  };

  open();
  return {
    close: () => {
      closed = true;
      socket?.close();
    },
  };
}
