// One chart: its name, what it says of the moment, the paper, and the same as a table.

import type { Kind } from '@heartwood/vitals';
import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { chartsText } from '../text/charts.ts';
import type { Book } from '../trend/book.ts';
import { type Chart, startChart } from '../trend/chart.ts';
import { limitsOfKind, limitWords, type ShownLimit } from '../trend/limit-line.ts';
import { type NameOf, numberWords } from '../trend/moment.ts';
import type { Window } from '../trend/span.ts';
import { labelOf, unitOf } from '../wording.ts';
import { DeviceKey } from './device-key.tsx';
import { TrendTable } from './trend-table.tsx';

type Props = {
  readonly kind: Kind;
  readonly book: Book;
  readonly limits: readonly ShownLimit[];
  readonly window: ReadonlySignal<Window>;
  readonly cursor: Signal<number | undefined>;
  readonly zone: string | undefined;
  readonly mark: (from: number, to: number) => void;
  /** Whether several devices have measured it lately, and what a device is called. */
  readonly several: boolean;
  readonly nameOf: NameOf;
};

export function TrendChart(props: Props): VNode {
  const { kind, book, limits, window, cursor, zone, mark, several, nameOf } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const marked = useRef(mark);
  marked.current = mark;
  const own = useRef<readonly ShownLimit[]>([]);
  const known = limitsOfKind(limits, kind);
  const asked = useSignal(0);
  if (own.current.length !== known.length || own.current.some((one, i) => one.limit !== known[i]?.limit)) {
    own.current = known;
    asked.value += 1;
  }

  useEffect(() => {
    if (host.current === null) return;
    const started = startChart(host.current, kind, {
      pointed: (time) => (cursor.value = time),
      marked: (from, to) => marked.current(from, to),
    });
    chart.current = started;
    asked.value += 1;
    const refit = (): void => started.refit();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', refit);
    // A theme that the visitor chose stands on the root.
    const themes = new MutationObserver(refit);
    themes.observe(document.documentElement, { attributes: true });
    return () => {
      scheme.removeEventListener('change', refit);
      themes.disconnect();
      started.stop();
      chart.current = undefined;
    };
  }, [kind]);
  useSignalEffect(() => {
    void book.version(kind).value;
    void asked.value;
    chart.current?.show({
      lines: book.lines(kind),
      limits: own.current,
      marks: book.marks.value,
      window: window.value,
    });
    chart.current?.point(cursor.peek());
  });
  useSignalEffect(() => chart.current?.point(cursor.value));

  return (
    <figure class="chart" data-kind={kind} aria-label={labelOf(kind)}>
      <figcaption>
        <strong>{labelOf(kind)}</strong> <span class="quiet">{unitOf(kind)}</span>
        <Said kind={kind} book={book} cursor={cursor} window={window} nameOf={nameOf} />
        <DeviceKey kind={kind} book={book} several={several} nameOf={nameOf} />
        {limitWords(limits, kind) !== undefined && (
          <span class="quiet">{chartsText().limits(limitWords(limits, kind) ?? '')}</span>
        )}
      </figcaption>
      <div class="chart-paper" ref={host}>
        <span class="ink-quiet" />
        <span class="ink-grid" />
        <span class="ink-limit" />
        <Empty kind={kind} book={book} window={window} />
      </div>
      <TrendTable kind={kind} book={book} window={window} zone={zone} nameOf={nameOf} />
    </figure>
  );
}

type SaidProps = Pick<Props, 'kind' | 'book' | 'cursor' | 'window' | 'nameOf'>;

/** Of the moment that is pointed at. The newest stands on the tiles, with its age. */
function Said({ kind, book, cursor, nameOf }: SaidProps): VNode | null {
  void book.version(kind).value;
  if (cursor.value === undefined) return null;
  const words = numberWords(kind, book.lines(kind), cursor.value, nameOf);
  return <span class="chart-value">{words ?? chartsText().noNumber}</span>;
}

function Empty({ kind, book, window }: Omit<SaidProps, 'cursor' | 'nameOf'>): VNode | null {
  void book.version(kind).value;
  const { from, to } = window.value;
  const has = Object.values(book.lines(kind)).some(({ time, widthMs }) =>
    time.some((each) => each + widthMs >= from && each < to),
  );
  if (has) return null;
  const text = chartsText();
  return <span class="chart-empty">{book.loading.value ? text.fetching : text.noNumbers}</span>;
}
