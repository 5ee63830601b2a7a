// The texts of notes on a patient.

import { catalogue } from './language.ts';
import { type NotesText, notesEn } from './notes-en.ts';

export const notesText: () => NotesText = catalogue(notesEn, {
  de: async () => (await import('./notes-de.ts')).notesDe,
});
