// The proof of one reading, recomputed in this browser: each step in words, the verdict, what it leaves open, and
// the files to check it again elsewhere. A modal dialog: Escape closes it, focus goes back to where it was.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Check } from '../check.ts';
import type { FeedReading } from '../feed.ts';
import type { Page } from '../page.ts';
import { CheckResult } from './check-result.tsx';
import { ReadingFacts } from './reading-facts.tsx';

export function VerifyDrawer({ page }: { page: Page }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const reading = page.opened.value;
  const open = reading !== undefined;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);

  // Read while it is open alone: a drawer that is closed follows nothing.
  const patients = open ? page.steady.value?.patients : undefined;
  const patient = patients?.find((each) => each.id === reading?.patient);
  const devices = patient?.devices ?? [];
  return (
    <dialog ref={dialog} class="drawer" aria-labelledby="drawer-title" onClose={page.closeReading}>
      {reading !== undefined && (
        <>
          <header>
            <h2 id="drawer-title">
              Proof of reading <span class="number">{reading.id}</span>
            </h2>
            <button type="button" class="close" onClick={page.closeReading}>
              <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                <path d="M4 4l12 12M16 4 4 16" />
              </svg>
              <span class="unseen">Close</span>
            </button>
          </header>
          <ReadingFacts reading={reading} patient={patient} devices={devices} now={page.now} />
          <Progress check={page.check.value} reading={reading} />
          {page.check.value.kind === 'checked' && <CheckResult check={page.check.value} reading={reading} />}
        </>
      )}
    </dialog>
  );
}

/** One line that is always there, so that a screen reader hears it change: how far the check is, then its verdict. */
function Progress({ check, reading }: { check: Check; reading: FeedReading }): VNode {
  const verdict = check.kind !== 'checked' ? undefined : check.verdict.ok ? 'proven' : 'unproven';
  return (
    <p role="status" class="progress" data-verdict={verdict}>
      {progressWords(check, reading)}
    </p>
  );
}

function progressWords(check: Check, reading: FeedReading): string {
  switch (check.kind) {
    case 'fetching':
      return 'Fetching the proof from the hub …';
    case 'waiting':
      return `Waiting for batch ${reading.id.split('.')[0]}. The reading is stored, and is sealed with the next batch; this goes on by itself.`;
    case 'failed':
      return `The proof could not be checked. ${check.why}`;
    case 'checked':
      return check.verdict.ok
        ? 'Proven'
        : 'Not proven. Nothing that this file claims holds; the step that failed is marked below.';
  }
}
