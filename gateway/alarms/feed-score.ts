// The early-warning score as a page gets it (docs/spec/feed.md): which inputs count, with how many points, and when each
// was last seen. An input without points is too old to count; one that is not there was never seen. Neither is a zero.

import { NEWS2_INPUTS, type News2Input, type News2Points } from '@heartwood/vitals';
import type { Scored } from './score.ts';

export type FeedScore = {
  /** The least that it can be, and the most. */
  readonly score: number;
  readonly most: number;
  readonly scale: 1 | 2;
  /** `at`: hub's clock, ms since 1970. */
  readonly inputs: Readonly<
    Partial<Record<News2Input, { readonly at: number; readonly points?: News2Points }>>
  >;
};

/** A patient's score, for those who may see the patient; by pseudonym, hex. */
export type PatientScore = { readonly patient: string; readonly score: FeedScore };

export function toFeedScore({ score, most, scale, points, agesMs }: Scored, nowMs: number): FeedScore {
  const inputs: { -readonly [Input in News2Input]?: FeedScore['inputs'][Input] } = {};
  for (const input of NEWS2_INPUTS) {
    const ageMs = agesMs[input];
    if (ageMs === undefined) continue;
    const counted = points[input];
    inputs[input] = { at: nowMs - ageMs, ...(counted !== undefined && { points: counted }) };
  }
  return { score, most, scale, inputs };
}

/** True where the two say the same of a patient: the same inputs with the same points, whenever they were seen. */
export const sameScore = (a: FeedScore, b: FeedScore): boolean =>
  a.most === b.most &&
  a.scale === b.scale &&
  NEWS2_INPUTS.every(
    (input) =>
      a.inputs[input]?.points === b.inputs[input]?.points &&
      (a.inputs[input] === undefined) === (b.inputs[input] === undefined),
  );
