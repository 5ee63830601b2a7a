// What patients and their family see first: large, calm, in plain words. Their own numbers with their age, whether anything
// needs attention, whether the hub is well, who may see all this and who did, and what to do.

import type { VNode } from 'preact';
import { type Alarm, alarmState, inOrder, joint, PRIORITY_SIGNS, PRIORITY_WORDS } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { formatRoute } from '../route.ts';
import type { World } from '../state.ts';
import { calm } from '../text/calm.ts';
import { FamilyHub } from './family-hub.tsx';
import { FamilyReadings } from './family-readings.tsx';
import { FamilySight } from './family-sight.tsx';
import { Notes } from './notes.tsx';

export type FamilyProps = { readonly page: Page; readonly world: World };

export function FamilyView({ page, world }: FamilyProps): VNode {
  const words = calm().family;
  return (
    <main class="home family">
      {world.patients.map((patient) => (
        <section key={patient.id} class="card" aria-labelledby={`family-${patient.id}`}>
          <h1 id={`family-${patient.id}`}>{patient.name}</h1>
          <Attention patient={patient} page={page} />
          <FamilyReadings patient={patient} now={page.now} linked={page.link.value.kind === 'live'} />
          <Notes page={page} patient={patient} />
          <p>
            <a class="more" href={formatRoute({ kind: 'patient', id: patient.id })}>
              {words.details}
            </a>
          </p>
        </section>
      ))}
      <FamilyHub page={page} world={world} />
      {world.patients.map((patient) => (
        <FamilySight
          key={patient.id}
          patient={patient}
          named={world.patients.length > 1}
          now={page.now.peek()}
        />
      ))}
      <section class="card" aria-labelledby="family-todo">
        <h2 id="family-todo">{words.todo.title}</h2>
        <ul class="todo">
          {[
            words.todo.emergency,
            words.todo.alarm,
            words.todo.sensor,
            words.todo.link,
            words.todo.battery,
          ].map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </section>
    </main>
  );
}

function Attention({ patient, page }: { patient: Patient; page: Page }): VNode {
  const words = calm().family;
  const alarms = inOrder(patient.alarms);
  const waiting = alarms.filter(({ presence }) => presence !== 'acknowledged').length;
  return (
    <>
      <p class="attention" data-waits={waiting > 0}>
        <strong>{waiting === 0 ? words.calm : words.waits(waiting)}</strong>
        {waiting === 0 && <span class="quiet">{words.calmMore}</span>}
      </p>
      {alarms.length > 0 && (
        <ul class="family-alarms">
          {alarms.map((alarm) => (
            <li
              key={alarm.condition}
              class="alarm"
              data-priority={alarm.priority}
              data-presence={alarm.presence}
            >
              <AlarmLine alarm={alarm} nowMs={page.now.value} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function AlarmLine({ alarm, nowMs }: { alarm: Alarm; nowMs: number }): VNode {
  const { priority, acknowledged } = alarm;
  return (
    <p>
      <span class="alarm-sign" aria-hidden="true">
        {PRIORITY_SIGNS[priority]}
      </span>{' '}
      <span class="alarm-word">{PRIORITY_WORDS[priority]}: </span>
      <strong>{alarmWords(alarm)}</strong>
      {joint(alarm)}
      <span class="number">
        {acknowledged === undefined ? alarmState(alarm, nowMs) : calm().family.known(acknowledged.by)}
      </span>
    </p>
  );
}
