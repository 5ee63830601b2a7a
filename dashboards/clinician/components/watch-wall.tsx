// Up to four patients side by side, as a central station shows them: who, how ill, what alarms, the two numbers that are
// read across a room, and the waveform as it comes. Who they are stands in the address.

import { useComputed } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { formatRoute, parseRoute, type Route, WHOLE_LIST } from '../route.ts';
import { patientText } from '../text/patient.ts';
import { text } from '../text/text.ts';
import { usePageKeys } from '../use-page-keys.ts';
import { rowOf, waiting } from '../worklist.ts';
import { waitingWords } from './list-bar.tsx';
import { WatchPane } from './watch-pane.tsx';

type Props = { readonly page: Page; readonly ids: readonly string[] };

export function WatchWall({ page, ids }: Props): VNode {
  const root = useRef<HTMLElement>(null);
  const title = (): void => root.current?.querySelector('h1')?.focus();
  const takeOff = (id: string): void => {
    const rest = ids.filter((each) => each !== id);
    if (rest.length === 0) {
      page.go(listWith(page, []));
      return;
    }
    page.restate({ kind: 'watch', ids: rest });
    // What had the focus is gone.
    title();
  };
  usePageKeys((key) => {
    const at = document.activeElement?.closest<HTMLElement>('.pane')?.dataset['id'];
    const place = ids.indexOf(at ?? '');
    const stand = (next: number): void =>
      root.current?.querySelector<HTMLElement>(`[data-pane="${ids[next]}"]`)?.focus();
    if (key === 'Escape') page.go(listWith(page, ids));
    else if (key === '?') page.helping.value = true;
    else if (key === 'j') stand(Math.min(ids.length - 1, place + 1));
    else if (key === 'k') stand(Math.max(0, place - 1));
    else if (key === 'w' && at !== undefined) takeOff(at);
    else if (key === 'a') answer(page, at === undefined ? ids : [at]);
    else return false;
    return true;
  });
  useEffect(() => {
    scrollTo(0, 0);
    title();
  }, []);
  return (
    <main class="home watch" ref={root}>
      <nav class="back" aria-label={text().back}>
        <a href={formatRoute(listWith(page, ids))}>
          <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d="M10 3 5 8l5 5" />
          </svg>
          {text().allPatients}
        </a>
        <h1 tabIndex={-1}>{patientText().watch.title}</h1>
        <OthersWait page={page} ids={ids} />
      </nav>
      <div class="panes" data-count={ids.length}>
        {ids.map((id) => (
          <Place key={id} page={page} id={id} takeOff={takeOff} />
        ))}
      </div>
    </main>
  );
}

/** The list as it was left, with the choice that holds now, so that it can be changed there. */
function listWith(page: Page, ids: readonly string[]): Route {
  const before = parseRoute(page.listAddress());
  return { ...(before.kind === 'list' ? before : WHOLE_LIST), watch: ids };
}

/** Asks about the alarm that waits, of the first of them who has one. */
function answer(page: Page, ids: readonly string[]): void {
  const patients = page.steady.peek()?.patients ?? [];
  for (const id of ids) {
    const patient = patients.find((each) => each.id === id);
    const row = patient && rowOf(patient, page.trails, page.now.peek());
    if (row?.first === undefined || waiting(row) === undefined) continue;
    page.asking.value = { patient: id, condition: row.first.condition };
    return;
  }
}

/** Whoever is not here, and waits. */
function OthersWait({ page, ids }: Props): VNode | null {
  const others = (page.steady.value?.patients ?? []).filter(({ id }) => !ids.includes(id));
  const rows = others.map((patient) => rowOf(patient, page.trails, page.now.peek()));
  if (!rows.some((row) => waiting(row) !== undefined)) return null;
  return <span class="quiet">{text().othersHave(waitingWords(rows))}</span>;
}

type PlaceProps = {
  readonly page: Page;
  readonly id: string;
  readonly takeOff: (id: string) => void;
};

/** Drawn anew when this patient has changed, and not for two hundred others. */
function Place({ page, id, takeOff }: PlaceProps): VNode {
  const patient = useComputed(() => page.world.value?.patients.find((each) => each.id === id)).value;
  if (patient !== undefined) return <WatchPane page={page} patient={patient} takeOff={takeOff} />;
  return (
    <article class="pane" data-id={id} aria-label={patientText().watch.nobody}>
      <p class="quiet">{patientText().watch.nobody}</p>
      <button type="button" data-pane={id} onClick={() => takeOff(id)}>
        {patientText().watch.takeOff}
      </button>
    </article>
  );
}
