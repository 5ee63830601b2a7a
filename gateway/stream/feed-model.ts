// For tests: a hub of a few patients behind a wire that is slow, and pages that keep the rules of docs/spec/feed.md and
// nothing else. Whatever befalls them, each page must end with what its viewer may see of the hub, everything once.

import { packSamples } from '@heartwood/vitals';
import type { SnapshotPatient } from '../hub/calls.ts';
import type { Viewer } from '../people/permission.ts';
import { Feed, type FeedBounds } from './feed.ts';
import type { FeedReading } from './feed-reading.ts';

const IDS = ['aa', 'bb', 'cc'];
const NO_SCORE = { score: 0, most: 20, scale: 1, inputs: {} } as const;

/** The hub's thread: what it knows, and what it said that has not arrived at the feed yet, in order. */
export class ModelHub {
  readonly #bounds: FeedBounds;
  readonly #readings = new Map<string, FeedReading[]>();
  readonly #scores = new Map<string, number>();
  readonly #links = new Map<string, 'online' | 'offline'>();
  readonly #wire: (() => void)[] = [];
  #enrolled = 2;
  #batch = 0;
  #told = 0;
  #count = 0;
  feed: Feed;

  constructor(bounds: FeedBounds) {
    this.#bounds = bounds;
    this.feed = this.#start();
  }

  #start(): Feed {
    return new Feed(
      { origin: 'heartwood/hub/1', startedAt: 0, intervalMs: 10_000 },
      {
        snapshot: () => {
          const { promise, resolve } = Promise.withResolvers<readonly SnapshotPatient[]>();
          const answer = this.#snapshot();
          this.#wire.push(() => resolve(answer));
          return promise;
        },
        onListeners: () => undefined,
        clock: () => 1_000,
        bounds: this.#bounds,
      },
    );
  }

  #snapshot(): SnapshotPatient[] {
    return IDS.slice(0, this.#enrolled).map((id, i) => ({
      id,
      name: id,
      slot: i + 1,
      devices: [{ id: `watch-${id}`, label: 'Watch', origin: 'simulator', lastReceived: null }],
      alarms: [],
      score: { ...NO_SCORE, score: this.#scores.get(id) ?? 0 },
      recent: { all: [...(this.#readings.get(id) ?? [])] },
    }));
  }

  /** Everything that it was is known to it after a restart, and its feed is a new one. */
  restart(): void {
    this.feed = this.#start();
    for (const [device, link] of this.#links) this.feed.link(device, link);
    if (this.#batch > 0) this.#sayBatch(this.#batch);
  }

  /** @param wave samples of it, or none for a number */
  measure(patient: number, wave: number): void {
    const id = IDS[patient % this.#enrolled] ?? '';
    const count = ++this.#count;
    const reading = { id: `0.${patient}.${count}`, patient: id, kind: wave > 0 ? 'ecg' : 'heart-rate' };
    const samples = Int32Array.from({ length: wave }, (_, i) => count * 7 + i * i);
    const kept = { ...reading, ...(wave > 0 && { wave: { samples: [...samples] } }) };
    this.#readings.set(id, [...(this.#readings.get(id) ?? []), kept as unknown as FeedReading]);
    const packed = {
      text: JSON.stringify({ ...reading, ...(wave > 0 && { wave: { packed: wave } }) }),
      samples: packSamples(samples),
    };
    this.#wire.push(() => this.feed.readings(new Map([[id, packed]])));
  }

  score(patient: number): void {
    const id = IDS[patient % this.#enrolled] ?? '';
    const score = ++this.#told;
    this.#scores.set(id, score);
    this.#wire.push(() => this.feed.scores([{ patient: id, score: { ...NO_SCORE, score } }]));
  }

  link(patient: number, link: 'online' | 'offline'): void {
    const device = `watch-${IDS[patient % this.#enrolled]}`;
    this.#links.set(device, link);
    // The broker's word does not come from the hub's thread, but it is said before or after, never between.
    this.#wire.push(() => this.feed.link(device, link));
  }

  batch(): void {
    const sequence = ++this.#batch;
    this.#wire.push(() => this.#sayBatch(sequence));
  }

  #sayBatch(sequence: number): void {
    this.feed.batch({ sequence, endMs: 0, entries: 0, ledgerSize: 1 });
  }

  /** Another patient, or one whose keys are gone. */
  enroll(count: number): void {
    this.#enrolled = count;
    this.#wire.push(() => void this.feed.registry());
  }

  /** Lets the next of what it said arrive. @returns whether there was any */
  deliver(): boolean {
    const next = this.#wire.shift();
    next?.();
    return next !== undefined;
  }

  /** What a page of this viewer must show in the end. */
  seenBy({ patients }: Viewer): Seen {
    const shown = this.#snapshot().filter(({ slot }) => patients === 'all' || patients.includes(slot));
    return {
      batch: this.#batch === 0 ? undefined : this.#batch,
      patients: shown.map(({ id, score, recent }) => ({
        id,
        link: this.#links.get(`watch-${id}`) ?? 'unknown',
        score: score.score,
        readings: (recent['all'] ?? []).map((one) => `${one.id} ${one.wave?.samples.join() ?? ''}`),
      })),
    };
  }
}

export type Seen = {
  readonly batch: number | undefined;
  readonly patients: readonly {
    readonly id: string;
    readonly link: string;
    readonly score: number;
    readonly readings: readonly string[];
  }[];
};
