// Slows down whoever guesses passwords: after some wrong logins a key must wait, twice as long each time.
// The table is bounded; the attacker chooses keys, so the one that failed longest ago is forgotten first.

/** The world and the numbers the gate works with; durations in ms. */
export type LoginGateOptions = {
  failuresMax: number;
  firstMs: number;
  longestMs: number;
  /** Keys remembered at most. */
  keysMax: number;
  /** After how long without a failure a key is forgotten; twice the longest wait, if left out. */
  forgetMs?: number;
};

type Failures = { failures: number; until: number; last: number };

export class LoginGate {
  readonly #options: LoginGateOptions;
  readonly #records = new Map<string, Failures>();

  constructor(options: LoginGateOptions) {
    this.#options = options;
  }

  /** How long this key must still wait at `now`, in ms; 0 when it may try, also when the clock was set back. */
  waitMs(key: string, now: number): number {
    const left = (this.#records.get(key)?.until ?? 0) - now;
    return left > 0 && left <= this.#options.longestMs ? left : 0;
  }

  /** Notes a wrong login. @returns how many there were of this key, this one included */
  failed(key: string, now: number): number {
    const { failuresMax, firstMs, longestMs, keysMax, forgetMs = 2 * longestMs } = this.#options;
    const before = this.#records.get(key);
    const failures = before && now - before.last <= forgetMs ? before.failures + 1 : 1;
    const over = failures - failuresMax;
    const until = over < 0 ? 0 : now + Math.min(longestMs, firstMs * 2 ** Math.min(over, 30));
    this.#records.delete(key);
    this.#records.set(key, { failures, until, last: now });
    if (this.#records.size > keysMax) this.#records.delete(this.#records.keys().next().value ?? key);
    return failures;
  }

  /** A right login clears the key. */
  succeeded(key: string): void {
    this.#records.delete(key);
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#records.size;
  }
}
