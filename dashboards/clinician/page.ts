// What the page holds while it is open: one signal for each thing that changes by itself. Components read them
// and redraw; all writing is here.

import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Check, checkReading } from './check.ts';
import { connect, type Link } from './connection.ts';
import type { FeedReading } from './feed.ts';
import { type ClockMark, type Here, hubTime } from './hub-clock.ts';
import { type Credentials, logIn, logOut, readSession, type Session } from './session.ts';
import { apply, type World } from './state.ts';

export type Visitor =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'nobody'; readonly why: string | undefined }
  | { readonly kind: 'known'; readonly session: Session };

export type Page = {
  readonly visitor: ReadonlySignal<Visitor>;
  readonly link: ReadonlySignal<Link>;
  readonly world: ReadonlySignal<World | undefined>;
  /** The hub's clock, ms since 1970, moved once a second. */
  readonly now: ReadonlySignal<number>;
  /** The reading in the verify drawer; undefined when it is closed. */
  readonly opened: ReadonlySignal<FeedReading | undefined>;
  readonly check: ReadonlySignal<Check>;
  readonly enter: (credentials: Credentials) => Promise<void>;
  readonly leave: () => Promise<void>;
  readonly openReading: (reading: FeedReading) => void;
  readonly closeReading: () => void;
  readonly start: (code: string | undefined) => Promise<void>;
};

/** Makes the page's state; `start` sets it going. */
export function createPage(): Page {
  const visitor: Signal<Visitor> = signal({ kind: 'unknown' });
  const link: Signal<Link> = signal({ kind: 'connecting' });
  const world: Signal<World | undefined> = signal(undefined);
  const now = signal(0);
  const opened: Signal<FeedReading | undefined> = signal(undefined);
  const check: Signal<Check> = signal({ kind: 'fetching' });
  let mark: ClockMark | undefined;
  let connection: { close: () => void } | undefined;
  let checking: AbortController | undefined;

  const tick = (): void => {
    if (mark !== undefined) now.value = hubTime(mark, here());
  };

  const forget = (why: string | undefined): void => {
    connection?.close();
    connection = undefined;
    mark = undefined;
    closeReading();
    batch(() => {
      visitor.value = { kind: 'nobody', why };
      world.value = undefined;
      link.value = { kind: 'connecting' };
    });
  };

  const join = async (): Promise<void> => {
    const session = await readSession().catch(() => 'no answer' as const);
    if (session === 'no answer') return forget('The hub does not answer. Is it running?');
    if (session === undefined) return forget(undefined);
    visitor.value = { kind: 'known', session };
    connection?.close();
    connection = connect(
      {
        openSocket: () =>
          new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/feed`),
        here,
        later: (task, ms) => void setTimeout(task, ms),
        random: Math.random,
      },
      {
        take: (message, at) => {
          const applied = apply(world.value, message);
          if (applied.kind === 'gap') return false;
          batch(() => {
            world.value = applied.world;
            mark = at;
            tick();
          });
          return true;
        },
        link: (next) => {
          if (next.kind !== link.value.kind || next.kind === 'lost') link.value = next;
        },
        mayReconnect: async () => {
          const still = await readSession().catch(() => 'no answer' as const);
          if (still === undefined) forget('Your session has ended. Log in again.');
          return still !== undefined;
        },
      },
    );
  };

  const enter = async (credentials: Credentials): Promise<void> => {
    const login = await logIn(credentials);
    if (login.kind === 'in') return join();
    // A link that was used before, opened by somebody who is in already, puts nobody out.
    const session = await readSession().catch(() => undefined);
    if (session === undefined) forget(login.why);
    else if (visitor.value.kind !== 'known') await join();
  };

  const closeReading = (): void => {
    checking?.abort();
    opened.value = undefined;
  };

  return {
    visitor,
    link,
    world,
    now,
    opened,
    check,
    enter,
    leave: async () => {
      await logOut();
      forget(undefined);
    },
    openReading: (reading) => {
      checking?.abort();
      checking = new AbortController();
      const { signal } = checking;
      opened.value = reading;
      void checkReading(reading, (next) => (check.value = next), signal);
    },
    closeReading,
    start: async (code) => {
      setInterval(tick, 1_000);
      document.addEventListener('visibilitychange', tick);
      await (code === undefined ? join() : enter({ code }));
    },
  };
}

function here(): Here {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}
