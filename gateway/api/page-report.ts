// What a page says of itself on its feed: how long the way to it and the drawing took. Nothing of it is a vital sign, and
// nothing of it decides anything; whoever is logged in may lie here about their own screen, and no further.

import type { DelayPort } from '../stream/delays.ts';

/** A page answers each tick at once; more often it is not listened to. */
const EVERY_MS = 2_000;
const SHOWN_MAX = 32;
const MS_MAX = 60_000;

export class PageReports {
  readonly #delays: DelayPort;
  readonly #clock: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(delays: DelayPort, clock: () => number) {
    this.#delays = delays;
    this.#clock = clock;
  }

  /** Takes what one page sent; what has another form, or comes too soon, is nothing. */
  hear(text: string): void {
    const nowMs = this.#clock();
    if (nowMs >= this.#lastMs && nowMs - this.#lastMs < EVERY_MS) return;
    const report = readReport(text);
    if (report === undefined) return;
    this.#lastMs = nowMs;
    for (const ms of report.shown) this.#delays.observe('page', ms);
    const wayMs = nowMs - report.now;
    if (wayMs >= 0 && wayMs <= MS_MAX) this.#delays.observe('link', wayMs / 2);
  }
}

type Report = { readonly now: number; readonly shown: readonly number[] };

function readReport(text: string): Report | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { type, now, shown } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (type !== 'seen' || typeof now !== 'number' || !Array.isArray(shown)) return undefined;
  if (shown.length > SHOWN_MAX || !shown.every(isMs)) return undefined;
  return { now, shown };
}

const isMs = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MS_MAX;
