// One vital sign: a large number, never without its age and never where there is none. The tile is a button that
// opens the proof of the reading it shows.

import type { Kind } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { formatAge, formatAgo } from '../age.ts';
import type { Device, FeedReading } from '../feed.ts';
import { patientText } from '../text/patient.ts';
import { text } from '../text/text.ts';
import { type Vital, vitalOf } from '../vital.ts';
import { ABSENT_WORDS, formatMeasurement, formatValue, labelOf, stateWord, unitOf } from '../wording.ts';
import { OriginMark } from './origin-mark.tsx';
import { Sparkline } from './sparkline.tsx';

type Props = {
  readonly kind: Kind;
  readonly readings: readonly FeedReading[] | undefined;
  readonly devices: readonly Device[];
  /** Between which no alarm is raised, as printed; undefined where there are none. */
  readonly limits: string | undefined;
  readonly now: ReadonlySignal<number>;
  readonly linked: boolean;
  readonly open: (reading: FeedReading) => void;
};

export function VitalTile({ kind, readings, devices, limits, now, linked, open }: Props): VNode {
  const vital = vitalOf(kind, readings, now.value, linked);
  const label = (
    <span class="tile-head">
      <span class="label">{labelOf(kind)}</span>
      {limits !== undefined && (
        <span class="tile-limits">
          <span class="unseen">{patientText().tile.limits}</span>
          {limits}
        </span>
      )}
    </span>
  );
  if (vital.state === 'never')
    return (
      <div class="tile" data-state="never">
        {label}
        <span class="word">{stateWord(kind, vital.state)}</span>
      </div>
    );
  const { reading } = vital;
  const device = devices.find((each) => each.id === reading.device);
  // One line, one sensor: two devices' batteries, or two pulses, joined would draw a fall that never was.
  const same = (readings ?? []).filter((each) => each.device === reading.device);
  return (
    <button
      type="button"
      class="tile"
      data-state={vital.state}
      data-kind={kind}
      onClick={() => open(reading)}
    >
      {label}
      <Figure vital={vital} kind={kind} />
      <span class="age">
        <StateWord kind={kind} vital={vital} linked={linked} />{' '}
        <span>
          <Age vital={vital} />
        </span>
      </span>
      <span class="source">
        {device?.label ?? reading.device} <OriginMark origin={reading.origin} />
      </span>
      <Sparkline kind={kind} readings={same} />
      <span class="unseen">{patientText().tile.proof}</span>
    </button>
  );
}

type Seen = Exclude<Vital, { state: 'never' }>;

function Figure({ vital, kind }: { vital: Seen; kind: Kind }): VNode {
  if (vital.state === 'absent') return <span class="word">{ABSENT_WORDS[vital.reason]}</span>;
  const value = formatValue(vital.reading.measurement);
  const quality = vital.reading.measurement.quality;
  return (
    <span class="figure">
      <span class="value">{vital.state === 'stale' ? <s>{value}</s> : value}</span>{' '}
      <span class="unit">{unitOf(kind)}</span>
      {quality !== undefined && quality !== 'ok' && (
        <span class="mark-word">{patientText().tile.quality[quality]}</span>
      )}
    </span>
  );
}

function Age({ vital }: { vital: Seen }): ComponentChildren {
  const words = patientText().tile;
  if (vital.state === 'absent') {
    const since = words.for(formatAge(vital.ageMs));
    if (vital.last === undefined) return words.noneBefore(since);
    return words.lastBefore(
      since,
      formatMeasurement(vital.last.reading.measurement),
      formatAgo(vital.last.ageMs),
    );
  }
  if (vital.receivedAgoMs !== undefined)
    return words.late(formatAgo(vital.ageMs), formatAgo(vital.receivedAgoMs));
  if (vital.ownClockAgoMs !== undefined)
    return words.ownClock(formatAgo(vital.ageMs), formatAgo(vital.ownClockAgoMs));
  return vital.state === 'stale' ? words.old(formatAge(vital.ageMs)) : formatAgo(vital.ageMs);
}

/** A word and a shape for each state. */
function StateWord({ kind, vital, linked }: { kind: Kind; vital: Seen; linked: boolean }): VNode {
  const word = vital.state === 'delayed' && !linked ? text().states.notLive : stateWord(kind, vital.state);
  return (
    <span class="state" data-state={vital.state}>
      {word}
    </span>
  );
}
