// All patients, who needs somebody first. Only the rows in sight are in the document, so that two hundred cost as much as
// twenty. While somebody points at a row or stands on it nothing moves; the list says that its order has changed.

import { useComputed, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { type Route, toggleWatched } from '../route.ts';
import type { Session } from '../session.ts';
import type { World } from '../state.ts';
import { text } from '../text/text.ts';
import { usePageKeys } from '../use-page-keys.ts';
import { isShown, keepOrder, type Row, rowOf, sortRows, waiting } from '../worklist.ts';
import { ListBar } from './list-bar.tsx';
import { ListNotice } from './list-notice.tsx';
import { WorklistRow } from './worklist-row.tsx';

/** Rows beyond the edges that are drawn as well: a short scroll shows no hole. */
const BEYOND = 3;
const ROW_PX = 88;

type Props = {
  readonly page: Page;
  readonly session: Session;
  readonly world: World;
  readonly route: Extract<Route, { kind: 'list' }>;
};

export function Worklist({ page, session, world, route }: Props): VNode {
  const list = useRef<HTMLUListElement>(null);
  const stood = useRef<{ asked: string; order: readonly string[] }>({ asked: '', order: [] });
  const pointed = useSignal(false);
  const stands = useSignal(false);
  const current = useSignal<string | undefined>(page.last.peek());
  const wantsFocus = useRef(current.peek() !== undefined);
  const rowPx = useSignal(ROW_PX);
  const sorted = useSignal(0);
  void sorted.value;
  const sight = useSignal<readonly [from: number, to: number]>([0, 1_000]);
  const minute = useComputed(() => Math.floor(page.now.value / 5_000));
  void minute.value;

  const nowMs = page.now.peek();
  const linked = page.link.value.kind === 'live';
  const all = world.patients.map((patient) => rowOf(patient, page.trails, nowMs));
  const shown = all.filter((row) => isShown(row, route.text, route.show, session.name));
  const byId = new Map(shown.map((row) => [row.patient.id, row]));
  const wanted = sortRows(shown).map(({ patient }) => patient.id);
  const asked = `${route.show} ${route.text}`;
  const held = (pointed.value || stands.value) && stood.current.asked === asked;
  const { order, moved } = keepOrder(stood.current.order, wanted, held);
  stood.current = { asked, order };

  const measure = (): void => {
    const box = list.current;
    if (box === null) return;
    const height = box.querySelector('li')?.getBoundingClientRect().height;
    if (height !== undefined && height > 0) rowPx.value = height;
    const from = -box.getBoundingClientRect().top;
    const next = [from, from + innerHeight] as const;
    if (next[0] !== sight.value[0] || next[1] !== sight.value[1]) sight.value = next;
  };
  useLayoutEffect(measure);
  // What had the focus may be gone (an alarm's button, a patient): nobody says so.
  useLayoutEffect(() => {
    if (stands.peek() && list.current?.parentElement?.contains(document.activeElement) !== true)
      stands.value = false;
  });
  useEffect(() => {
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, []);

  const step = (by: 1 | -1): void => {
    const at = current.value === undefined ? -1 : order.indexOf(current.value);
    const next = order[at === -1 ? 0 : Math.min(order.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    wantsFocus.current = true;
    if (current.value === next) linkOf(list.current, next)?.focus();
    current.value = next;
  };
  useLayoutEffect(() => {
    if (!wantsFocus.current || current.value === undefined) return;
    wantsFocus.current = false;
    const link = linkOf(list.current, current.value);
    link?.focus({ preventScroll: true });
    link?.closest('li')?.scrollIntoView({ block: 'nearest' });
  }, [current.value, sorted.value]);

  const sort = (byKey: boolean): void => {
    stood.current = { asked, order: wanted };
    sorted.value++;
    // The button is gone now; whoever came to it by keys stands on the first row.
    if (byKey) {
      wantsFocus.current = true;
      current.value = wanted[0];
    }
  };

  const watched = route.watch ?? [];
  const watch = (id: string): void => page.restate({ ...route, watch: toggleWatched(watched, id) });
  const seeWatched = (): void => page.go({ kind: 'watch', ids: watched });

  usePageKeys((key) => {
    const row = current.value === undefined ? undefined : byId.get(current.value);
    if (key === 'j') step(1);
    else if (key === 'k') step(-1);
    else if (key === '/') document.getElementById('search')?.focus();
    else if (key === '?') page.helping.value = true;
    else if (key === 'w' && row !== undefined) watch(row.patient.id);
    else if (key === 'W' && watched.length > 0) seeWatched();
    else if (key === 'a' && row?.first !== undefined && waiting(row) !== undefined)
      page.asking.value = { patient: row.patient.id, condition: row.first.condition };
    else return false;
    return true;
  });

  const from = Math.max(0, Math.floor(sight.value[0] / rowPx.value) - BEYOND);
  const to = Math.min(order.length, Math.ceil(sight.value[1] / rowPx.value) + BEYOND);
  const drawn = order.flatMap((id, i): readonly (readonly [number, Row])[] => {
    const row = byId.get(id);
    // The row that somebody stands on stays, however far they scroll: the keys go on from there.
    return row !== undefined && ((i >= from && i < to) || id === current.value) ? [[i, row]] : [];
  });
  const drawnIds = drawn.map(([, row]) => row.patient.id).join(' ');
  useEffect(() => {
    for (const id of drawnIds.split(' ')) if (id !== '') page.recall(id);
  }, [drawnIds]);

  return (
    <main class="home list">
      <h1 class="unseen">{text().patients}</h1>
      <ListBar page={page} route={route} all={all} shown={shown} />
      {shown.length === 0 && <p class="quiet">{text().list.nobodyFits}</p>}
      <div
        onPointerEnter={(event) => (pointed.value = event.pointerType === 'mouse')}
        onPointerLeave={() => (pointed.value = false)}
        onFocusIn={(event) => {
          stands.value = true;
          const id = (event.target as HTMLElement).closest('li')?.dataset['id'];
          if (id !== undefined) current.value = id;
        }}
        onFocusOut={() => (stands.value = false)}
      >
        <ListNotice
          page={page}
          all={all}
          shown={shown}
          moved={moved}
          sort={sort}
          watched={watched.length}
          seeWatched={seeWatched}
        />
        <ul
          ref={list}
          class="worklist"
          aria-label={text().list.label}
          style={{ height: `${order.length * rowPx.value}px` }}
        >
          {drawn.map(([i, row]) => (
            <li
              key={row.patient.id}
              class="row"
              data-id={row.patient.id}
              aria-setsize={order.length}
              aria-posinset={i + 1}
              style={{ transform: `translateY(${i * rowPx.value}px)` }}
            >
              <WorklistRow
                row={row}
                page={page}
                linked={linked}
                sealed={world.batch?.sequence}
                watched={watched}
                watch={watch}
              />
            </li>
          ))}
        </ul>
      </div>
    </main>
  );
}

const linkOf = (list: HTMLElement | null, id: string): HTMLElement | null | undefined =>
  list?.querySelector<HTMLElement>(`[data-row="${id}"]`);
