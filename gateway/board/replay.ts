// A limit on stored numbers, silently: which alarms it would have raised, before it goes live. The same evidence and the
// same episodes as the hub's own (`alarms/limits.ts`, `alarms/episode.ts`), looked at once a second (the hub looks twice); only
// while nothing waits for a delay are the seconds between two numbers left out. Numbers stand at the time at which they
// were measured: what a device handed over late counts as if it had been there.
//
// Of a latching alarm it is as if somebody acknowledged it as soon as it is over, so that each episode is one.

import { FRESHNESS } from '@heartwood/vitals';
import type { AlarmTiming, Evidence } from '../alarms/episode.ts';
import { type AlarmState, acknowledge, observe, QUIET } from '../alarms/episode.ts';
import { beside, type Limit } from '../alarms/limits.ts';
import { kindOf } from '../alarms/picture.ts';

const LOOK_MS = 1000;

/** What is tried: another limit, and another validation delay. */
export type Tried = { readonly limit: number; readonly raiseAfterMs: number };

/** An alarm that would have been: from when, and to when, ms; undefined: it is not over. */
export type Episode = { readonly raisedMs: number; overMs: number | undefined };

export class Replay {
  readonly episodes: Episode[] = [];
  readonly #rule: Limit;
  readonly #limit: number;
  readonly #timing: AlarmTiming;
  readonly #staleMs: number;
  #state: AlarmState = QUIET;
  #last: { readonly at: number; readonly evidence: Evidence } | undefined;

  constructor(rule: Limit, { limit, raiseAfterMs }: Tried) {
    this.#rule = rule;
    this.#limit = limit;
    this.#timing = { ...rule.timing, raiseAfterMs };
    this.#staleMs = FRESHNESS[kindOf(rule.measure)].staleMs;
  }

  /** Takes in the next numbers, in time's order: ms since 1970, and values in the measure's unit. */
  take(times: ArrayLike<number>, values: ArrayLike<number>): void {
    for (let i = 0; i < times.length; i++) {
      const at = times[i] as number;
      this.#until(at);
      const evidence = beside(values[i] as number, this.#limit, this.#rule);
      this.#last = { at, evidence };
      this.#step(evidence, at);
    }
  }

  /** There are no more, up to a time. */
  end(at: number): void {
    this.#until(at);
  }

  /** From the last number to before a time: its evidence, until it is stale. */
  #until(at: number): void {
    if (this.#last === undefined) return;
    const { evidence, at: from } = this.#last;
    const staleAt = from + this.#staleMs;
    for (let now = from + LOOK_MS; now < at && now < staleAt && this.#waits(); now += LOOK_MS)
      this.#step(evidence, now);
    if (staleAt < at) this.#step('unknown', staleAt);
  }

  /** Whether a delay is running: without one the same evidence changes nothing. */
  #waits(): boolean {
    const state = this.#state;
    return state.presence === 'off' ? state.violatedSinceMs !== undefined : 'clearSinceMs' in state;
  }

  #step(evidence: Evidence, nowMs: number): void {
    const { state, changes } = observe(this.#state, evidence, nowMs, this.#timing);
    this.#state = state;
    for (const { change, atMs } of changes) {
      if (change === 'raised') this.episodes.push({ raisedMs: atMs, overMs: undefined });
      const last = this.episodes.at(-1);
      if (change === 'over' && last !== undefined) last.overMs = atMs;
    }
    if (state.presence === 'latched')
      this.#state = acknowledge(state, { by: '', atMs: nowMs, why: '' }).state;
  }
}

/** Of alarms that somebody acknowledged, those in whose time none of the others would have been. */
export function missed(
  known: readonly { readonly raisedMs: number; readonly overMs: number | undefined }[],
  episodes: readonly Episode[],
  /** So much later it may come: another delay. */
  laterMs: number,
): number {
  return known.filter(
    ({ raisedMs, overMs }) =>
      !episodes.some(
        (one) =>
          one.raisedMs <= (overMs ?? Number.POSITIVE_INFINITY) + laterMs &&
          (one.overMs ?? Number.POSITIVE_INFINITY) >= raisedMs,
      ),
  ).length;
}
