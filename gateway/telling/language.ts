// The languages in which people are told. What a program reads is in none.

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

export const isLanguage = (word: unknown): word is Language => LANGUAGES.includes(word as Language);
