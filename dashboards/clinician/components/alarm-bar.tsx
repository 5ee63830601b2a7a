// What somebody should look at now, the highest first, each alarm with a sign, a word and a colour.
// High ones are read out at once; the rest when there is a pause.

import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAge } from '../age.ts';
import {
  type Alarm,
  type Alarmed,
  type AlarmGroup,
  alarmed,
  alarmState,
  groupsOf,
  joint,
  PRIORITY_SIGNS,
  PRIORITY_WORDS,
  unanswered,
} from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import { text } from '../text/text.ts';
import { AcknowledgeForm } from './acknowledge-form.tsx';

type Props = {
  readonly patients: readonly Alarmed[];
  readonly now: ReadonlySignal<number>;
  /** Absent where no proof is offered. */
  readonly prove?: Prove | undefined;
  /** Whose alarms these are, where nothing around them says it. */
  readonly named?: string | undefined;
  /** Somebody has answered one. */
  readonly answered?: (() => void) | undefined;
};
/** Opens the proof of an alarm, or says why there is none. */
type Prove = (patient: string, alarm: Alarm) => Promise<string | undefined>;

export function AlarmBar({ patients, named, ...rest }: Props): VNode {
  const rows = alarmed(patients);
  return (
    <section class="alarms" aria-label={named ?? text().alarms.region}>
      {rows.map((patient) => (
        <PatientAlarms key={patient.id} patient={patient} named={named} {...rest} />
      ))}
    </section>
  );
}

type OneProps = Omit<Props, 'patients'> & { readonly patient: Alarmed };

function PatientAlarms({ patient, ...rest }: OneProps): VNode {
  const all = useSignal(false);
  const [first, ...others] = groupsOf(patient.alarms);
  const list = `alarms-${patient.id}`;
  return (
    <div class="alarm-rows" id={list}>
      {first && <AlarmRow key={first.first.group} patient={patient} group={first} {...rest} />}
      {all.value &&
        others.map((group) => <AlarmRow key={group.first.group} patient={patient} group={group} {...rest} />)}
      {others.length > 0 && (
        <button
          type="button"
          class="more-alarms"
          aria-expanded={all.value}
          aria-controls={list}
          onClick={() => (all.value = !all.value)}
        >
          {all.value
            ? text().alarms.firstOnly
            : rest.named === undefined
              ? text().alarms.moreOf(others.length, patient.name)
              : text().alarms.moreOfHub(others.length)}
        </button>
      )}
    </div>
  );
}

type RowProps = OneProps & { readonly group: AlarmGroup };

function AlarmRow({ patient, group, now, prove, named, answered }: RowProps): VNode {
  const asking = useSignal(false);
  const { first: alarm, others } = group;
  const { priority, presence } = alarm;
  return (
    <div class="alarm" data-priority={priority} data-presence={presence}>
      <p>
        <span class="alarm-sign" aria-hidden="true">
          {PRIORITY_SIGNS[priority]}
        </span>{' '}
        <span class="alarm-word">{PRIORITY_WORDS[priority]}: </span>
        <span class={named === undefined ? 'unseen' : undefined}>{patient.name}: </span>
        <strong>{alarmWords(alarm)}</strong>
        <AlarmState alarm={alarm} now={now} />
      </p>
      {others.length > 0 && !asking.value && <SaysTheSame others={others} now={now} />}
      {presence !== 'acknowledged' && !asking.value && (
        <button
          type="button"
          aria-label={`${text().acknowledge}: ${patient.name}, ${alarmWords(alarm)}`}
          onClick={() => (asking.value = true)}
        >
          {text().acknowledge}
        </button>
      )}
      {prove !== undefined && <ProofButton patient={patient} alarm={alarm} prove={prove} />}
      {asking.value && (
        <AcknowledgeForm
          patient={patient.id}
          alarm={alarm}
          alarms={patient.alarms}
          done={(sent) => {
            asking.value = false;
            if (sent) answered?.();
          }}
        />
      )}
    </div>
  );
}

type ProofProps = { readonly patient: Alarmed; readonly alarm: Alarm; readonly prove: Prove };

/** That the alarm was raised is in the record, and provable as a reading is. */
function ProofButton({ patient, alarm, prove }: ProofProps): VNode {
  const why = useSignal<string | undefined>(undefined);
  return (
    <>
      <button
        type="button"
        aria-label={`${text().alarms.proof}: ${patient.name}, ${alarmWords(alarm)}`}
        onClick={async () => (why.value = await prove(patient.id, alarm))}
      >
        {text().alarms.proof}
      </button>
      {why.value !== undefined && <span role="status">{why.value}</span>}
    </>
  );
}

/** The others of its group, each with its own priority: shown inside, answered together. */
function SaysTheSame({ others, now }: { others: readonly Alarm[]; now: ReadonlySignal<number> }): VNode {
  return (
    <ul class="alarm-others" aria-label={text().alarms.same}>
      {others.map((one) => (
        <li key={one.condition}>
          <span class="alarm-sign" aria-hidden="true">
            {PRIORITY_SIGNS[one.priority]}
          </span>{' '}
          <span class="unseen">{PRIORITY_WORDS[one.priority]}: </span>
          {alarmWords(one)}
          <span class="number">
            {joint(one)}
            {alarmState(one, now.value)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** While nobody answers, the clock of that. */
function AlarmState({ alarm, now }: { alarm: Alarm; now: ReadonlySignal<number> }): VNode {
  const clock = unanswered(alarm, now.value);
  if (clock === undefined)
    return (
      <span class="number">
        {joint(alarm)}
        {alarmState(alarm, now.value)}
      </span>
    );
  // The clock says how long it lasts too, unless it is over, or somebody knew of it meanwhile.
  const lasts =
    alarm.over !== undefined
      ? text().alarms.overSince(formatAge(now.value - alarm.over))
      : alarm.since !== undefined && alarmState(alarm, now.value);
  return (
    <span class="number">
      {lasts && `${joint(alarm)}${lasts}`}
      <span aria-hidden="true"> · </span>
      <span class="clock" data-late={clock.late}>
        {text().alarms.unanswered(formatAge(clock.ms))}
      </span>
    </span>
  );
}
