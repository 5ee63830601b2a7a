// The id of a reading as people type it: `<batch>.<slot>.<index>`, such as `57.2.14`.

import { Refusal } from './exit-status.ts';

export type ReadingId = {
  /** Number of the hub's batch, from 0. */
  readonly batch: number;
  /** The patient's slot in the batch's tree. */
  readonly slot: number;
  /** Place in the segment, from 0. */
  readonly index: number;
};

/** @throws Refusal `usage` where the word is no reading's id */
export function parseReadingId(word: string): ReadingId {
  const match = /^(0|[1-9]\d{0,11})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,8})$/.exec(word);
  if (match === null) {
    throw new Refusal(
      'usage',
      `${JSON.stringify(word.slice(0, 60))} is no reading's id; it must be three numbers with dots between, such as 57.2.14.`,
    );
  }
  return { batch: Number(match[1]), slot: Number(match[2]), index: Number(match[3]) };
}
