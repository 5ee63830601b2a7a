// Where marks stand above the charts: those that would cover one another are one, which tells the gravest and how many.

import type { Mark } from './mark.ts';
import type { Window } from './span.ts';

export type InLane = {
  /** 0 at the left edge, 1 at the right. */
  readonly place: number;
  /** The gravest of them. */
  readonly mark: Mark;
  readonly count: number;
};

/** This part of the lane holds one mark: some 30 pixels of a wide screen. */
const PART = 1 / 36;
const KINDS = ['over', 'device', 'note', 'answered', 'raised'] as const;
const PRIORITY = { high: 3, medium: 2, low: 1 } as const;

/** @param marks in time's order */
export function laneOf(marks: readonly Mark[], { from, to }: Window): readonly InLane[] {
  const lane: { place: number; mark: Mark; count: number }[] = [];
  let begins = Number.NEGATIVE_INFINITY;
  for (const mark of marks) {
    if (mark.at < from || mark.at >= to || mark.kind === 'over') continue;
    const place = (mark.at - from) / (to - from);
    const last = lane.at(-1);
    if (last === undefined || place - begins >= PART) {
      begins = place;
      lane.push({ place, mark, count: 1 });
      continue;
    }
    last.count += 1;
    if (gravity(mark) > gravity(last.mark)) Object.assign(last, { mark, place });
  }
  return lane;
}

const gravity = ({ kind, priority }: Mark): number =>
  KINDS.indexOf(kind) * 4 + (priority === undefined ? 0 : PRIORITY[priority]);
