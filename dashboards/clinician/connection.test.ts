import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Connection, connect, type Link, type Place } from './connection.ts';
import type { FeedMessage } from './feed.ts';

/** A socket of paper: what the hub says on it a test says. */
class Socket extends EventTarget {
  binaryType = '';
  closed = false;
  readonly sent: string[] = [];
  readonly query: string;
  constructor(query: string) {
    super();
    this.query = query;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  say(message: object): void {
    this.dispatchEvent(
      Object.assign(new Event('message'), { data: JSON.stringify({ now: 5_000, ...message }) }),
    );
  }
  end(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}

let sockets: Socket[];
let links: Link[];
let taken: FeedMessage[];
let takes: boolean;
let place: Place | undefined;
let dismissed: number;
let admitted: boolean;
let connection: Connection;

const last = (): Socket => sockets.at(-1) as Socket;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, links, taken, takes, place, dismissed, admitted] = [[], [], [], true, undefined, 0, true];
  connection = connect(
    {
      openSocket: (query) => {
        sockets.push(new Socket(query));
        return last() as unknown as WebSocket;
      },
      here: () => ({ steadyMs: Date.now(), wallMs: Date.now() }),
      later: (task, ms) => void setTimeout(task, ms),
      random: () => 0.5,
    },
    {
      take: (message) => {
        taken.push(message);
        return takes;
      },
      link: (link) => void links.push(link),
      place: () => place,
      dismissed: () => {
        dismissed++;
      },
      drawn: () => [12, 15],
      mayReconnect: async () => admitted,
    },
  );
});
afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

describe('the connection', () => {
  it('asks for everything at first, and for what it missed when it comes back', async () => {
    expect(last().query).toBe('?v=2');
    expect(last().binaryType).toBe('arraybuffer');
    last().say({ type: 'tick', feed: 1 });
    expect(links).toEqual([{ kind: 'live' }]);
    place = { session: 'abc', after: 41 };
    last().end();
    expect(links.at(-1)?.kind).toBe('lost');
    await pass(1_000);
    expect(sockets).toHaveLength(2);
    expect(last().query).toBe('?v=2&session=abc&after=41');
  });

  it.each<[string, () => void]>([
    [
      'a gap',
      () => {
        takes = false;
        last().say({ type: 'tick', feed: 9 });
      },
    ],
    ['a malformed message', () => last().say({ type: 'tick', feed: 'nine' })],
    [
      'a malformed frame',
      () => last().dispatchEvent(Object.assign(new Event('message'), { data: new ArrayBuffer(3) })),
    ],
  ])('asks for everything anew after %s, once', async (_what, happens) => {
    place = { session: 'abc', after: 41 };
    happens();
    expect(last().closed).toBe(true);
    await pass(1_000);
    expect(last().query).toBe('?v=2');
    takes = true;
    last().end();
    await pass(2_000);
    expect(last().query).toBe('?v=2&session=abc&after=41');
  });

  it('gives up a line that says nothing for 15 s, and hears it no more', async () => {
    const silent = last();
    await pass(16_000);
    expect(links.at(-1)).toEqual({ kind: 'lost', why: 'Nothing was heard from the hub for 15 s.' });
    silent.say({ type: 'tick', feed: 1 });
    expect(taken).toEqual([]);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('retries at once when it may help, and opens no second line', async () => {
    last().end();
    await pass(500);
    for (let n = 0; n < 4; n++) {
      last().end();
      await pass(0);
    }
    const before = sockets.length;
    connection.hurry();
    connection.hurry();
    await pass(0);
    expect(sockets).toHaveLength(before + 1);
    // A line that was heard a moment ago is left in peace; one that slept is given up.
    last().say({ type: 'tick', feed: 1 });
    connection.hurry();
    await pass(0);
    expect(last().closed).toBe(false);
    vi.setSystemTime(Date.now() + 60_000);
    connection.hurry();
    await pass(0);
    expect(sockets).toHaveLength(before + 2);
  });

  it('says when the hub shows this visitor something else, and goes on only if they are somebody', async () => {
    last().end(4401);
    expect(dismissed).toBe(1);
    await pass(1_000);
    expect(sockets).toHaveLength(2);
    admitted = false;
    last().end(4401);
    await pass(60_000);
    expect(sockets).toHaveLength(2);
    expect(dismissed).toBe(2);
  });

  it('asks to be loaded again by a hub of another version', () => {
    last().end(4406);
    expect(links.at(-1)).toEqual({ kind: 'lost', why: 'The hub has another version: load this page again.' });
  });

  it('answers each tick with how long its drawing took, and nothing else', () => {
    last().say({ type: 'readings', feed: 1, readings: [] });
    expect(last().sent).toEqual([]);
    last().say({ type: 'tick', feed: 2, now: 6_000 });
    expect(last().sent.map((text) => JSON.parse(text))).toEqual([
      { type: 'seen', now: 6_000, shown: [12, 15] },
    ]);
  });
});
