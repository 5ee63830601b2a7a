// The proof of one reading or event, recomputed in this browser: each step in words, the verdict, what it leaves open, and
// the files to check it again elsewhere. A modal dialog: Escape closes it, focus goes back to where it was.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Check } from '../check.ts';
import type { Page } from '../page.ts';
import { idOf, type Proved, patientIn } from '../proved.ts';
import { text } from '../text/text.ts';
import { CheckResult } from './check-result.tsx';
import { Later } from './later.tsx';

// An event has more words than the first load need have.
const loadReadingFacts = async () => (await import('./reading-facts.tsx')).ReadingFacts;
const loadEventFacts = async () => (await import('./event-facts.tsx')).EventFacts;

export function VerifyDrawer({ page }: { page: Page }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const proved = page.opened.value;
  const open = proved !== undefined;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="drawer" aria-labelledby="drawer-title" onClose={page.closeProof}>
      {proved !== undefined && (
        <>
          <div class="dialog-head">
            <h2 id="drawer-title">
              {text().proof.title[proved.kind]} <span class="number">{idOf(proved)}</span>
            </h2>
            <button type="button" class="close" onClick={page.closeProof}>
              <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                <path d="M4 4l12 12M16 4 4 16" />
              </svg>
              <span class="unseen">{text().proof.close}</span>
            </button>
          </div>
          <Facts page={page} proved={proved} />
          <Progress check={page.check.value} proved={proved} />
          {page.check.value.kind === 'checked' && <CheckResult check={page.check.value} id={idOf(proved)} />}
        </>
      )}
    </dialog>
  );
}

/** Read while the drawer is open alone: one that is closed follows nothing. */
function Facts({ page, proved }: { page: Page; proved: Proved }): VNode {
  const id = patientIn(proved);
  const patient = page.steady.value?.patients.find((each) => each.id === id);
  if (proved.kind === 'event')
    return <Later load={loadEventFacts} props={{ event: proved.event, patient, now: page.now }} />;
  const devices = patient?.devices ?? [];
  return (
    <Later load={loadReadingFacts} props={{ reading: proved.reading, patient, devices, now: page.now }} />
  );
}

/** One line that is always there, so that a screen reader hears it change: how far the check is, then its verdict. */
function Progress({ check, proved }: { check: Check; proved: Proved }): VNode {
  const verdict = check.kind !== 'checked' ? undefined : check.verdict.ok ? 'proven' : 'unproven';
  return (
    <p role="status" class="progress" data-verdict={verdict}>
      {progressWords(check, proved)}
    </p>
  );
}

function progressWords(check: Check, proved: Proved): string {
  const words = text().proof;
  switch (check.kind) {
    case 'fetching':
      return words.fetching;
    case 'waiting':
      return `${words.waiting(idOf(proved).split('.')[0] ?? '')} ${words.stored[proved.kind]}`;
    case 'failed':
      return words.failed(check.why);
    case 'checked':
      return check.verdict.ok ? words.proven : words.unproven;
  }
}
