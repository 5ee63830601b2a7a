// The reading that is being proved, as the screen has it.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAgo, formatTime } from '../age.ts';
import type { Device, FeedReading, Patient } from '../feed.ts';
import { isHistory, measuredAt } from '../freshness.ts';
import { patientText } from '../text/patient.ts';
import { formatMeasurement, labelOf } from '../wording.ts';
import { OriginMark } from './origin-mark.tsx';

type Props = {
  readonly reading: FeedReading;
  readonly patient: Patient | undefined;
  readonly devices: readonly Device[];
  readonly now: ReadonlySignal<number>;
};

export function ReadingFacts({ reading, patient, devices, now }: Props): VNode {
  const device = devices.find((each) => each.id === reading.device);
  const words = patientText().readings;
  return (
    <div class="facts">
      <p class="fact-value">
        <span>{labelOf(reading.measurement.kind)}</span>{' '}
        <strong>{formatMeasurement(reading.measurement)}</strong> <OriginMark origin={reading.origin} />
      </p>
      <dl>
        <div>
          <dt>{words.patient}</dt>
          <dd>{patient?.name ?? reading.patient}</dd>
        </div>
        <div>
          <dt>{words.device}</dt>
          <dd>
            {device?.label ?? reading.device}, {words.message} <span class="number">{reading.seq}</span>
          </dd>
        </div>
        <div>
          <dt>{words.measured}</dt>
          <dd>
            {formatTime(measuredAt(reading))}, {formatAgo(now.value - measuredAt(reading))}
          </dd>
        </div>
        {isHistory(reading) && (
          <div>
            <dt>{words.received}</dt>
            <dd>
              {formatTime(reading.received)}, {formatAgo(now.value - reading.received)}
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}
