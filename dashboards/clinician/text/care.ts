// The texts of limits and charts.

import { type CareText, careEn } from './care-en.ts';
import { catalogue } from './language.ts';

export const careText: () => CareText = catalogue(careEn, {
  de: async () => (await import('./care-de.ts')).careDe,
});
