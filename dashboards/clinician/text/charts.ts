// The texts of the charts and the waveforms.

import { type ChartsText, chartsEn } from './charts-en.ts';
import { catalogue } from './language.ts';

export const chartsText: () => ChartsText = catalogue(chartsEn, {
  de: async () => (await import('./charts-de.ts')).chartsDe,
});
