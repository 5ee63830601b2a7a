// The last readings as rows that can each be verified. The rows stand still until asked for newer ones: a list
// that moves under the pointer makes people click on the wrong row.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Device, FeedReading, Recent } from '../feed.ts';
import { isHistory, measuredAt } from '../freshness.ts';
import { newest } from '../state.ts';
import { patientText } from '../text/patient.ts';
import { formatMeasurement, labelOf } from '../wording.ts';
import { timeWords } from '../zone.ts';
import { OriginMark } from './origin-mark.tsx';

const ROWS = 20;

type Props = {
  readonly recent: Recent;
  readonly devices: readonly Device[];
  /** The patient's, whose times are said where they are others. */
  readonly zone: string | undefined;
  readonly open: (reading: FeedReading) => void;
};

export function RecentList({ recent, devices, zone, open }: Props): VNode {
  const rows = useSignal<readonly FeedReading[] | undefined>(undefined);
  const words = patientText().readings;
  const refresh = (): void => {
    rows.value = newest(recent, ROWS);
  };
  return (
    <details
      class="recent"
      onToggle={(event) => {
        rows.value = event.currentTarget.open ? newest(recent, ROWS) : undefined;
      }}
    >
      <summary>{words.title}</summary>
      {rows.value !== undefined && (
        <>
          <button type="button" onClick={refresh}>
            {words.newest}
          </button>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.reading}</th>
                  <th scope="col">{words.value}</th>
                  <th scope="col">{words.measured}</th>
                  <th scope="col">{words.device}</th>
                  <th scope="col">{words.proof}</th>
                </tr>
              </thead>
              <tbody>
                {rows.value.map((reading) => (
                  <Row key={reading.id} reading={reading} devices={devices} zone={zone} open={open} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </details>
  );
}

type RowProps = Omit<Props, 'recent'> & { readonly reading: FeedReading };

function Row({ reading, devices, zone, open }: RowProps): VNode {
  return (
    <tr>
      <th scope="row">{labelOf(reading.measurement.kind)}</th>
      <td class="number">{formatMeasurement(reading.measurement)}</td>
      <td class="number">
        {timeWords(measuredAt(reading), zone)}
        {isHistory(reading) && <span class="mark-word">{patientText().readings.late}</span>}
      </td>
      <td>
        {devices.find((each) => each.id === reading.device)?.label ?? reading.device}{' '}
        <OriginMark origin={reading.origin} />
      </td>
      <td>
        <button type="button" class="row-verify" onClick={() => open(reading)}>
          {patientText().readings.verify} <span class="number">{reading.id}</span>
        </button>
      </td>
    </tr>
  );
}
