// A patient's own numbers, as large as the screen allows. What was never measured is not there; what is old or absent says so.

import { KIND_NAMES, type Kind } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAge, formatAgo } from '../age.ts';
import type { FeedReading, Patient } from '../feed.ts';
import { calm } from '../text/calm.ts';
import { vitalOf } from '../vital.ts';
import { ABSENT_WORDS, formatValue, labelOf, unitOf } from '../wording.ts';
import { OriginMark } from './origin-mark.tsx';

/** What a body is known by at home, in this order; the rest follows. */
const FIRST: readonly Kind[] = [
  'heart-rate',
  'blood-pressure',
  'spo2',
  'body-temperature',
  'glucose',
  'weight',
];
const NOT_HERE: ReadonlySet<Kind> = new Set<Kind>([
  'ecg',
  'ppg',
  'battery',
  'rr-interval',
  'perfusion-index',
]);

type Props = {
  readonly patient: Patient;
  readonly now: ReadonlySignal<number>;
  readonly linked: boolean;
};

export function FamilyReadings({ patient, now, linked }: Props): VNode {
  const kinds = [
    ...FIRST,
    ...KIND_NAMES.filter((kind) => !FIRST.includes(kind) && !NOT_HERE.has(kind)),
  ].filter((kind) => patient.recent[kind]?.length);
  const words = calm().family;
  if (kinds.length === 0) return <p class="quiet">{words.nothing}</p>;
  return (
    <ul class="large" aria-label={words.readings}>
      {kinds.map((kind) => (
        <Reading key={kind} kind={kind} readings={patient.recent[kind]} nowMs={now.value} linked={linked} />
      ))}
    </ul>
  );
}

type ReadingProps = {
  readonly kind: Kind;
  readonly readings: readonly FeedReading[] | undefined;
  readonly nowMs: number;
  readonly linked: boolean;
};

function Reading({ kind, readings, nowMs, linked }: ReadingProps): VNode | null {
  const vital = vitalOf(kind, readings, nowMs, linked);
  if (vital.state === 'never') return null;
  const words = calm().family;
  return (
    <li data-state={vital.state} data-kind={kind}>
      <span class="label">{labelOf(kind)}</span>
      {vital.state === 'absent' ? (
        <span class="word">{ABSENT_WORDS[vital.reason]}</span>
      ) : (
        <span class="figure">
          {vital.state === 'stale' ? (
            <s>{formatValue(vital.reading.measurement)}</s>
          ) : (
            formatValue(vital.reading.measurement)
          )}{' '}
          <span class="unit">{unitOf(kind)}</span>
        </span>
      )}
      <span class="age">
        {vital.state === 'absent'
          ? words.absentFor(formatAge(vital.ageMs))
          : vital.state === 'stale'
            ? words.old(formatAge(vital.ageMs))
            : words.measured(formatAgo(vital.ageMs))}{' '}
        <OriginMark origin={vital.reading.origin} />
      </span>
    </li>
  );
}
