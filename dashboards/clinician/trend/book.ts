// What the charts of one patient hold: the hub's history of the time that is looked at, kept up to date by the feed. Asked
// anew when somebody looks elsewhere, when the link to the hub was lost meanwhile, and now and then.

import { KIND_NAMES, type Kind } from '@heartwood/vitals';
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Recent } from '../feed.ts';
import { chartsText } from '../text/charts.ts';
import { fetchEvents, type HubEventTold } from './event.ts';
import { fetchLines } from './fetch-lines.ts';
import { forgetBefore, type Lines, placedAt, takeReading } from './line.ts';
import { type Mark, markOf } from './mark.ts';
import { SPAN_MS, type View, type Window, windowOf } from './span.ts';

/** Those that a ward looks at first; then the others. */
const FIRST: readonly Kind[] = [
  'heart-rate',
  'blood-pressure',
  'spo2',
  'respiratory-rate',
  'body-temperature',
];
/** Waveforms have their strips. A battery is a device's, and a line through those of several would tell of none. */
const WITHOUT_CHART: ReadonlySet<Kind> = new Set(['ecg', 'ppg', 'battery']);
const RELOAD_MS = 10 * 60_000;

/** The kinds that a patient has numbers of, in the order of their charts. */
export function chartedKinds(recent: Recent): readonly Kind[] {
  const all = [...FIRST, ...KIND_NAMES.filter((kind) => !FIRST.includes(kind))];
  return all.filter((kind) => !WITHOUT_CHART.has(kind) && (recent[kind]?.length ?? 0) > 0);
}

export class Book {
  readonly #patient: string;
  readonly #lines = new Map<Kind, Lines>();
  readonly #taken = new Map<Kind, ReadonlySet<string>>();
  readonly #versions = new Map<Kind, Signal<number>>();
  readonly #trouble: Signal<string | undefined> = signal(undefined);
  readonly #loading: Signal<boolean> = signal(true);
  readonly #marks: Signal<readonly Mark[]> = signal([]);
  #events = new Map<string, HubEventTold>();
  #asOf = 0;
  #asking: AbortController | undefined;

  constructor(patient: string) {
    this.#patient = patient;
  }

  /** Rises when a line of this kind has changed: no other chart need be drawn for it. */
  version(kind: Kind): ReadonlySignal<number> {
    return this.#version(kind);
  }
  /** Whoever takes readings in follows no line by that. */
  #changed(kind: Kind): void {
    const version = this.#version(kind);
    version.value = version.peek() + 1;
  }
  #version(kind: Kind): Signal<number> {
    const version = this.#versions.get(kind) ?? signal(0);
    this.#versions.set(kind, version);
    return version;
  }
  /** Why there are no numbers, where the hub did not answer. */
  get trouble(): ReadonlySignal<string | undefined> {
    return this.#trouble;
  }
  get loading(): ReadonlySignal<boolean> {
    return this.#loading;
  }
  /** What happened in the time that is looked at, in order. */
  get marks(): ReadonlySignal<readonly Mark[]> {
    return this.#marks;
  }

  lines(kind: Kind): Lines {
    return this.#lines.get(kind) ?? {};
  }

  /** Whether what is here was asked for so long ago that it is time to ask again. */
  isOld(now: number): boolean {
    return now - this.#asOf > RELOAD_MS;
  }

  /** Asks the hub for everything of a view. What was there stays to be seen until the answer has come. */
  async load(kinds: readonly Kind[], view: View, now: number): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#asOf = now;
    this.#loading.value = true;
    const window = windowOf(view, now);
    const within = { from: window.from - SPAN_MS[view.span] / 50, to: window.to };
    const one = async (kind: Kind): Promise<void> => {
      const lines = await fetchLines(this.#patient, kind, view.span, within, asking.signal);
      if (asking.signal.aborted) return;
      this.#lines.set(kind, lines);
      this.#taken.delete(kind);
      this.#changed(kind);
    };
    try {
      await Promise.all([...kinds.map(one), this.#askEvents(window, asking.signal)]);
      this.#trouble.value = undefined;
    } catch (error) {
      if (asking.signal.aborted) return;
      // `fetch` throws a TypeError when the hub cannot be reached.
      this.#trouble.value =
        error instanceof TypeError || !(error instanceof Error) ? chartsText().notAnswering : error.message;
    }
    if (this.#asking === asking) this.#loading.value = false;
  }

  async #askEvents(window: Window, signal: AbortSignal): Promise<void> {
    const found = new Map<string, HubEventTold>();
    await fetchEvents(
      this.#patient,
      window,
      (events) => {
        for (const event of events) found.set(event.id, event);
        this.#events = found;
        this.#remark();
      },
      signal,
    );
  }

  /** Looks for what happened since a moment: an alarm has changed. */
  async askLately(since: number, now: number): Promise<void> {
    const signal = this.#asking?.signal ?? new AbortController().signal;
    const take = (events: readonly HubEventTold[]): void => {
      for (const event of events) this.#events.set(event.id, event);
      this.#remark();
    };
    // Tried again with the next change: what is missing here is missing in a list, not in the alarm bar.
    await fetchEvents(this.#patient, { from: since, to: now + 1_000 }, take, signal).catch(() => undefined);
  }

  #remark(): void {
    this.#marks.value = [...this.#events.values()]
      .flatMap((event) => markOf(event) ?? [])
      .sort((a, b) => a.at - b.at);
  }

  /** Takes in what the feed has told since. What the answer held already is not counted twice. */
  take(recent: Recent, from: number): void {
    for (const [kind, lines] of this.#lines) {
      let changed = false;
      const readings = recent[kind] ?? [];
      const before = this.#taken.get(kind);
      if (before !== undefined && readings.every(({ id }) => before.has(id))) continue;
      for (const reading of readings) {
        if (before?.has(reading.id) || placedAt(reading) < from) continue;
        const isStretches = Object.values(lines).some(({ widthMs }) => widthMs > 0);
        if (isStretches && reading.received <= this.#asOf) continue;
        if (takeReading(lines, reading)) changed = true;
      }
      this.#taken.set(kind, new Set(readings.map(({ id }) => id)));
      for (const line of Object.values(lines)) forgetBefore(line, from);
      if (changed) this.#changed(kind);
    }
  }

  close(): void {
    this.#asking?.abort();
  }
}
