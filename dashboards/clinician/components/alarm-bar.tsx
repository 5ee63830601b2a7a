// What somebody should look at now, the highest first, each alarm with a sign, a word and a colour.
// High ones are read out at once; the rest when there is a pause.

import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAge } from '../age.ts';
import {
  type Alarm,
  alarmed,
  alarmState,
  alarmWords,
  inOrder,
  PRIORITY_SIGNS,
  PRIORITY_WORDS,
  unanswered,
} from '../alarm.ts';
import type { Patient } from '../feed.ts';
import { AcknowledgeForm } from './acknowledge-form.tsx';

type Props = { readonly patients: readonly Patient[]; readonly now: ReadonlySignal<number> };

export function AlarmBar({ patients, now }: Props): VNode {
  const rows = alarmed(patients);
  return (
    <section class="alarms" aria-label="Alarms">
      {rows.map((patient) => (
        <PatientAlarms key={patient.id} patient={patient} now={now} />
      ))}
    </section>
  );
}

/** High alarms of anybody, wherever the visitor is. */
export function AlarmCall({ patients }: Pick<Props, 'patients'>): VNode {
  return (
    <p class="unseen" role="alert">
      {urgent(alarmed(patients))}
    </p>
  );
}

/** Said aloud whenever it changes: the high alarms that wait for somebody. */
function urgent(rows: readonly Patient[]): string {
  const said = rows.flatMap(({ name, alarms }) =>
    alarms
      .filter(({ priority, presence }) => priority === 'high' && presence === 'on')
      .map((alarm) => `${name}: ${alarmWords(alarm)}.`),
  );
  return said.length === 0 ? '' : `High alarm. ${said.join(' ')}`;
}

function PatientAlarms({ patient, now }: { patient: Patient; now: ReadonlySignal<number> }): VNode {
  const all = useSignal(false);
  const [first, ...others] = inOrder(patient.alarms);
  const list = `alarms-${patient.id}`;
  return (
    <div class="alarm-rows" id={list}>
      {first && <AlarmRow key={first.condition} patient={patient} alarm={first} now={now} />}
      {all.value &&
        others.map((alarm) => <AlarmRow key={alarm.condition} patient={patient} alarm={alarm} now={now} />)}
      {others.length > 0 && (
        <button
          type="button"
          class="more-alarms"
          aria-expanded={all.value}
          aria-controls={list}
          onClick={() => (all.value = !all.value)}
        >
          {all.value ? 'Show the first only' : `${others.length} more of ${patient.name}`}
        </button>
      )}
    </div>
  );
}

type RowProps = { readonly patient: Patient; readonly alarm: Alarm; readonly now: ReadonlySignal<number> };

function AlarmRow({ patient, alarm, now }: RowProps): VNode {
  const asking = useSignal(false);
  const { priority, presence } = alarm;
  return (
    <div class="alarm" data-priority={priority} data-presence={presence}>
      <p>
        <span class="alarm-sign" aria-hidden="true">
          {PRIORITY_SIGNS[priority]}
        </span>
        <span class="alarm-word">{PRIORITY_WORDS[priority]}: </span>
        <span class="unseen">{patient.name}: </span>
        <strong>{alarmWords(alarm)}</strong> <AlarmState alarm={alarm} now={now} />
      </p>
      {presence !== 'acknowledged' && !asking.value && (
        <button
          type="button"
          aria-label={`Acknowledge: ${patient.name}, ${alarmWords(alarm)}`}
          onClick={() => (asking.value = true)}
        >
          Acknowledge
        </button>
      )}
      {asking.value && (
        <AcknowledgeForm patient={patient.id} alarm={alarm} done={() => (asking.value = false)} />
      )}
    </div>
  );
}

/** While nobody answers, the clock of that. */
function AlarmState({ alarm, now }: Omit<RowProps, 'patient'>): VNode {
  const clock = unanswered(alarm, now.value);
  if (clock === undefined) return <span class="number">{alarmState(alarm, now.value)}</span>;
  return (
    <span class="number">
      {alarm.over !== undefined && `over since ${formatAge(now.value - alarm.over)}, `}
      <span class="clock" data-late={clock.late}>
        unanswered for {formatAge(clock.ms)}
      </span>
    </span>
  );
}
