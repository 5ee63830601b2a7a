// Acknowledging from the list: the same questions as on the patient's own page, over the list.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { PRIORITY_WORDS } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import type { Page } from '../page.ts';
import { AcknowledgeForm } from './acknowledge-form.tsx';

export function AcknowledgeDialog({ page }: { page: Page }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const asking = page.asking.value;
  const patient = page.steady.value?.patients.find(({ id }) => id === asking?.patient);
  const alarm = patient?.alarms.find(({ condition }) => condition === asking?.condition);
  const open = alarm !== undefined;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const done = (): void => {
    // At once: a key that follows is for the page again.
    dialog.current?.close();
    page.asking.value = undefined;
  };
  return (
    <dialog ref={dialog} class="ask" aria-labelledby="ask-title" onClose={done}>
      {patient !== undefined && alarm !== undefined && (
        <>
          <h2 id="ask-title">{patient.name}</h2>
          <p class="ask-what">
            {PRIORITY_WORDS[alarm.priority]}: <strong>{alarmWords(alarm)}</strong>
          </p>
          <AcknowledgeForm
            key={alarm.condition}
            patient={patient.id}
            alarm={alarm}
            alarms={patient.alarms}
            done={done}
          />
        </>
      )}
    </dialog>
  );
}
