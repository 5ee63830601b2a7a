// The early-warning score of a patient, from what is known now: each input with its age, none older than its own
// limit, and the conditions that the chart of NEWS2 asks an answer for. A partial score is the least that it can be: it
// raises what it reaches, and never calms.

import {
  type Consciousness,
  NEWS2_INPUTS,
  type News2,
  type News2Input,
  type News2Observations,
  news2,
  type SpO2Scale,
} from '@heartwood/vitals';
import { MINUTE, type Observed } from './condition.ts';
import type { AlarmTiming } from './episode.ts';
import type { Measure, Picture } from './picture.ts';

/** What a person has seen or ordered, with their name: nothing that is worn can tell it. */
export type Charted = {
  readonly consciousness?:
    | { readonly value: Consciousness; readonly by: string; readonly atMs: number }
    | undefined;
  readonly oxygen?:
    | {
        readonly value: boolean;
        /** A minute, where it was said. */
        readonly litres?: number | undefined;
        readonly by: string;
        readonly atMs: number;
      }
    | undefined;
  /** Scale 2 holds by a clinician's order alone. */
  readonly scale2?:
    | { readonly by: string; readonly atMs: number; readonly why?: string | undefined }
    | undefined;
};

/** Oldest age at which an input still counts. A site's choice; shown where the score is. */
const INPUT_MAX_AGE_MS: Readonly<Record<News2Input, number>> = {
  respiratoryRate: 5 * MINUTE,
  spo2: 5 * MINUTE,
  oxygen: 12 * 60 * MINUTE,
  systolic: 12 * 60 * MINUTE,
  pulse: 5 * MINUTE,
  consciousness: 12 * 60 * MINUTE,
  temperature: 4 * 60 * MINUTE,
};

/**
 * The same of what was measured by hand: until the chart of NEWS2 wants it again of somebody at medium risk, an hour, or
 * longer where a device's would count for longer.
 */
const CHARTED_MAX_AGE_MS = 60 * MINUTE;

/** An input that has not come for so long belongs to the picture no more. */
const FADED_MS = 24 * 60 * MINUTE;

export type Scored = News2 & {
  readonly scale: SpO2Scale;
  /** Age of each input that is known, ms: also of those that are too old to count. */
  readonly agesMs: Readonly<Partial<Record<News2Input, number>>>;
};

const MEASURES: Readonly<Partial<Record<News2Input, Measure>>> = {
  respiratoryRate: 'respiratory-rate',
  spo2: 'spo2',
  systolic: 'systolic',
  pulse: 'heart-rate',
  temperature: 'body-temperature',
};

/** The score of this moment. */
export function scoreOf(picture: Picture, charted: Charted, nowMs: number): Scored {
  const seen: { -readonly [Input in News2Input]?: News2Observations[Input] } = {};
  const agesMs: Partial<Record<News2Input, number>> = {};
  for (const input of NEWS2_INPUTS) {
    const measure = MEASURES[input];
    const maxAgeMs = INPUT_MAX_AGE_MS[input];
    const by = input === 'oxygen' || input === 'consciousness' ? charted[input] : undefined;
    const present =
      measure === undefined
        ? by && nowMs - by.atMs <= maxAgeMs
          ? { value: by.value, receivedMs: by.atMs }
          : undefined
        : picture.believed(measure, nowMs, maxAgeMs, Math.max(maxAgeMs, CHARTED_MAX_AGE_MS));
    const lastMs = measure === undefined ? by?.atMs : picture.newest(measure)?.receivedMs;
    const atMs = present?.receivedMs ?? lastMs;
    if (atMs !== undefined) agesMs[input] = Math.max(0, nowMs - atMs);
    if (present !== undefined) Object.assign(seen, { [input]: present.value });
  }
  const scale: SpO2Scale = charted.scale2 === undefined ? 1 : 2;
  return { ...news2(seen, scale), scale, agesMs };
}

const sustained: AlarmTiming = { raiseAfterMs: MINUTE, clearAfterMs: 5 * MINUTE, latching: true };

/** The answers that the chart asks for: emergency from 7, urgent from 5, an urgent review where one input alone has 3. */
export function* observeScore({ score, missing, extreme, scale, agesMs }: Scored): Generator<Observed> {
  const known = NEWS2_INPUTS.length - missing.length;
  const facts = { score, inputs: known, of: NEWS2_INPUTS.length, scale };
  // With nothing known there is no score to be over or under. A score that fell because an input grew old, or its sensor
  // came off, calms nobody.
  const faded = missing.some((input) => (agesMs[input] ?? Number.POSITIVE_INFINITY) <= FADED_MS);
  const when = (reached: boolean, below: boolean): Observed['evidence'] =>
    known === 0 ? 'unknown' : reached ? 'violated' : below && !faded ? 'clear' : 'between';
  yield {
    id: 'news2-emergency',
    priority: 'high',
    timing: sustained,
    evidence: when(score >= 7, score < 6),
    facts,
  };
  yield {
    id: 'news2-urgent',
    priority: 'medium',
    timing: sustained,
    evidence: when(score >= 5, score < 4),
    facts,
  };
  yield {
    id: 'news2-extreme',
    priority: 'medium',
    timing: sustained,
    evidence: when(extreme.length > 0, true),
    facts: { ...facts, ...(extreme.length > 0 && { extreme: extreme.join(' ') }) },
  };
}
