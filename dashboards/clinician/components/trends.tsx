// The charts of one patient over one time, stacked: one moment is read in all of them, by pointer, by touch, or with the
// slider by keyboard. Each has its table; what happened is marked above them and listed below.

import type { Kind } from '@heartwood/vitals';
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { FeedReading, Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { chartsText } from '../text/charts.ts';
import { Book, chartedKinds } from '../trend/book.ts';
import type { HubEventTold } from '../trend/event.ts';
import type { ShownLimit } from '../trend/limit-line.ts';
import { momentWords } from '../trend/moment.ts';
import { FIRST_VIEW, SPAN_MS, type View, viewAround, type Window, windowOf } from '../trend/span.ts';
import { HappenedList } from './happened-list.tsx';
import { HeldBackList } from './held-back-list.tsx';
import { MarkLane } from './mark-lane.tsx';
import { TrendChart } from './trend-chart.tsx';
import { TrendsBar } from './trends-bar.tsx';

export type TrendsProps = {
  readonly page: Page;
  readonly patient: Patient;
  readonly limits: readonly ShownLimit[];
  readonly zone: string | undefined;
  readonly openEvent: (event: HubEventTold) => void;
};

/** More than a wide screen's charts have pixels. */
const STEPS = 2_000;

export function Trends({ page, patient, limits, zone, openEvent }: TrendsProps): VNode {
  const { id } = patient;
  const book = useMemo(() => new Book(id), [id]);
  useEffect(() => () => book.close(), [book]);
  const cursor = useSignal<number | undefined>(undefined);
  const view = useComputed<View>(() => {
    const route = page.route.value;
    return (route.kind === 'patient' ? route.view : undefined) ?? FIRST_VIEW;
  });
  // The clock moves the charts by half a pixel at a time, ahead of it, so that the newest is always on the paper.
  const end = useComputed(() => {
    const step = SPAN_MS[view.value.span] / STEPS;
    return view.value.end === undefined ? Math.ceil(page.now.value / step) * step : 0;
  });
  const window = useComputed<Window>(() => windowOf(view.value, end.value));
  const kinds = chartedKinds(patient.recent);
  const kindsKey = kinds.join(' ');

  useEffect(() => {
    void book.load(kinds, view.value, page.now.peek());
  }, [book, kindsKey, view.value, page.link.value.kind === 'live']);
  useSignalEffect(() => {
    if (view.value.end === undefined && book.isOld(page.now.value))
      void book.load(chartedKinds(recentOf(page, id)), view.value, page.now.peek());
  });
  useSignalEffect(() => {
    const { recent } = page.world.value?.patients.find((each) => each.id === id) ?? { recent: {} };
    // After an answer, too: what came while it was under way.
    void book.loading.value;
    if (view.value.end === undefined) book.take(recent, window.peek().from);
  });
  const nameOf = (device: string): string =>
    patient.devices.find((each) => each.id === device)?.label ?? device;
  const alarms = patient.alarms.map(
    ({ condition, presence, episode }) => `${condition} ${presence} ${episode}`,
  );
  useEffect(() => {
    const { end } = view.peek();
    const now = page.now.peek();
    if (end === undefined && !book.loading.peek()) void book.askLately(now - 120_000, now);
  }, [book, alarms.join()]);

  const choose = (next: View): void => {
    cursor.value = undefined;
    page.restate({ kind: 'patient', id, view: next });
  };
  const mark = (from: number, to: number): void => choose(viewAround(from, to, page.now.peek()));
  const words = useComputed(() => {
    if (cursor.value === undefined) return '';
    for (const kind of kinds) void book.version(kind).value;
    return momentWords(book, kinds, cursor.value, nameOf);
  });
  return (
    <>
      <TrendsBar
        view={view}
        window={window}
        cursor={cursor}
        now={page.now}
        words={words}
        zone={zone}
        choose={choose}
      />
      {book.trouble.value !== undefined && (
        <p role="status">
          {book.trouble.value}{' '}
          <button type="button" onClick={() => void book.load(kinds, view.value, page.now.peek())}>
            {chartsText().tryAgain}
          </button>
        </p>
      )}
      <div class="chart-stack">
        <MarkLane marks={book.marks} window={window} />
        {kinds.map((kind: Kind) => (
          <TrendChart
            key={kind}
            kind={kind}
            book={book}
            limits={limits}
            window={window}
            cursor={cursor}
            zone={zone}
            mark={mark}
            several={new Set(patient.recent[kind]?.map(({ device }) => device)).size > 1}
            nameOf={nameOf}
          />
        ))}
      </div>
      <HappenedList marks={book.marks} window={window} zone={zone} open={openEvent} />
      <HeldBackList patient={id} now={page.now} zone={zone} open={openEvent} />
    </>
  );
}

const recentOf = (page: Page, id: string): Readonly<Partial<Record<Kind, readonly FeedReading[]>>> =>
  page.world.peek()?.patients.find((each) => each.id === id)?.recent ?? {};
