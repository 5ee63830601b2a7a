// The texts of the page of one patient, of the help, and of letting a device in.

import { catalogue } from './language.ts';
import { type PatientText, patientEn } from './patient-en.ts';

export const patientText: () => PatientText = catalogue(patientEn, {
  de: async () => (await import('./patient-de.ts')).patientDe,
});
