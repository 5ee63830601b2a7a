// One patient, with their alarms, and the way back to all.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { inOrder } from '../alarm.ts';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { parseRoute } from '../route.ts';
import { directionOf } from '../score.ts';
import { text } from '../text/text.ts';
import { limitsOf } from '../trend/limit-line.ts';
import { usePageKeys } from '../use-page-keys.ts';
import { rowOf, waiting } from '../worklist.ts';
import { AlarmBar } from './alarm-bar.tsx';
import { CareActions } from './care-actions.tsx';
import { waitingWords } from './list-bar.tsx';
import { Notes } from './notes.tsx';
import { PatientSection } from './patient-section.tsx';
import { ScoreBadge } from './score-badge.tsx';
import { ScorePanel } from './score-panel.tsx';
import { TrendSection } from './trend-section.tsx';

type Props = {
  readonly page: Page;
  readonly patient: Patient;
  /** All others; where there are none there is no list to go back to. */
  readonly others: readonly Patient[];
};

export function PatientPage({ page, patient, others }: Props): VNode {
  const root = useRef<HTMLElement>(null);
  const linked = page.link.value.kind === 'live';
  usePageKeys((key) => {
    const first = inOrder(patient.alarms)[0];
    if (key === 'Escape' && others.length > 0) page.go(parseRoute(page.listAddress()));
    else if (key === '?') page.helping.value = true;
    else if (key === 'a' && first !== undefined && first.presence !== 'acknowledged')
      page.asking.value = { patient: patient.id, condition: first.condition };
    else return false;
    return true;
  });
  // Whoever came by the list is told where they are; a page that opens here takes nobody's focus.
  useEffect(() => {
    scrollTo(0, 0);
    if (document.activeElement !== null && others.length > 0) root.current?.querySelector('h1')?.focus();
  }, [patient.id]);

  const rows = others.map((other) => rowOf(other, page.trails, page.now.peek()));
  const wait = rows.some((row) => waiting(row) !== undefined);
  const direction = directionOf(page.trails.scores(patient.id), page.now.value);
  const limits = limitsOf(page.world.value?.limits ?? [], patient.care, page.now.value);
  const visitor = page.visitor.value;
  const zone = visitor.kind === 'known' ? visitor.session.zone : undefined;
  return (
    <main class="home" ref={root}>
      {others.length > 0 && (
        <nav class="back" aria-label={text().back}>
          <a href={page.listAddress()}>
            <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
              <path d="M10 3 5 8l5 5" />
            </svg>
            {text().allPatients}
          </a>
          {wait && <span class="quiet">{text().othersHave(waitingWords(rows))}</span>}
        </nav>
      )}
      <PatientSection
        patient={patient}
        now={page.now}
        linked={linked}
        limits={limits}
        zone={zone}
        open={page.openReading}
        badge={<ScoreBadge score={patient.score} direction={direction} />}
        alarms={<AlarmBar patients={[patient]} now={page.now} prove={page.openAlarm} />}
        trends={
          <TrendSection
            key={patient.id}
            page={page}
            patient={patient}
            limits={limits}
            zone={zone}
            openEvent={(event) => page.openEvent(patient.id, event)}
          />
        }
        score={
          <>
            <CareActions page={page} patient={patient} />
            <ScorePanel patient={patient} direction={direction} now={page.now} />
            <Notes page={page} patient={patient} />
          </>
        }
      />
    </main>
  );
}
