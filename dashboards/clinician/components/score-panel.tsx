// NEWS2 with everything that it rests on: each of the seven inputs with its number, points and age, or that it is missing.

import { freshness, type Kind, NEWS2_INPUTS, type News2Input } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAgo } from '../age.ts';
import { oxygenWords } from '../care-change.ts';
import type { Patient } from '../feed.ts';
import { measuredAt } from '../freshness.ts';
import { type Direction, INPUT_KINDS, INPUT_WORDS } from '../score.ts';
import { careText } from '../text/care.ts';
import { patientText } from '../text/patient.ts';
import { ABSENT_WORDS, formatMeasurement, stateWord } from '../wording.ts';
import { ScoreBadge } from './score-badge.tsx';

type Props = {
  readonly patient: Patient;
  readonly direction: Direction | undefined;
  readonly now: ReadonlySignal<number>;
};

export function ScorePanel({ patient, direction, now }: Props): VNode {
  const { score } = patient;
  const words = patientText().score;
  const heading = `score-${patient.id}`;
  return (
    <section class="score-panel" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>NEWS2</h2>
        <ScoreBadge score={score} direction={direction} />
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.input}</th>
            <th scope="col">{words.value}</th>
            <th scope="col">{words.points}</th>
            <th scope="col">{words.age}</th>
          </tr>
        </thead>
        <tbody>
          {NEWS2_INPUTS.map((input) => (
            <InputRow key={input} input={input} patient={patient} now={now} />
          ))}
        </tbody>
      </table>
      <p class="quiet basis">
        {scaleWords(patient, now.value)} {words.basis}
        {score === undefined ? '' : words.most(score.most)}. {words.source}
      </p>
    </section>
  );
}

/** Scale 2 never stands without the name of whoever ordered it. */
function scaleWords({ care, score }: Patient, nowMs: number): string {
  if (care.scale2 === undefined) return careText().scale(score?.scale ?? 1);
  const { by, at, why } = care.scale2;
  return careText().scale2(by, formatAgo(nowMs - at), why);
}

type RowProps = {
  readonly input: News2Input;
  readonly patient: Patient;
  readonly now: ReadonlySignal<number>;
};

function InputRow({ input, patient, now }: RowProps): VNode {
  const told = patient.score?.inputs[input];
  const kind = INPUT_KINDS[input];
  const reading = kind === undefined ? undefined : patient.recent[kind]?.at(-1);
  const charted = input === 'oxygen' || input === 'consciousness' ? patient.care[input]?.at : undefined;
  const at = charted ?? (reading === undefined ? told?.at : measuredAt(reading));
  const value = figureOf(input, patient);
  const words = patientText().score;
  return (
    <tr data-counts={told?.points !== undefined}>
      <th scope="row">{INPUT_WORDS[input]}</th>
      {at === undefined ? (
        <td colSpan={3}>{words.missing}</td>
      ) : (
        <>
          <td class="number">{value ?? words.seen}</td>
          <td class="number">{told?.points ?? words.doesNotCount}</td>
          <td class="number">
            {formatAgo(now.value - at)}
            {/* It counts for some minutes after its tile has struck it: said, so that the two do not contradict. */}
            {kind !== undefined && told?.points !== undefined && isStale(kind, now.value - at) && (
              <span class="mark-word">{stateWord(kind, 'stale')}</span>
            )}
          </td>
        </>
      )}
    </tr>
  );
}

const isStale = (kind: Kind, ageMs: number): boolean => freshness(kind, ageMs) === 'stale';

function figureOf(input: News2Input, patient: Patient): string | undefined {
  const { oxygen, consciousness } = patient.care;
  if (input === 'oxygen' && oxygen !== undefined) return `${oxygenWords(oxygen.litres)} (${oxygen.by})`;
  if (input === 'consciousness' && consciousness !== undefined)
    return `${careText().consciousness[consciousness.value]} (${consciousness.by})`;
  const kind = INPUT_KINDS[input];
  const measurement = kind === undefined ? undefined : patient.recent[kind]?.at(-1)?.measurement;
  if (measurement === undefined) return undefined;
  if ('absent' in measurement) return ABSENT_WORDS[measurement.absent];
  if ('value' in measurement) return formatMeasurement(measurement);
  if ('wave' in measurement || measurement.systolic === undefined) return undefined;
  return `${measurement.systolic} mmHg`;
}
