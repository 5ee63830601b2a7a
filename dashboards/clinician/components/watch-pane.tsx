// One of those who are watched side by side. The name leads to the patient's own page, where more is measured.

import type { Kind } from '@heartwood/vitals';
import type { VNode } from 'preact';
import { formatAge, formatAgo } from '../age.ts';
import type { FeedReading, Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { formatRoute } from '../route.ts';
import { directionOf } from '../score.ts';
import { screenSize } from '../screen-size.ts';
import { patientText } from '../text/patient.ts';
import { text } from '../text/text.ts';
import { vitalOf } from '../vital.ts';
import { ABSENT_WORDS, formatValue, labelOf, stateWord, unitOf } from '../wording.ts';
import { rowOf } from '../worklist.ts';
import { RowAlarm } from './row-alarm.tsx';
import { ScoreBadge } from './score-badge.tsx';
import { WaveStrip } from './wave-strip.tsx';

const LARGE = ['heart-rate', 'spo2'] as const;
/** The first of these that comes from a patient is drawn. */
const WAVES: readonly Kind[] = ['ecg', 'ppg'];

type Props = {
  readonly page: Page;
  readonly patient: Patient;
  readonly takeOff: (id: string) => void;
};

export function WatchPane({ page, patient, takeOff }: Props): VNode {
  const { id, name } = patient;
  const linked = page.link.value.kind === 'live';
  const wave = WAVES.find((kind) => patient.recent[kind]?.length);
  const row = rowOf(patient, page.trails, page.now.peek());
  const words = patientText().watch;
  return (
    <article class="pane" data-id={id} aria-labelledby={`pane-${id}`}>
      <header>
        <h2 id={`pane-${id}`}>
          <a href={formatRoute({ kind: 'patient', id })} data-pane={id}>
            {name}
          </a>
        </h2>
        <ScoreBadge score={patient.score} direction={directionOf(page.trails.scores(id), page.now.peek())} />
        <button type="button" class="take-off" title={words.takeOff} onClick={() => takeOff(id)}>
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="M5 5l10 10M15 5L5 15" />
          </svg>
          <span class="unseen">
            {words.takeOff} {name}
          </span>
        </button>
      </header>
      <RowAlarm row={row} page={page} now={page.now} />
      <ul class="pane-vitals" aria-label={words.vitals}>
        {LARGE.map((kind) => (
          <li key={kind} data-kind={kind}>
            <Large kind={kind} page={page} readings={patient.recent[kind]} linked={linked} />
          </li>
        ))}
      </ul>
      <div class="pane-wave">
        {wave === undefined ? (
          <p class="quiet">{words.noWave}</p>
        ) : (
          <WaveStrip
            key={wave}
            kind={wave}
            frames={patient.recent[wave] ?? []}
            now={page.now}
            linked={linked}
            open={page.openReading}
            size={screenSize()}
            of={name}
          />
        )}
      </div>
    </article>
  );
}

type LargeProps = {
  readonly kind: (typeof LARGE)[number];
  readonly page: Page;
  readonly readings: readonly FeedReading[] | undefined;
  readonly linked: boolean;
};

/** A number to be read across a room, with its age and state in words; stale it is struck, absent it is no number. */
function Large({ kind, page, readings, linked }: LargeProps): VNode {
  const vital = vitalOf(kind, readings, page.now.value, linked);
  const tile = patientText().tile;
  const word = vital.state === 'delayed' && !linked ? text().states.notLive : stateWord(kind, vital.state);
  const value = vital.state === 'never' ? '' : formatValue(vital.reading.measurement);
  return (
    <>
      <span class="label">
        {labelOf(kind)} <span class="unit">{unitOf(kind)}</span>
      </span>
      <span class="large">
        {vital.state === 'never' ? (
          <span class="word">–</span>
        ) : vital.state === 'absent' ? (
          <span class="word">{ABSENT_WORDS[vital.reason]}</span>
        ) : vital.state === 'stale' ? (
          <s>{value}</s>
        ) : (
          <strong>{value}</strong>
        )}
      </span>
      <span class="age">
        <span class="state" data-state={vital.state}>
          {word}
        </span>{' '}
        {vital.state !== 'never' && (
          <span>
            {vital.state === 'absent'
              ? tile.for(formatAge(vital.ageMs))
              : vital.state === 'stale'
                ? tile.old(formatAge(vital.ageMs))
                : formatAgo(vital.ageMs)}
          </span>
        )}
      </span>
    </>
  );
}
