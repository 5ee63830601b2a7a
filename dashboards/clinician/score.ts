// The early-warning score as the hub tells it: the least that it can be, from how many of its seven inputs. A missing
// input is never a zero, so the number never stands alone: "at least 5, from 4 of 7".
//
// The badge wears no colour of the chart (white, yellow, orange, red): red and yellow mean an alarm on this page, and a
// score that asks for an answer raises one (news2-urgent, news2-emergency), with its colour, sign and word. The badge is
// ink: outlined, heavy from 5, filled from 7.

import { type Kind, NEWS2_INPUTS, type News2Input, type News2Points, riskOf } from '@heartwood/vitals';
import { text, words } from './text/text.ts';

export type Score = {
  /** The least that it can be, and the most. */
  readonly score: number;
  readonly most: number;
  readonly scale: 1 | 2;
  /** Those that were ever seen; `at` by the hub's clock, ms since 1970. Without points: too old to count, or absent. */
  readonly inputs: Readonly<
    Partial<Record<News2Input, { readonly at: number; readonly points: number | undefined }>>
  >;
};

export const INPUT_WORDS: Readonly<Record<News2Input, string>> = words(({ score }) => score.inputs);

/** Where the page finds the number of an input; the two others are what a person has seen. */
export const INPUT_KINDS: Readonly<Partial<Record<News2Input, Kind>>> = {
  respiratoryRate: 'respiratory-rate',
  spo2: 'spo2',
  systolic: 'blood-pressure',
  pulse: 'heart-rate',
  temperature: 'body-temperature',
};

/** How many inputs count. */
export const knownInputs = (score: Score | undefined): number =>
  NEWS2_INPUTS.filter((input) => score?.inputs[input]?.points !== undefined).length;

/** `≥ 5`, `5` where nothing is missing, `–` where nothing is known. */
export function scoreFigure(score: Score | undefined): string {
  const known = knownInputs(score);
  if (score === undefined || known === 0) return '–';
  return known === NEWS2_INPUTS.length && score.most === score.score ? `${score.score}` : `≥ ${score.score}`;
}

/** The same, read aloud. */
export function scoreWords(score: Score | undefined): string {
  const known = knownInputs(score);
  if (score === undefined || known === 0) return text().score.notKnown;
  const { least, whole } = text().score;
  return (scoreFigure(score).startsWith('≥') ? least : whole)(score.score, known, NEWS2_INPUTS.length);
}

/** How heavy the badge is. */
export function scoreWeight(score: Score | undefined): 'none' | 'low' | 'low-medium' | 'medium' | 'high' {
  if (score === undefined || knownInputs(score) === 0) return 'none';
  return riskOf(
    score.score,
    NEWS2_INPUTS.some((input) => score.inputs[input]?.points === 3),
  );
}

/** The points of a moment, by input. */
export type ScorePoint = {
  readonly at: number;
  readonly points: Readonly<Partial<Record<News2Input, number>>>;
};

export const scorePoint = (score: Score, at: number): ScorePoint => ({
  at,
  points: Object.fromEntries(
    NEWS2_INPUTS.flatMap((input): [News2Input, News2Points][] => {
      const points = score.inputs[input]?.points;
      return points === undefined ? [] : [[input, points as News2Points]];
    }),
  ),
});

export type Direction = {
  readonly way: 'rising' | 'falling' | 'steady';
  /** Over how long, at most an hour. */
  readonly overMs: number;
};

export const HOUR_MS = 3_600_000;
/** What was watched for less long has no direction yet. */
const WATCHED_MIN_MS = 60_000;

/**
 * Where the score went over the last hour, as far as it was watched: by the inputs that counted at both ends, so that a
 * cuff that was put on makes nobody worse.
 * @param trail in time's order; the first may be older than an hour
 */
export function directionOf(trail: readonly ScorePoint[], nowMs: number): Direction | undefined {
  const [first, last] = [trail[0], trail.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const overMs = Math.min(HOUR_MS, nowMs - first.at);
  let change = 0;
  for (const input of NEWS2_INPUTS) {
    const [before, after] = [first.points[input], last.points[input]];
    if (before !== undefined && after !== undefined) change += after - before;
  }
  if (change === 0) return overMs < WATCHED_MIN_MS ? undefined : { way: 'steady', overMs };
  return { way: change > 0 ? 'rising' : 'falling', overMs };
}
