// The texts of the page.

import { en, type Text } from './en.ts';
import { catalogue } from './language.ts';

export const text: () => Text = catalogue(en, { de: async () => (await import('./de.ts')).de });

/**
 * A part of the texts as a plain object, for tables of words: each field is read when it is used, in the language that is
 * shown then.
 */
export function words<Part extends object>(part: (text: Text) => Part): Readonly<Part> {
  const follows = {} as Part;
  for (const name of Object.keys(part(en)) as (keyof Part)[])
    Object.defineProperty(follows, name, { enumerable: true, get: () => part(text())[name] });
  return follows;
}
