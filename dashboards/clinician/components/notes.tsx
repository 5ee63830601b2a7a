// Notes on a patient, for whoever may read them: loaded with the first that there is, or for who may write one.

import type { VNode } from 'preact';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { Later } from './later.tsx';

const loadNotes = async () => (await import('./notes-section.tsx')).NotesSection;

type Props = { readonly page: Page; readonly patient: Patient };

export function Notes({ page, patient }: Props): VNode | null {
  const visitor = page.visitor.value;
  const role = visitor.kind === 'known' ? visitor.session.role : '';
  const mayWrite = role === 'clinician';
  // The hub decides; whom it would tell nothing is not shown an empty list.
  if (!mayWrite && (role !== 'patient' || patient.care.notes === 0)) return null;
  return (
    <Later
      key={patient.id}
      load={loadNotes}
      props={{
        patient: patient.id,
        count: patient.care.notes,
        mayWrite,
        open: (event) => page.openEvent(patient.id, event),
      }}
    />
  );
}
