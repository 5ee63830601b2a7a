// The pages that are open, and whose they are: a page outlives the request that opened it, so it is looked at again
// whenever people or sessions may have changed, and when its session's time is over.

import type { LoggedIn } from '../people/access.ts';
import type { SessionsCache } from './sessions-cache.ts';

export type PageSocket = { close(code: number, reason: string): void };
type Open = { readonly socket: PageSocket; readonly cookie: string; readonly who: LoggedIn };

/** A page that does not read holds a megabyte of the hub's memory: so many of one person, and in all. */
const PAGES_OF_ONE = 24;
const PAGES_MAX = 128;

/** RFC 6455 section 7.4.2: private use. The page asks for its session, hears that there is none, and says so. */
const SESSION_OVER = 4401;
const RECHECK_MS = 15_000;

export class Pages {
  readonly #sessions: SessionsCache;
  readonly #open = new Set<Open>();
  readonly #timer: NodeJS.Timeout;

  constructor(sessions: SessionsCache) {
    this.#sessions = sessions;
    this.#timer = setInterval(() => void this.recheck(), RECHECK_MS).unref();
  }

  /** Whether there is room for one more page of somebody. */
  hasRoomFor(who: LoggedIn): boolean {
    if (this.#open.size >= PAGES_MAX) return false;
    const theirs = [...this.#open].filter((open) => open.who.number === who.number);
    return theirs.length < PAGES_OF_ONE;
  }

  /** @returns takes it out again */
  enter(socket: PageSocket, cookie: string, who: LoggedIn): () => void {
    const open = { socket, cookie, who };
    this.#open.add(open);
    return () => this.#open.delete(open);
  }

  /** Closes each page whose session is over, or whose person may see something else by now. */
  async recheck(): Promise<void> {
    for (const open of this.#open) {
      // Where the hub cannot be asked, nothing new reaches the page either.
      const who = await this.#sessions.whoIs(open.cookie).catch(() => open.who);
      if (who !== undefined && sameSight(who, open.who)) continue;
      this.#open.delete(open);
      open.socket.close(SESSION_OVER, 'session');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

const sameSight = (one: LoggedIn, other: LoggedIn): boolean =>
  one.number === other.number &&
  one.role === other.role &&
  JSON.stringify(one.patients) === JSON.stringify(other.patients);
