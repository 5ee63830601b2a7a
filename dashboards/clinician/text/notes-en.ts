// English for notes on a patient.

export const notesEn = {
  title: 'Notes',
  none: 'No notes yet.',
  write: 'Write a note',
  text: 'Note',
  share: 'The patient and their family may read it',
  plain:
    'Plain text. It carries your name, is in the record, and cannot be changed afterwards, only corrected.',
  left: (count: number): string => (count === 1 ? '1 character left' : `${count} characters left`),
  tooLong: (count: number): string => (count === 1 ? '1 character too many' : `${count} characters too many`),
  send: 'Save the note',
  cancel: 'Cancel',
  saved: 'The note is saved.',
  correct: 'Correct',
  correctWhich: (number: number): string => `Correct note ${number}`,
  withdraw: 'Withdraw',
  withdrawWhich: (number: number): string => `Withdraw note ${number}`,
  corrected: (number: number): string => `What it should say, in place of note ${number}`,
  why: (number: number): string => `Why note ${number} is withdrawn`,
  verify: 'Verify',
  verifyWhich: (number: number): string => `Verify note ${number}`,
  number: (number: number): string => `Note ${number}`,
  sharedWord: 'shared with the patient',
  corrects: (about: number): string => `corrects note ${about}`,
  withdraws: (about: number): string => `withdraws note ${about}`,
  replacedBy: {
    note: (number: number): string => `see note ${number}`,
    correction: (number: number): string => `corrected by note ${number}`,
    withdrawal: (number: number): string => `withdrawn by note ${number}`,
  },
  damaged: (number: number): string => `Note ${number} cannot be opened. heartwood fsck says why.`,
  older: 'Older notes',
  failed: 'The notes could not be fetched.',
  again: 'Try again',
  noRecord: 'The hub has no record of this note.',
};
export type NotesText = typeof notesEn;
