// Somebody knows, of an alarm and of those that say the same: why, and until when. Or they ask to be told again then. A
// high alarm cannot be silenced without an end.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Alarm, acknowledge, answeredWith, LONG_MINUTES, MINUTES, REASONS } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import { text } from '../text/text.ts';

type Props = {
  /** By pseudonym, or `HUB`. */
  readonly patient: string;
  readonly alarm: Alarm;
  /** All of the patient's. */
  readonly alarms: readonly Alarm[];
  /** @param sent whether the hub has it on disk */
  readonly done: (sent: boolean) => void;
};

export function AcknowledgeForm({ patient, alarm, alarms, done }: Props): VNode {
  const first = useRef<HTMLSelectElement>(null);
  const why = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => first.current?.focus(), []);
  const answered = answeredWith(alarm, alarms);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const form = new FormData(event.currentTarget);
    const minutes = Number(form.get('minutes')) || undefined;
    const snooze = (event.submitter as HTMLButtonElement | null)?.value === 'snooze';
    if (snooze && minutes === undefined) {
      why.value = text().answer.whenAgain;
      return;
    }
    busy.value = true;
    const conditions = answered.map(({ condition }) => condition);
    why.value = await acknowledge(patient, conditions, String(form.get('why')), minutes, snooze);
    busy.value = false;
    if (why.value === undefined) done(true);
  };
  // What is over is only to be seen; another of its group may still hold.
  const over = answered.every(({ presence }) => presence === 'latched');
  const high = answered.some(({ priority }) => priority === 'high');
  return (
    <form
      class="acknowledge"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done(false);
      }}
    >
      {answered.length > 1 && (
        <p class="with">
          {text().answer.also}{' '}
          {answered
            .slice(1)
            .map((one) => alarmWords(one))
            .join('; ')}
        </p>
      )}
      <label>
        {text().answer.why}
        <select name="why" ref={first}>
          {REASONS.map((reason) => (
            <option key={reason} value={reason}>
              {text().answer.reasons[reason]}
            </option>
          ))}
        </select>
      </label>
      {!over && (
        <label>
          {text().answer.silentFor}
          <select name="minutes">
            {[...MINUTES, ...(high ? [] : LONG_MINUTES)].map((minutes) => (
              <option key={minutes} value={minutes}>
                {minutes > 60 ? text().answer.hours(minutes / 60) : text().answer.minutes(minutes)}
              </option>
            ))}
            {!high && <option value="">{text().answer.asLong}</option>}
          </select>
        </label>
      )}
      <button type="submit" class="primary" aria-disabled={busy.value}>
        {text().acknowledge}
      </button>
      {!over && answered.every(({ presence }) => presence !== 'latched') && (
        <button type="submit" value="snooze" aria-disabled={busy.value}>
          {text().answer.tellAgain}
        </button>
      )}
      <button type="button" onClick={() => done(false)}>
        {text().answer.notNow}
      </button>
      <p class="why" role="status">
        {why.value}
      </p>
    </form>
  );
}
