// German for the first load.

import type { Text } from './en.ts';

export const de: Text = {
  overview: 'Übersicht',
  print: 'Übersicht drucken',
  settings: 'Anzeige',
};
