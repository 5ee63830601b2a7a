// Somebody looks at the page: it says every few seconds which alarms it shows, as long as it can be seen. A message by this
// channel is confirmed by that and by nothing else, and waits for it no longer than half a minute.

import { type Channel, NotDelivered } from './message.ts';

/** A page that has said so within this time shows it still. */
const SHOWN_MS = 20_000;
export const PAGE_WAIT_MS = 30_000;
const SHOWN_MAX = 10_000;

type Waiting = { readonly person: number; readonly alarms: ReadonlySet<string>; seen(): void };

/** `1 heart-rate-very-high 3`: slot, condition, episode. */
export const shownKey = (slot: number, condition: string, episode: number): string =>
  `${slot} ${condition} ${episode}`;

export class PageChannel implements Channel {
  readonly #clock: () => number;
  readonly #alarmsOf: (key: string) => ReadonlySet<string>;
  /** By person and patient: which alarms their pages show, and when they last said so. */
  readonly #shown = new Map<string, { readonly atMs: number; readonly alarms: ReadonlySet<string> }>();
  readonly #waiting = new Set<Waiting>();

  /** @param alarmsOf the alarms that a message is about, as `shownKey` names them */
  constructor(clock: () => number, alarmsOf: (key: string) => ReadonlySet<string>) {
    this.#clock = clock;
    this.#alarmsOf = alarmsOf;
  }

  /** A page of a person that can be seen shows these of a patient. */
  shows(person: number, slot: number, alarms: ReadonlySet<string>): void {
    if (this.#shown.size >= SHOWN_MAX) this.#shown.clear();
    this.#shown.set(`${person} ${slot}`, { atMs: this.#clock(), alarms });
    for (const waiting of this.#waiting)
      if (waiting.person === person && meet(waiting.alarms, alarms)) waiting.seen();
  }

  async deliver(
    to: string,
    { key }: { readonly key: string },
    signal: AbortSignal,
  ): Promise<{ how: 'seen' }> {
    const person = Number(to);
    const alarms = this.#alarmsOf(key);
    if (this.#isShown(person, alarms)) return { how: 'seen' };
    const { promise, resolve, reject } = Promise.withResolvers<{ how: 'seen' }>();
    const waiting = { person, alarms, seen: () => resolve({ how: 'seen' }) };
    const end = (): void => reject(new NotDelivered('not-seen', 'No page of theirs showed it.'));
    this.#waiting.add(waiting);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', end);
      this.#waiting.delete(waiting);
    }
  }

  #isShown(person: number, alarms: ReadonlySet<string>): boolean {
    const nowMs = this.#clock();
    return [...this.#shown].some(([whose, { atMs, alarms: shown }]) => {
      const ageMs = nowMs - atMs;
      return whose.startsWith(`${person} `) && ageMs >= 0 && ageMs < SHOWN_MS && meet(alarms, shown);
    });
  }
}

const meet = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  [...some].some((one) => others.has(one));
