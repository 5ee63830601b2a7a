// The keys, and what the signs of a row mean.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { letterKeysOn, turnLetterKeys } from '../letter-keys.ts';
import type { Page } from '../page.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['j', 'Next patient'],
  ['k', 'Patient before'],
  ['Enter', 'Open the patient'],
  ['a', 'Acknowledge the first alarm that waits'],
  ['m', 'Pause the sound for two minutes, or end the pause'],
  ['/', 'Search'],
  ['Esc', 'Back to all patients'],
  ['?', 'This help'],
];

export function HelpDialog({ page }: { page: Page }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = page.helping.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const close = (): void => {
    page.helping.value = false;
  };
  return (
    <dialog ref={dialog} class="ask help" aria-labelledby="help-title" onClose={close}>
      {open && (
        <>
          <h2 id="help-title">Help</h2>
          <dl class="keys">
            {KEYS.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <label class="letter-keys">
            <input
              type="checkbox"
              defaultChecked={letterKeysOn()}
              onChange={(event) => turnLetterKeys(event.currentTarget.checked)}
            />{' '}
            Letters are keys
          </label>
          <p>
            <strong>Order:</strong> alarms that nobody has acknowledged, the highest first; then the score,
            those who get worse, and numbers that are stale. While you point at a row or stand on it, nothing
            moves.
          </p>
          <p>
            <strong>NEWS2 ≥ 5 · 4/7:</strong> at least 5, from 4 of 7 inputs. A missing input counts as
            nothing and is no zero. The badge is ink, heavy from 5 and filled from 7: red, yellow and cyan
            mean alarms alone.
          </p>
          <p>
            <strong>Seal:</strong> the batch, signed by the hub, that holds the newest reading; one that waits
            is stored, and sealed with the next batch.
          </p>
          <button type="button" class="primary" onClick={close}>
            Close
          </button>
        </>
      )}
    </dialog>
  );
}
