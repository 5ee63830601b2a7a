// One patient: name, devices with their links, waveforms, a tile for each vital sign, the recent readings.

import { KIND_NAMES, type Kind } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import type { FeedReading, Patient } from '../feed.ts';
import { DeviceList } from './device-list.tsx';
import { RecentList } from './recent-list.tsx';
import { VitalTile } from './vital-tile.tsx';
import { WaveStrip } from './wave-strip.tsx';

/** Always shown, also when never seen: a sign that nobody measures is something to see. */
const ALWAYS: readonly Kind[] = [
  'heart-rate',
  'spo2',
  'respiratory-rate',
  'body-temperature',
  'blood-pressure',
];
const WAVES: readonly Kind[] = ['ecg', 'ppg'];
/** Said of a device, not of the patient: each device has its own. */
const OF_DEVICES: readonly Kind[] = ['battery'];
const NO_OTHER_TILE: ReadonlySet<Kind> = new Set([...ALWAYS, ...WAVES, ...OF_DEVICES]);

type Props = {
  readonly patient: Patient;
  readonly now: ReadonlySignal<number>;
  readonly linked: boolean;
  readonly open: (reading: FeedReading) => void;
  /** What rests on several vitals. */
  readonly score: ComponentChildren;
};

export function PatientSection({ patient, now, linked, open, score }: Props): VNode {
  const heading = `patient-${patient.id}`;
  const others = KIND_NAMES.filter((kind) => !NO_OTHER_TILE.has(kind) && patient.recent[kind]?.length);
  const waves = WAVES.filter((kind) => patient.recent[kind]?.length);
  return (
    <section class="patient" aria-labelledby={heading}>
      <header>
        <h1 id={heading} tabIndex={-1}>
          {patient.name}
        </h1>
        <DeviceList devices={patient.devices} batteries={patient.recent.battery} now={now} />
      </header>
      <ul class="tiles">
        {[...ALWAYS, ...others].map((kind) => (
          <li key={kind} data-kind={kind}>
            <VitalTile
              kind={kind}
              readings={patient.recent[kind]}
              devices={patient.devices}
              now={now}
              linked={linked}
              open={open}
            />
          </li>
        ))}
      </ul>
      {waves.length > 0 && (
        <div class="waves">
          {waves.map((kind) => (
            <WaveStrip
              key={kind}
              kind={kind}
              frames={patient.recent[kind] ?? []}
              now={now}
              linked={linked}
              open={open}
            />
          ))}
        </div>
      )}
      {score}
      <RecentList recent={patient.recent} devices={patient.devices} open={open} />
    </section>
  );
}
