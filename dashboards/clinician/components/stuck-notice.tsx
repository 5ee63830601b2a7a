// What must not scroll away: that the hub is out of reach, the first alarm of whoever is shown, and that others wait. It
// lies over the page's top once the places that say it are above the edge, and moves nothing. Each alarm is a button that
// leads to what it names; nothing here is read out by itself, since those places are.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { alarmState, groupsOf, PRIORITY_SIGNS, PRIORITY_WORDS } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import type { Session } from '../session.ts';
import { text } from '../text/text.ts';
import { usePageKeys } from '../use-page-keys.ts';
import { type Row, rowOf, sortRows, waiting } from '../worklist.ts';
import { waitingWords } from './list-bar.tsx';

const FAMILY = 'patient';
/** What two lines of this lie over. */
const OVER_PX = 88;

/** Whether an element that says it has left the screen by its upper edge, or lies under this. */
const isPast = (selector: string): boolean =>
  (document.querySelector(selector)?.getBoundingClientRect().bottom ?? Number.POSITIVE_INFINITY) <= OVER_PX;

export function StuckNotice({ page, session }: { page: Page; session: Session }): VNode {
  const link = useSignal(false);
  const alarms = useSignal(false);
  const others = useSignal(false);
  useEffect(() => {
    const look = (): void => {
      link.value = isPast('.link-lost');
      alarms.value = isPast('.patient > .alarms');
      others.value = isPast('.list-bar, .back');
    };
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [link, alarms, others]);
  usePageKeys((key) => {
    if (session.role === FAMILY || key !== 'n') return false;
    const first = firstWaiting(page, page.steady.peek()?.patients ?? []);
    if (first === undefined) return false;
    page.go({ kind: 'patient', id: first.patient.id });
    return true;
  });
  const patients = page.steady.value?.patients ?? [];
  const route = page.route.value;
  const only = patients.length === 1 ? patients[0] : undefined;
  const shown = only ?? (route.kind === 'patient' ? patients.find(({ id }) => id === route.id) : undefined);
  return (
    <div class="stuck">
      {/* Drawn by the style sheet: whoever searches the page, or copies it, meets the words once. */}
      {link.value && page.link.value.kind === 'lost' && (
        <p class="stuck-link" aria-hidden="true" data-says={text().link.lost} />
      )}
      {alarms.value && shown !== undefined && <First patient={shown} nowMs={page.now.value} />}
      {others.value && session.role !== FAMILY && (
        <Others
          page={page}
          patients={patients.filter((each) => each !== shown)}
          alone={shown === undefined}
        />
      )}
    </div>
  );
}

/** Back to where the alarm stands with its answer, and the focus with it. */
function show(place: string): void {
  scrollTo(0, 0);
  const found = document.querySelector<HTMLElement>(`${place} .alarm button`);
  found?.focus({ preventScroll: true });
}

function First({ patient, nowMs }: { patient: Patient; nowMs: number }): VNode | null {
  const alarm = groupsOf(patient.alarms)[0]?.first;
  if (alarm === undefined) return null;
  return (
    <p class="stuck-alarm" data-priority={alarm.priority} data-presence={alarm.presence}>
      <button type="button" onClick={() => show('.patient > .alarms')}>
        <span class="alarm-sign" aria-hidden="true">
          {PRIORITY_SIGNS[alarm.priority]}
        </span>
        <span class="alarm-word">{PRIORITY_WORDS[alarm.priority]}: </span>
        <span class="unseen">{patient.name}: </span>
        <strong>{alarmWords(alarm)}</strong> <span class="number">{alarmState(alarm, nowMs)}</span>
      </button>
    </p>
  );
}

type OthersProps = { readonly page: Page; readonly patients: readonly Patient[]; readonly alone: boolean };

const rowsOf = (page: Page, patients: readonly Patient[]): readonly Row[] =>
  patients.map((patient) => rowOf(patient, page.trails, page.now.peek()));

const firstWaiting = (page: Page, patients: readonly Patient[]): Row | undefined =>
  sortRows(rowsOf(page, patients).filter((row) => waiting(row) !== undefined))[0];

/** Of the list all; beside a patient whoever else waits. Leads to the one who waits first. */
function Others({ page, patients, alone }: OthersProps): VNode | null {
  const rows = rowsOf(page, patients);
  const first = firstWaiting(page, patients);
  if (first?.first === undefined) return null;
  const { patient, first: alarm } = first;
  return (
    <p class="stuck-alarm" data-priority={alarm.priority} data-presence={alarm.presence}>
      <button type="button" onClick={() => page.go({ kind: 'patient', id: patient.id })}>
        <span class="alarm-sign" aria-hidden="true">
          {PRIORITY_SIGNS[alarm.priority]}
        </span>
        <span class="unseen">{PRIORITY_WORDS[alarm.priority]}: </span>
        <strong>{patient.name}</strong>: {alarmWords(alarm)}
        <span class="stuck-sum"> · {alone ? waitingWords(rows) : text().othersHave(waitingWords(rows))}</span>
      </button>
    </p>
  );
}
