// Who is behind a cookie, remembered for a moment on the main thread: every request and every feed asks, and the hub's
// thread has better to do. Forgotten as soon as anything about people may have changed.

import type { LoggedIn } from '../people/access.ts';

const KEPT_MAX = 10_000;
/** A change by another program is noticed within a second and told by `forget`; this bounds what nobody tells. */
const KEPT_MS = 5_000;
const TOKEN = /^[\w-]{43}$/;

export class SessionsCache {
  readonly #whoIs: (token: string) => Promise<LoggedIn | undefined>;
  readonly #clock: () => number;
  readonly #kept = new Map<string, { readonly who: LoggedIn | undefined; readonly atMs: number }>();

  constructor(whoIs: (token: string) => Promise<LoggedIn | undefined>, clock: () => number) {
    this.#whoIs = whoIs;
    this.#clock = clock;
  }

  /** Whose a cookie is; undefined where it is nobody's, or over. */
  async whoIs(cookie: string | undefined): Promise<LoggedIn | undefined> {
    if (cookie === undefined || !TOKEN.test(cookie)) return undefined;
    const nowMs = this.#clock();
    let known = this.#kept.get(cookie);
    if (known === undefined || nowMs - known.atMs > KEPT_MS || nowMs < known.atMs) {
      known = { who: await this.#whoIs(cookie), atMs: nowMs };
      if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
      this.#kept.set(cookie, known);
    }
    return known.who !== undefined && known.who.expiresMs > nowMs ? known.who : undefined;
  }

  forget(): void {
    this.#kept.clear();
  }
}
