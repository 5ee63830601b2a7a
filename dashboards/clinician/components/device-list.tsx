// The patient's devices: is each one linked, when was it last heard, how full is its battery, and is it a body at all.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAgo } from '../age.ts';
import type { Device, FeedReading, Link } from '../feed.ts';
import { patientText } from '../text/patient.ts';
import { formatValue } from '../wording.ts';
import { OriginMark } from './origin-mark.tsx';

type Props = {
  readonly devices: readonly Device[];
  /** Battery readings of all of them, in order of measurement. */
  readonly batteries: readonly FeedReading[] | undefined;
  readonly now: ReadonlySignal<number>;
};

export function DeviceList({ devices: all, batteries, now }: Props): VNode {
  // A chart is kept like a device's numbers, and has no link to lose.
  const devices = all.filter(({ origin }) => origin !== 'person');
  if (devices.length === 0) return <p class="quiet">{patientText().devices.none}</p>;
  return (
    <ul class="devices" aria-label={patientText().devices.label}>
      {devices.map((device) => (
        <li key={device.id} data-link={device.link}>
          <LinkSign link={device.link} />
          <span class="device-name">{device.label}</span>
          <span class="quiet">
            {patientText().devices[device.link]}, <Heard at={device.lastReceived} now={now} />
            {batteryWords(batteries?.findLast((one) => one.device === device.id))}
          </span>
          <OriginMark origin={device.origin} />
        </li>
      ))}
    </ul>
  );
}

/** Nothing for a device that never told. A battery falls slowly: the last word is good until the next. */
function batteryWords(reading: FeedReading | undefined): string {
  const measurement = reading?.measurement;
  return measurement !== undefined && 'value' in measurement
    ? patientText().devices.battery(formatValue(measurement))
    : '';
}

function Heard({ at, now }: { at: number | null; now: ReadonlySignal<number> }): VNode {
  return (
    <>
      {at === null
        ? patientText().devices.neverHeard
        : patientText().devices.heard(formatAgo(now.value - at))}
    </>
  );
}

/** A different shape for each state: colour alone would not do. */
function LinkSign({ link }: { link: Link }): VNode {
  return (
    <svg class="link-sign" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {link === 'online' && <circle class="filled" cx="8" cy="8" r="5" />}
      {link === 'offline' && <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />}
      {link === 'unknown' && <circle cx="8" cy="8" r="5" stroke-dasharray="2.6 2.6" />}
    </svg>
  );
}
