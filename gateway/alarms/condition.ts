// A condition: something about a patient, a device or the hub that somebody should know while it lasts. Rules say which
// conditions there are and what is seen of each; `engine.ts` makes episodes of them.

import type { AlarmTiming, Evidence } from './episode.ts';

/** IEC 60601-1-8: how soon somebody must act. */
export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * What keeps a condition from being raised: another signal that speaks against it, or that its own cannot be believed. It is
 * held back then, which is an event of the hub.
 */
export type Because = 'pulse' | 'ecg' | 'count' | 'poor-signal' | 'lead-off' | 'poor-value';

/** One condition as it is seen now. */
export type Observed = {
  /** Names it for ever among all of one patient, e.g. `heart-rate-high`, `silent:watch-1`. */
  readonly id: string;
  readonly priority: Priority;
  readonly timing: AlarmTiming;
  readonly evidence: Evidence;
  /** What a person is told of it: plain facts, no sentences. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Why it is held back where it otherwise were violated. */
  readonly because?: Because | undefined;
};

export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
