// One connection's life, from Connect to its end: who waits for something of a device waits no longer than that.

import { BusFault } from './bus-fault.ts';

export class Lifeline {
  readonly #end = new AbortController();

  /** The link is over; everybody who waits is told. */
  cut(): void {
    this.#end.abort();
  }

  get isCut(): boolean {
    return this.#end.signal.aborted;
  }

  /** @throws BusFault closed, where the link is over */
  stillThere(): void {
    if (this.isCut) throw lostLink();
  }

  /** Waits for something, but no longer than that, nor longer than the link lasts. @throws BusFault timeout, closed */
  async within<T>(what: Promise<T>, ms: number, name: string): Promise<T> {
    const end = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => end.reject(new BusFault('timeout', `the device did not tell ${name}`)),
      ms,
    );
    const broke = (): void => end.reject(lostLink());
    this.#end.signal.addEventListener('abort', broke);
    if (this.isCut) broke();
    try {
      return await Promise.race([what, end.promise]);
    } finally {
      clearTimeout(timer);
      this.#end.signal.removeEventListener('abort', broke);
    }
  }

  /** Waits for so long. @throws BusFault closed, where the link ends meanwhile */
  async rest(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    const broke = (): void => over.reject(lostLink());
    this.#end.signal.addEventListener('abort', broke);
    if (this.isCut) broke();
    try {
      await over.promise;
    } finally {
      clearTimeout(timer);
      this.#end.signal.removeEventListener('abort', broke);
    }
  }
}

const lostLink = (): BusFault => new BusFault('closed', 'the link was lost');
