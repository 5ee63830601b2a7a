// The numbers that stand for words on the wire: kinds by their own `code`, the other lists by place, from 1.
// A number is never reused and a list only grows at its end, for proofs of years ago must still read the same.

import { KIND_NAMES, KINDS, type Kind } from './kind.ts';
import {
  ABSENT_REASONS,
  type AbsentReason,
  ORIGINS,
  type Origin,
  QUALITIES,
  type Quality,
} from './reading.ts';

/** A closed list of words and their numbers. */
export type Codes<Word extends string> = {
  readonly codeOf: ReadonlyMap<Word, number>;
  readonly wordOf: ReadonlyMap<number, Word>;
};

/** Numbers a list by place, from 1. */
export function codesOf<Word extends string>(words: readonly Word[]): Codes<Word> {
  return codes(words.map((word, place) => [word, place + 1]));
}

function codes<Word extends string>(pairs: readonly (readonly [Word, number])[]): Codes<Word> {
  return { codeOf: new Map(pairs), wordOf: new Map(pairs.map(([word, code]) => [code, word])) };
}

export const KIND_CODES: Codes<Kind> = codes(KIND_NAMES.map((kind) => [kind, KINDS[kind].code]));
export const ABSENT_CODES: Codes<AbsentReason> = codesOf(ABSENT_REASONS);
export const QUALITY_CODES: Codes<Quality> = codesOf(QUALITIES);
export const ORIGIN_CODES: Codes<Origin> = codesOf(ORIGINS);
