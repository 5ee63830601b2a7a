// One patient, in the order in which a ward looks: who it is and how ill, what is alarming, the numbers of now, where they
// go, the waveforms, what the score rests on, and the readings themselves.

import { KIND_NAMES, type Kind } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import type { FeedReading, Patient } from '../feed.ts';
import { patientText } from '../text/patient.ts';
import { limitWords, type ShownLimit } from '../trend/limit-line.ts';
import { otherClock } from '../zone.ts';
import { DeviceList } from './device-list.tsx';
import { RecentList } from './recent-list.tsx';
import { StripSection } from './strip-section.tsx';
import { VitalTile } from './vital-tile.tsx';

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
  readonly limits: readonly ShownLimit[];
  readonly zone: string | undefined;
  readonly open: (reading: FeedReading) => void;
  /** Beside the name: the score, in the least space. */
  readonly badge: ComponentChildren;
  readonly alarms: ComponentChildren;
  readonly trends: ComponentChildren;
  /** What rests on several vitals, and what people write down. */
  readonly score: ComponentChildren;
};

export function PatientSection(props: Props): VNode {
  const { patient, now, linked, limits, zone, open, badge, alarms, trends, score } = props;
  const heading = `patient-${patient.id}`;
  const others = KIND_NAMES.filter((kind) => !NO_OTHER_TILE.has(kind) && patient.recent[kind]?.length);
  const waves = WAVES.filter((kind) => patient.recent[kind]?.length);
  const clock = otherClock(now.value, zone);
  return (
    <section class="patient" aria-labelledby={heading}>
      <header>
        <h1 id={heading} tabIndex={-1}>
          {patient.name}
        </h1>
        {badge}
        {clock !== undefined && <span class="quiet number">{patientText().clock(clock)}</span>}
        <DeviceList devices={patient.devices} batteries={patient.recent.battery} now={now} />
      </header>
      {alarms}
      <ul class="tiles">
        {[...ALWAYS, ...others].map((kind) => (
          <li key={kind} data-kind={kind}>
            <VitalTile
              kind={kind}
              readings={patient.recent[kind]}
              devices={patient.devices}
              limits={limitWords(limits, kind)}
              now={now}
              linked={linked}
              open={open}
            />
          </li>
        ))}
      </ul>
      <div class="patient-body">
        {trends}
        <div class="patient-side">
          <StripSection
            waves={waves.map((kind) => ({ kind, frames: patient.recent[kind] ?? [], now, linked, open }))}
          />
          {score}
          <RecentList recent={patient.recent} devices={patient.devices} zone={zone} open={open} />
        </div>
      </div>
    </section>
  );
}
