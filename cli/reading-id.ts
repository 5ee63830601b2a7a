// The id of a reading as people type it, `57.2.14`: the gateway knows its form, a person hears what is wrong with it.

import { parseReadingId, type ReadingPlace } from '@heartwood/gateway';
import { Refusal } from './exit-status.ts';

/** @throws Refusal `usage` where the word is no reading's id */
export function readingPlace(word: string): ReadingPlace {
  const place = parseReadingId(word);
  if (place !== undefined) return place;
  throw new Refusal(
    'usage',
    `${JSON.stringify(word.slice(0, 60))} is no reading's id; it must be three numbers with dots between, such as 57.2.14.`,
  );
}
