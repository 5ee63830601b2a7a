// German for notes on a patient.

import type { NotesText } from './notes-en.ts';

export const notesDe: NotesText = {
  title: 'Notizen',
  none: 'Noch keine Notizen.',
  write: 'Notiz schreiben',
  text: 'Notiz',
  share: 'Patient und Familie dürfen sie lesen',
  plain:
    'Reiner Text. Sie trägt Ihren Namen, steht im Protokoll und kann nachher nicht geändert, nur berichtigt werden.',
  left: (count: number): string => `noch ${count} Zeichen`,
  tooLong: (count: number): string => `${count} Zeichen zu viel`,
  send: 'Notiz sichern',
  cancel: 'Abbrechen',
  saved: 'Die Notiz ist gesichert.',
  correct: 'Berichtigen',
  correctWhich: (number: number): string => `Notiz ${number} berichtigen`,
  withdraw: 'Zurückziehen',
  withdrawWhich: (number: number): string => `Notiz ${number} zurückziehen`,
  corrected: (number: number): string => `Was statt Notiz ${number} gelten soll`,
  why: (number: number): string => `Warum Notiz ${number} zurückgezogen wird`,
  verify: 'Prüfen',
  verifyWhich: (number: number): string => `Notiz ${number} prüfen`,
  number: (number: number): string => `Notiz ${number}`,
  sharedWord: 'für den Patienten lesbar',
  corrects: (about: number): string => `berichtigt Notiz ${about}`,
  withdraws: (about: number): string => `zieht Notiz ${about} zurück`,
  replacedBy: {
    note: (number: number): string => `siehe Notiz ${number}`,
    correction: (number: number): string => `berichtigt durch Notiz ${number}`,
    withdrawal: (number: number): string => `zurückgezogen durch Notiz ${number}`,
  },
  damaged: (number: number): string => `Notiz ${number} lässt sich nicht öffnen. heartwood fsck sagt, warum.`,
  older: 'Ältere Notizen',
  failed: 'Die Notizen konnten nicht geholt werden.',
  again: 'Noch einmal',
  noRecord: 'Der Hub hat zu dieser Notiz keinen Eintrag.',
};
