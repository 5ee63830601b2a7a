// German for what comes when it is asked for.

import type { CalmText } from './calm-en.ts';

export const calmDe: CalmText = {
  close: 'Schließen',
  settings: {
    title: 'Anzeige und Ton',
    theme: 'Helligkeit',
    themes: { system: 'Wie dieses Gerät', light: 'Hell', dark: 'Dunkel', night: 'Nacht: schwach, ohne Rot' },
    language: 'Sprache',
    sound: 'Ton',
    soundOn: 'Alarme tönen in diesem Browser',
    hear: 'Einen mittleren Alarm hören',
  },
};
