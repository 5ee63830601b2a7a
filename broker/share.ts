// What one party may cost a second: a token bucket that may go into debt. Whoever spends is served first and pays
// afterwards, so that a message larger than the bucket is not stuck for ever; until the debt is paid nothing more is
// read from them. Pure: the clock is passed in.

/** Tokens a second, and how many an idle party has saved at most. */
export type ShareOptions = { readonly perSecond: number; readonly burst: number };

export class Share {
  readonly #options: ShareOptions;
  #tokens: number;
  #at: number;

  constructor(options: ShareOptions, now: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#at = now;
  }

  /** Takes tokens at `now` (ms), into debt if need be. */
  spend(tokens: number, now: number): void {
    this.#refill(now);
    this.#tokens -= tokens;
  }

  /** How long until the debt is paid, in ms; 0 without one. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1000) / this.#options.perSecond);
  }

  /** Whether nothing is known of this party that a new one would not have too. */
  full(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#options.burst;
  }

  /** A clock that was set back gives and takes nothing. */
  #refill(now: number): void {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#options.burst, this.#tokens + (passed * this.#options.perSecond) / 1000);
  }
}

/**
 * The shares of many, by key. Bounded: where there are too many, those that are full go first, since forgetting them
 * changes nothing, and then the one that was made first.
 */
export class Shares {
  readonly #options: ShareOptions;
  readonly #keysMax: number;
  readonly #shares = new Map<string, Share>();

  constructor(options: ShareOptions, keysMax: number) {
    this.#options = options;
    this.#keysMax = keysMax;
  }

  of(key: string, now: number): Share {
    let share = this.#shares.get(key);
    if (share === undefined) {
      if (this.#shares.size >= this.#keysMax) this.#makeRoom(now);
      share = new Share(this.#options, now);
      this.#shares.set(key, share);
    }
    return share;
  }

  get size(): number {
    return this.#shares.size;
  }

  #makeRoom(now: number): void {
    for (const [key, share] of this.#shares) if (share.full(now)) this.#shares.delete(key);
    if (this.#shares.size >= this.#keysMax) {
      this.#shares.delete(this.#shares.keys().next().value as string);
    }
  }
}
