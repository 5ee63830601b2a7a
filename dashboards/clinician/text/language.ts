// The language of the page: the browser's own where there is a catalogue for it, or the one that the visitor chose.
// English comes with the page; another is loaded when it is wanted, and the page changes at once when it is there.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { readChoice, writeChoice } from '../choice.ts';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = 'language';
const now: Signal<Language> = signal('en');
/** The language that is shown. */
export const language: ReadonlySignal<Language> = now;

/** What each catalogue fetches before its language is shown. */
const loads = new Set<(language: Language) => Promise<void>>();

/**
 * A catalogue of texts: English, and how to fetch the others. Its texts, in the language that is shown, come from a call:
 * a component that calls it is drawn anew when the language changes.
 */
export function catalogue<T>(english: T, others: Record<Exclude<Language, 'en'>, () => Promise<T>>): () => T {
  const there = signal<Partial<Record<Language, T>>>({ en: english });
  const load = async (wanted: Language): Promise<void> => {
    if (wanted === 'en' || there.peek()[wanted] !== undefined) return;
    const texts = await others[wanted]();
    there.value = { ...there.peek(), [wanted]: texts };
  };
  loads.add(load);
  // A view that comes later: English until its own is there.
  void load(now.peek()).catch(() => undefined);
  return () => there.value[now.value] ?? english;
}

/** The first of the browser's languages that there is a catalogue for. */
export function preferred(languages: readonly string[]): Language {
  for (const each of languages) {
    const found = LANGUAGES.find((one) => each.toLowerCase().split('-')[0] === one);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** Shows the visitor's language. Where it cannot be fetched, English stays. */
export async function startLanguage(): Promise<void> {
  await show(readChoice(STORED, LANGUAGES, preferred(navigator.languages))).catch(() => undefined);
}

/** Shows another language from now on, in this browser. */
export async function chooseLanguage(wanted: Language): Promise<void> {
  writeChoice(STORED, wanted);
  await show(wanted).catch(() => undefined);
}

async function show(wanted: Language): Promise<void> {
  await Promise.all([...loads].map((load) => load(wanted)));
  now.value = wanted;
  document.documentElement.lang = wanted;
}

/** How numbers and times are written: the browser's own region where it speaks the language that is shown. */
export function locale(): string {
  const shown = now.value;
  const own = typeof navigator === 'undefined' ? [] : navigator.languages;
  return own.find((each) => each.toLowerCase().startsWith(shown)) ?? shown;
}
