// How the page is lit: as the system asks, light, dark, or night. Night is for a dark room: dim ink on black, without red,
// so that the eye stays adapted and the only red is an alarm's. An eye that is used to the dark sees red badly, so there
// an alarm also has the brightest frame on the page; its sign and its word it has everywhere.

import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { readChoice, writeChoice } from './choice.ts';

export const THEMES = ['system', 'light', 'dark', 'night'] as const;
export type Theme = (typeof THEMES)[number];

const STORED = 'theme';
const now: Signal<Theme> = signal('system');
export const theme: ReadonlySignal<Theme> = now;

/** Before the first thing is drawn. */
export function startTheme(): void {
  now.value = readChoice(STORED, THEMES, 'system');
  effect(() => {
    document.documentElement.dataset['theme'] = now.value;
  });
}

export function chooseTheme(wanted: Theme): void {
  writeChoice(STORED, wanted);
  now.value = wanted;
}
