// One patient of the list: who, what waits, the score, six vitals, four hours, the devices, the seal. Its name is the
// link that opens the patient and that the keys stand on.

import type { VNode } from 'preact';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { formatRoute, WATCH_MAX } from '../route.ts';
import { locale } from '../text/language.ts';
import { text } from '../text/text.ts';
import { ORIGIN_MARKS } from '../wording.ts';
import { ROW_KINDS, type Row, sealOf, weakestBattery } from '../worklist.ts';
import { RowAlarm } from './row-alarm.tsx';
import { RowVital } from './row-vital.tsx';
import { ScoreBadge } from './score-badge.tsx';
import { TrailLine } from './trail-line.tsx';

type Props = {
  readonly row: Row;
  readonly page: Page;
  readonly linked: boolean;
  /** Number of the last sealed batch. */
  readonly sealed: number | undefined;
  /** Who is chosen to be seen side by side, and the way to choose. */
  readonly watched: readonly string[];
  readonly watch: (id: string) => void;
};

export function WorklistRow({ row, page, linked, sealed, watched, watch }: Props): VNode {
  const { patient, direction } = row;
  const nowMs = page.now.value;
  return (
    <>
      <p class="row-name">
        <a href={formatRoute({ kind: 'patient', id: patient.id })} data-row={patient.id}>
          {patient.name}
        </a>
        <Devices patient={patient} />
      </p>
      <RowAlarm row={row} page={page} now={page.now} />
      <ScoreBadge score={patient.score} direction={direction} />
      <span class="row-vitals">
        {ROW_KINDS.map((kind) => (
          <RowVital
            key={kind}
            kind={kind}
            short={text().row.short[kind]}
            readings={patient.recent[kind]}
            nowMs={nowMs}
            linked={linked}
          />
        ))}
      </span>
      <TrailLine stretches={page.trails.rates(patient.id)} nowMs={nowMs} />
      <span class="row-end">
        <Sealed patient={patient} last={sealed} />
        <WatchButton patient={patient} watched={watched} watch={watch} />
      </span>
    </>
  );
}

type WatchProps = Pick<Props, 'watched' | 'watch'> & { readonly patient: Patient };

/** Chooses a patient for the view side by side; where there is no room it says so, and does nothing. */
function WatchButton({ patient, watched, watch }: WatchProps): VNode {
  const isWatched = watched.includes(patient.id);
  const full = !isWatched && watched.length >= WATCH_MAX;
  return (
    <button
      type="button"
      class="row-watch"
      aria-pressed={isWatched}
      aria-disabled={full}
      title={full ? text().row.watchFull(WATCH_MAX) : undefined}
      onClick={() => watch(patient.id)}
    >
      {text().row.watch} <span class="unseen">{patient.name}</span>
    </button>
  );
}

/** The worst of the links, and the weakest battery. */
function Devices({ patient }: { patient: Patient }): VNode {
  const devices = patient.devices.filter(({ origin }) => origin !== 'person');
  const off = devices.filter(({ link }) => link === 'offline');
  const battery = weakestBattery(patient);
  const links =
    devices.length === 0
      ? text().row.noDevices
      : off.length > 0
        ? text().row.offline(off[0]?.label ?? '')
        : devices.some(({ link }) => link === 'online')
          ? text().row.online
          : text().row.linkUnknown;
  return (
    <span class="row-devices" data-off={off.length > 0}>
      {links}
      {battery !== undefined && text().row.battery(battery.toLocaleString(locale()))}
      {patient.devices.some(({ origin }) => origin === 'simulator') && (
        <span class="origin">{ORIGIN_MARKS.simulator}</span>
      )}
      {patient.devices.some(({ origin }) => origin === 'recording') && (
        <span class="origin">{ORIGIN_MARKS.recording}</span>
      )}
    </span>
  );
}

function Sealed({ patient, last }: { patient: Patient; last: number | undefined }): VNode {
  const seal = sealOf(patient, last);
  return (
    <span class="seal" data-waits={seal?.waits ?? false}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <circle cx="8" cy="8" r="6" />
        {seal !== undefined && !seal.waits && <path d="M5 8.3 7.2 10.5 11 5.8" />}
      </svg>
      <span>
        {seal === undefined
          ? text().row.nothingToSeal
          : seal.sealed === undefined
            ? text().row.waitsForSeal
            : `${text().row.sealedIn(seal.sealed)}${seal.waits ? text().row.newestWaits : ''}`}
      </span>
    </span>
  );
}
