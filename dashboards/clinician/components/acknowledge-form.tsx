// Somebody knows: why, and until when. A high alarm cannot be silenced without an end.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Alarm, acknowledge, MINUTES, REASONS } from '../alarm.ts';

type Props = { readonly patient: string; readonly alarm: Alarm; readonly done: () => void };

export function AcknowledgeForm({ patient, alarm, done }: Props): VNode {
  const first = useRef<HTMLSelectElement>(null);
  const why = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => first.current?.focus(), []);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const form = new FormData(event.currentTarget);
    const minutes = Number(form.get('minutes'));
    busy.value = true;
    why.value = await acknowledge(patient, alarm.condition, String(form.get('why')), minutes || undefined);
    busy.value = false;
    if (why.value === undefined) done();
  };
  const over = alarm.presence === 'latched';
  return (
    <form
      class="acknowledge"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done();
      }}
    >
      <label>
        Why
        <select name="why" ref={first}>
          {REASONS.map((reason) => (
            <option key={reason}>{reason}</option>
          ))}
        </select>
      </label>
      {!over && (
        <label>
          Silent for
          <select name="minutes">
            {MINUTES.map((minutes) => (
              <option key={minutes} value={minutes}>
                {minutes} minutes
              </option>
            ))}
            {alarm.priority !== 'high' && <option value="">as long as it lasts</option>}
          </select>
        </label>
      )}
      <button type="submit" class="primary" aria-disabled={busy.value}>
        Acknowledge
      </button>
      <button type="button" onClick={done}>
        Not now
      </button>
      <p class="why" role="status">
        {why.value}
      </p>
    </form>
  );
}
