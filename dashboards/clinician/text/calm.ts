// The texts of what comes when it is asked for.

import { type CalmText, calmEn } from './calm-en.ts';
import { catalogue } from './language.ts';

export const calm: () => CalmText = catalogue(calmEn, {
  de: async () => (await import('./calm-de.ts')).calmDe,
});
