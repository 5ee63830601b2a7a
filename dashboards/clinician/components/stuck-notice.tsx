// What must not scroll away: that the hub is out of reach, the first alarm of whoever is shown, and that others wait. It
// lies over the page's top once the places that say it are above the edge, and moves nothing. Those places are what a
// screen reader reads; this is for the eye alone.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { alarmState, groupsOf, PRIORITIES, PRIORITY_SIGNS, PRIORITY_WORDS, type Priority } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import type { Session } from '../session.ts';
import { text } from '../text/text.ts';
import { rowOf, waiting } from '../worklist.ts';
import { waitingWords } from './list-bar.tsx';

/** What two lines of this lie over. */
const OVER_PX = 64;

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
  const patients = page.steady.value?.patients ?? [];
  const route = page.route.value;
  const only = patients.length === 1 ? patients[0] : undefined;
  const shown = only ?? (route.kind === 'patient' ? patients.find(({ id }) => id === route.id) : undefined);
  return (
    <div class="stuck" aria-hidden="true">
      {/* Drawn by the style sheet: whoever searches the page, or copies it, meets the words once. */}
      {link.value && page.link.value.kind === 'lost' && <p class="stuck-link" data-says={text().link.lost} />}
      {alarms.value && shown !== undefined && <First patient={shown} nowMs={page.now.value} />}
      {others.value && session.role !== 'patient' && (
        <Others
          page={page}
          patients={patients.filter((each) => each !== shown)}
          alone={shown === undefined}
        />
      )}
    </div>
  );
}

function First({ patient, nowMs }: { patient: Patient; nowMs: number }): VNode | null {
  const alarm = groupsOf(patient.alarms)[0]?.first;
  if (alarm === undefined) return null;
  return (
    <p class="stuck-alarm" data-priority={alarm.priority} data-presence={alarm.presence}>
      <span class="alarm-sign">{PRIORITY_SIGNS[alarm.priority]}</span>
      <span class="alarm-word">{PRIORITY_WORDS[alarm.priority]}: </span>
      <strong>{alarmWords(alarm)}</strong> <span class="number">{alarmState(alarm, nowMs)}</span>
    </p>
  );
}

type OthersProps = { readonly page: Page; readonly patients: readonly Patient[]; readonly alone: boolean };

/** Of the list all; beside a patient whoever else waits. */
function Others({ page, patients, alone }: OthersProps): VNode | null {
  const rows = patients.map((patient) => rowOf(patient, page.trails, page.now.peek()));
  const first: Priority | undefined = PRIORITIES.find((priority) =>
    rows.some((row) => waiting(row) === priority),
  );
  if (first === undefined) return null;
  return (
    <p class="stuck-alarm" data-priority={first} data-presence="on">
      <span class="alarm-sign">{PRIORITY_SIGNS[first]}</span>
      {alone ? waitingWords(rows) : text().othersHave(waitingWords(rows))}
    </p>
  );
}
