// The page's end of the feed: one WebSocket at a time, opened anew whenever it breaks, falls silent or says what
// cannot be. The silence is measured here, by the page's own timer: a dead link reports nothing. A new one asks for what
// came since; after something that cannot be it asks for everything anew.

import type { FeedMessage } from './feed.ts';
import { type ClockMark, elapsed, type Here } from './hub-clock.ts';
import { parseFrame } from './parse/frame.ts';
import { parseFeed } from './parse/message.ts';
import { text } from './text/text.ts';

export type Link =
  /** Before the first snapshot. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly why: string };

/** Where the page was: the last message that it took, of which stream. */
export type Place = { readonly session: string; readonly after: number };

/** What a connection needs of the world. */
export type Surroundings = {
  readonly openSocket: (query: string) => WebSocket;
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
  /** Where to go on; undefined: nowhere. */
  readonly place: () => Place | undefined;
  /** The hub says that this visitor may see something else by now: what is shown may be too much. */
  readonly dismissed: () => void;
  /** How long the drawing took since the last time, ms each: told to the hub after each tick. */
  readonly drawn: () => readonly number[];
  /** Called before each reconnect; false ends the connection for good (nobody is logged in any more). */
  readonly mayReconnect: () => Promise<boolean>;
};

export type Connection = {
  readonly close: () => void;
  /** The network may be back, or the machine awake: what waits for a retry is tried now, a silent link is given up. */
  readonly hurry: () => void;
};

/** What this page speaks (docs/spec/feed.md). */
const VERSION = 2;
/** The hub sends something every 5 s; three misses are a lost link. */
const SILENCE_MAX_MS = 15_000;
/** One miss, for a link that was asleep. */
const DOUBTFUL_MS = 7_000;
const CHECK_EVERY_MS = 1_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
/** A connection that lasted this long was a good one: the next retry is quick again. */
const GOOD_AFTER_MS = 30_000;
/** Close codes of the hub. */
const SIGHT_CHANGED = 4401;
const OTHER_VERSION = 4406;

/** Connects and stays connected until `close`. */
export function connect(around: Surroundings, listener: Listener): Connection {
  let closed = false;
  let retryMs = RETRY_FIRST_MS;
  let socket: WebSocket | undefined;
  /** What was said cannot be: nothing of it is built upon. */
  let anew = false;
  let doubt: () => void = () => undefined;
  /** The retry that waits for its time; of two for one loss the second is none. */
  let retry: symbol | undefined;

  const open = (): void => {
    const place = anew ? undefined : listener.place();
    anew = false;
    const back = place && `&session=${place.session}&after=${place.after}`;
    const current = around.openSocket(`?v=${VERSION}${back ?? ''}`);
    current.binaryType = 'arraybuffer';
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
      const mine = Symbol();
      retry = mine;
      around.later(() => void reopen(mine), retryMs * (0.75 + around.random() / 2));
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    };
    const wrong = (why: string): void => {
      anew = true;
      end(why);
    };

    current.addEventListener('message', ({ data }) => {
      if (over) return;
      const parsed = typeof data === 'string' ? parseFeed(data) : parseFrame(data as ArrayBuffer);
      if (parsed.kind === 'malformed') return wrong(text().link.malformed(parsed.why));
      const mark: ClockMark = { hubMs: parsed.message.now, here: around.here() };
      last = mark;
      if (!listener.take(parsed.message, mark)) return wrong(text().link.missing);
      listener.link({ kind: 'live' });
      if (parsed.message.type === 'tick')
        current.send(JSON.stringify({ type: 'seen', now: parsed.message.now, shown: listener.drawn() }));
    });
    current.addEventListener('close', ({ code }) => {
      if (over) return;
      if (code === SIGHT_CHANGED) listener.dismissed();
      end(code === OTHER_VERSION ? text().link.otherVersion : text().link.closed);
    });
    current.addEventListener('error', () => end(text().link.noAnswer));

    const silent = (maxMs: number): boolean => {
      const silence = elapsed(last, around.here());
      if (silence >= maxMs) end(text().link.silent(Math.floor(silence / 1000)));
      return over;
    };
    doubt = () => void (over || silent(DOUBTFUL_MS));
    const watch = (): void => {
      if (!over && !closed && !silent(SILENCE_MAX_MS)) around.later(watch, CHECK_EVERY_MS);
    };
    watch();
  };

  const reopen = async (mine: symbol): Promise<void> => {
    if (closed || mine !== retry) return;
    retry = undefined;
    if (!(await listener.mayReconnect()) || closed) return;
    open();
  };

  open();
  return {
    close: () => {
      closed = true;
      socket?.close();
    },
    hurry: () => {
      doubt();
      retryMs = RETRY_FIRST_MS;
      if (retry !== undefined) void reopen(retry);
    },
  };
}
