// What may come again with every packet or connection, on its way to the log: the first of its like at once, then a
// count a minute. Whoever floods the hub fills neither its journal nor its thread, which writes each line itself;
// nothing is left out unsaid, since the count is told.

import { addressKey } from './address.ts';

const QUIET_MS = 60_000;

/** A stranger chooses addresses and ids. Beyond so many likes of one event the others are counted together. */
const LIKES_MAX = 64;
/** What only an enrolled device or a broker that was named can cause, and what a restart of a whole fleet does cause. */
const OFTEN = { atOnceMax: 10, likesMax: 1024 };
const OF_THE_LINK = /^(connected|disconnected|taken-over|external-(connected|unreachable|lost))$/;

/** The others of an event, when too many different ones came within a minute. */
export type CountedOnly = { event: 'counted-only'; of: string; count: number };

type Event = { event: string; address?: string };
type Like<E> = { last: E; times: number };

export class Tally<E extends Event> {
  readonly #log: (event: (E & { more?: number }) | CountedOnly) => void;
  /** By event, then by all its facts. */
  readonly #likes = new Map<string, Map<string, Like<E>>>();
  readonly #others = new Map<string, number>();
  readonly #atOnceMax: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param atOnceMax how often the same is told within a minute before it is only counted */
  constructor(log: (event: (E & { more?: number }) | CountedOnly) => void, atOnceMax = 1) {
    this.#log = log;
    this.#atOnceMax = atOnceMax;
  }

  /** Tells it now, or counts it. */
  add(event: E): void {
    this.#timer ??= setTimeout(() => this.tell(), QUIET_MS).unref();
    const { atOnceMax, likesMax } = this.#pace(event.event);
    const likes = this.#likes.get(event.event) ?? new Map<string, Like<E>>();
    this.#likes.set(event.event, likes);
    const facts = likeness(event);
    const like = likes.get(facts);
    if (like !== undefined) {
      like.times += 1;
      like.last = event;
      if (like.times <= atOnceMax) this.#log(event);
    } else if (likes.size < likesMax) {
      likes.set(facts, { last: event, times: 1 });
      this.#log(event);
    } else this.#others.set(event.event, (this.#others.get(event.event) ?? 0) + 1);
  }

  /** Tells what was only counted, and begins anew. Also at the end. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [event, likes] of this.#likes) {
      const { atOnceMax } = this.#pace(event);
      for (const { last, times } of likes.values())
        if (times > atOnceMax) this.#log({ ...last, more: times - atOnceMax });
    }
    for (const [of, count] of this.#others) this.#log({ event: 'counted-only', of, count });
    this.#likes.clear();
    this.#others.clear();
  }

  #pace(event: string): { atOnceMax: number; likesMax: number } {
    const own = { atOnceMax: this.#atOnceMax, likesMax: LIKES_MAX };
    return OF_THE_LINK.test(event) ? { ...OFTEN, atOnceMax: Math.max(OFTEN.atOnceMax, own.atOnceMax) } : own;
  }
}

/** All facts, with every address of one party as one. */
function likeness({ address, ...facts }: Event): string {
  return [address === undefined ? '' : addressKey(address), ...Object.values(facts)].join(' ');
}
