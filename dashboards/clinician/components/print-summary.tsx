// One patient on one page of paper: alarms, last numbers with their time and reading number, NEWS2 with what it rests on,
// devices, the newest notes. It is made at the moment of printing, and says when that was.

import { KIND_NAMES, type Kind, NEWS2_INPUTS } from '@heartwood/vitals';
import { render, type VNode } from 'preact';
import { formatAge, formatTime } from '../age.ts';
import { alarmState, inOrder, joint, PRIORITY_SIGNS, PRIORITY_WORDS } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import type { Patient } from '../feed.ts';
import { measuredAt } from '../freshness.ts';
import { shownNotes, standing } from '../notes.ts';
import { INPUT_WORDS, knownInputs, scoreFigure } from '../score.ts';
import { calm } from '../text/calm.ts';
import { vitalOf } from '../vital.ts';
import { formatMeasurement, labelOf, ORIGIN_MARKS, stateWord } from '../wording.ts';

export type Printed = {
  readonly patient: Patient;
  readonly nowMs: number;
  readonly linked: boolean;
  readonly by: string;
  readonly hub: string;
};

/** The newest, for one page of paper. */
const NOTES = 5;
const WAVES: ReadonlySet<Kind> = new Set<Kind>(['ecg', 'ppg']);

/** Draws the summary whenever the browser prints; `what` is asked at that moment. @returns ends it */
export function printWith(what: () => Printed | undefined): () => void {
  const place = document.createElement('div');
  place.id = 'print';
  document.body.append(place);
  const draw = (): void => {
    const printed = what();
    // At once: the browser prints what is there when this returns.
    if (printed !== undefined) render(<Summary {...printed} />, place);
  };
  const clear = (): void => render(null, place);
  addEventListener('beforeprint', draw);
  addEventListener('afterprint', clear);
  return () => {
    removeEventListener('beforeprint', draw);
    removeEventListener('afterprint', clear);
    place.remove();
  };
}

function Summary({ patient, nowMs, linked, by, hub }: Printed): VNode {
  const words = calm().print;
  const alarms = inOrder(patient.alarms);
  const notes = standing(shownNotes(patient.id)).slice(0, NOTES);
  return (
    <>
      <header>
        <h1>{patient.name}</h1>
        <p>
          <strong>{words.title}</strong>
          <br />
          {words.printed(formatTime(nowMs), by)}
        </p>
      </header>
      <section>
        <h2>{words.alarms}</h2>
        {alarms.length === 0 && <p>{words.noAlarms}</p>}
        <ul>
          {alarms.map((alarm) => (
            <li key={alarm.condition}>
              {PRIORITY_SIGNS[alarm.priority]} {PRIORITY_WORDS[alarm.priority]}:{' '}
              <strong>{alarmWords(alarm)}</strong>
              {joint(alarm)}
              {alarmState(alarm, nowMs)}
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>{words.vitals}</h2>
        <table>
          <thead>
            <tr>
              {[words.vital, words.value, words.measured, words.state, words.source, words.number].map(
                (each) => (
                  <th key={each} scope="col">
                    {each}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {KIND_NAMES.filter((kind) => !WAVES.has(kind) && patient.recent[kind]?.length).map((kind) => (
              <Row key={kind} kind={kind} patient={patient} nowMs={nowMs} linked={linked} />
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h2>
          {words.score} {scoreFigure(patient.score)}, {knownInputs(patient.score)}/7
        </h2>
        <p class="inputs-line">
          {NEWS2_INPUTS.map((input) => {
            const points = patient.score?.inputs[input]?.points;
            return `${INPUT_WORDS[input]} ${points ?? '–'}`;
          }).join(' · ')}
        </p>
      </section>
      {notes.length > 0 && (
        <section>
          <h2>{words.notes}</h2>
          <ul class="notes">
            {notes.map(({ number, by, at, text }) => (
              <li key={number}>
                <strong>{by}</strong> {formatTime(at)}: {text}
              </li>
            ))}
          </ul>
        </section>
      )}
      <footer>
        <p>{words.proof(hub)}</p>
        <p>{words.decides}</p>
      </footer>
    </>
  );
}

type RowProps = {
  readonly kind: Kind;
  readonly patient: Patient;
  readonly nowMs: number;
  readonly linked: boolean;
};

function Row({ kind, patient, nowMs, linked }: RowProps): VNode | null {
  const vital = vitalOf(kind, patient.recent[kind], nowMs, linked);
  if (vital.state === 'never') return null;
  const { reading } = vital;
  const device = patient.devices.find(({ id }) => id === reading.device)?.label ?? reading.device;
  const mark = ORIGIN_MARKS[reading.origin];
  return (
    <tr>
      <th scope="row">{labelOf(kind)}</th>
      <td>
        {vital.state === 'stale' ? (
          <s>{formatMeasurement(reading.measurement)}</s>
        ) : (
          <strong>{formatMeasurement(reading.measurement)}</strong>
        )}
      </td>
      <td>{formatTime(measuredAt(reading))}</td>
      <td>
        {stateWord(kind, vital.state)}, {formatAge(vital.ageMs)}
      </td>
      <td>
        {device}
        {mark === undefined ? '' : ` (${mark})`}
      </td>
      <td>{reading.id}</td>
    </tr>
  );
}
