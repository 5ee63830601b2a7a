// The texts of who is told of alarms.

import { catalogue } from './language.ts';
import { type TellingText, tellingEn } from './telling-en.ts';

export const tellingText: () => TellingText = catalogue(tellingEn, {
  de: async () => (await import('./telling-de.ts')).tellingDe,
});
