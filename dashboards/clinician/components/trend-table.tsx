// A chart as a table, by pages of 25, the newest first. It stands still while it is open: rows that move under somebody's
// eyes, or a screen reader's, are read twice or never.

import type { Kind } from '@heartwood/vitals';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { chartsText } from '../text/charts.ts';
import type { Book } from '../trend/book.ts';
import { partsOf } from '../trend/line.ts';
import { type NameOf, round } from '../trend/moment.ts';
import type { Window } from '../trend/span.ts';
import { type Cell, pagesOf, ROWS_A_PAGE, type Row, rowsOf } from '../trend/table.ts';
import { labelOf } from '../wording.ts';
import { timeWords } from '../zone.ts';
import { Pager } from './pager.tsx';

type Props = {
  readonly kind: Kind;
  readonly book: Book;
  readonly window: ReadonlySignal<Window>;
  readonly zone: string | undefined;
  readonly nameOf: NameOf;
};

export function TrendTable({ kind, book, window, zone, nameOf }: Props): VNode {
  const rows = useSignal<readonly Row[] | undefined>(undefined);
  const page = useSignal(0);
  const read = (): void => {
    rows.value = rowsOf(kind, book.lines(kind), window.peek());
    page.value = 0;
  };
  const shown = rows.value?.slice(page.value * ROWS_A_PAGE, (page.value + 1) * ROWS_A_PAGE) ?? [];
  const name = labelOf(kind);
  const withDevice = rows.value?.some(({ device }) => device !== undefined) ?? false;
  const text = chartsText();
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open) read();
        else rows.value = undefined;
      }}
    >
      <summary>
        {text.table} <span class="unseen">{text.ofName(name)}</span>
      </summary>
      {rows.value !== undefined && (
        <>
          <div class="scroll">
            <table aria-label={text.tableOf(name, page.value + 1, pagesOf(rows.value.length))}>
              <thead>
                <tr>
                  <th scope="col">{text.time}</th>
                  {partsOf(kind).map((part) => (
                    <th scope="col" key={part}>
                      {part === 'value' ? name : text.parts[part as keyof typeof text.parts]}
                    </th>
                  ))}
                  {withDevice && <th scope="col">{text.device}</th>}
                </tr>
              </thead>
              <tbody>
                {shown.map(({ time, device, cells }) => (
                  <tr key={`${time} ${device}`}>
                    <th scope="row" class="number">
                      {timeWords(time, zone)}
                    </th>
                    {cells.map((cell, i) => (
                      <td class="number" key={partsOf(kind)[i]}>
                        {cellWords(cell)}
                      </td>
                    ))}
                    {withDevice && <td>{device === undefined ? '–' : nameOf(device)}</td>}
                  </tr>
                ))}
                {shown.length === 0 && (
                  <tr>
                    <td colSpan={1 + partsOf(kind).length + (withDevice ? 1 : 0)}>{text.noNumbers}</td>
                  </tr>
                )}
              </tbody>
            </table>
          </div>
          <Pager page={page} pages={pagesOf(rows.value.length)} of={text.theTableOf(name)} refresh={read} />
        </>
      )}
    </details>
  );
}

function cellWords(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  const { low, mean, high, count } = cell;
  if (count === 1) return round(mean);
  const text = chartsText();
  return text.meanOf(text.mean(round(low), round(high), round(mean)), count);
}
