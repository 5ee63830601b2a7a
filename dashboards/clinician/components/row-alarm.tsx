// The alarm to look at first, in two lines, how many more there are, and the way to answer it.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { alarmState, joint, PRIORITY_SIGNS, PRIORITY_WORDS } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { type Row, waiting } from '../worklist.ts';

type Props = {
  readonly row: Row;
  readonly page: Page;
  readonly now: ReadonlySignal<number>;
};

export function RowAlarm({ row, page, now }: Props): VNode {
  const { patient, first } = row;
  if (first === undefined) return <p class="row-alarm">{text().row.noAlarm}</p>;
  const more = patient.alarms.length - 1;
  return (
    <div class="row-alarm alarm" data-priority={first.priority} data-presence={first.presence}>
      <p>
        <span class="alarm-sign" aria-hidden="true">
          {PRIORITY_SIGNS[first.priority]}
        </span>{' '}
        <span class="unseen">{PRIORITY_WORDS[first.priority]}: </span>
        <strong>{alarmWords(first)}</strong>{' '}
        <span class="number">
          <span class="unseen">{joint(first)}</span>
          {alarmState(first, now.value)}
          {more > 0 && text().row.more(more)}
        </span>
      </p>
      {waiting(row) !== undefined && (
        <button
          type="button"
          onClick={() => (page.asking.value = { patient: patient.id, condition: first.condition })}
        >
          <span aria-hidden="true">{text().row.ack}</span>
          <span class="unseen">
            {text().acknowledge}: {patient.name}, {alarmWords(first)}
          </span>
        </button>
      )}
    </div>
  );
}
