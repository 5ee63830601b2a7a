// The texts of the page.

import { en, type Text } from './en.ts';
import { catalogue } from './language.ts';

export const text: () => Text = catalogue(en, { de: async () => (await import('./de.ts')).de });
