// One vital in a row of the list: the number with its age and state in the space of a stamp. Stale is struck.

import type { Kind } from '@heartwood/vitals';
import type { VNode } from 'preact';
import { formatAge } from '../age.ts';
import type { FeedReading } from '../feed.ts';
import { text } from '../text/text.ts';
import { type Vital, vitalOf } from '../vital.ts';
import { ABSENT_WORDS, formatValue, labelOf, stateWord, unitOf } from '../wording.ts';

type Props = {
  readonly kind: Kind;
  readonly short: string;
  readonly readings: readonly FeedReading[] | undefined;
  readonly nowMs: number;
  readonly linked: boolean;
};

export function RowVital({ kind, short, readings, nowMs, linked }: Props): VNode {
  const vital = vitalOf(kind, readings, nowMs, linked);
  return (
    <span class="row-vital" data-state={vital.state}>
      <span class="short" aria-hidden="true">
        {short} {unitOf(kind)}
      </span>
      <span class="unseen">{labelOf(kind)}: </span>
      <span class="figure">
        <Figure vital={vital} kind={kind} />
      </span>
      <span class="row-age">
        <span class="state" data-state={vital.state}>
          {ageWords(vital, kind, linked)}
        </span>
      </span>
    </span>
  );
}

function Figure({ vital, kind }: { vital: Vital; kind: Kind }): VNode {
  if (vital.state === 'never') return <span class="none">–</span>;
  if (vital.state === 'absent') return <span class="none">{ABSENT_WORDS[vital.reason]}</span>;
  const value = formatValue(vital.reading.measurement);
  return (
    <>
      {vital.state === 'stale' ? <s>{value}</s> : <strong>{value}</strong>}
      <span class="unseen"> {unitOf(kind)}</span>{' '}
    </>
  );
}

/** Live numbers say their age alone; all others say in a word that they are not. */
function ageWords(vital: Vital, kind: Kind, linked: boolean): string {
  if (vital.state === 'never') return text().row.neverSeen;
  // A number stays with its unit where the line breaks.
  const age = formatAge(vital.ageMs).replace(' ', '\u00a0');
  if (vital.state === 'live') return age;
  if (vital.state === 'absent') return text().row.for(age);
  if (vital.state === 'delayed' && !linked) return text().row.notLive(age);
  return `${stateWord(kind, vital.state).toLowerCase()}, ${age}`;
}
