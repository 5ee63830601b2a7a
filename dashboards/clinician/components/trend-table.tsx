// A chart as a table, by pages of 25, the newest first. It stands still while it is open: rows that move under somebody's
// eyes, or a screen reader's, are read twice or never.

import { KINDS, type Kind } from '@heartwood/vitals';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Book } from '../trend/book.ts';
import { partsOf } from '../trend/line.ts';
import { round } from '../trend/moment.ts';
import type { Window } from '../trend/span.ts';
import { type Cell, pagesOf, ROWS_A_PAGE, type Row, rowsOf } from '../trend/table.ts';
import { timeWords } from '../zone.ts';
import { Pager } from './pager.tsx';

type Props = {
  readonly kind: Kind;
  readonly book: Book;
  readonly window: ReadonlySignal<Window>;
  readonly zone: string | undefined;
};

export function TrendTable({ kind, book, window, zone }: Props): VNode {
  const rows = useSignal<readonly Row[] | undefined>(undefined);
  const page = useSignal(0);
  const read = (): void => {
    rows.value = rowsOf(kind, book.lines(kind), window.peek());
    page.value = 0;
  };
  const shown = rows.value?.slice(page.value * ROWS_A_PAGE, (page.value + 1) * ROWS_A_PAGE) ?? [];
  const name = KINDS[kind].label;
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open) read();
        else rows.value = undefined;
      }}
    >
      <summary>
        Table <span class="unseen">of {name}</span>
      </summary>
      {rows.value !== undefined && (
        <>
          <div class="scroll">
            <table aria-label={`${name}, page ${page.value + 1} of ${pagesOf(rows.value.length)}`}>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  {partsOf(kind).map((part) => (
                    <th scope="col" key={part}>
                      {part === 'value' ? name : part}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.map(({ time, cells }) => (
                  <tr key={time}>
                    <th scope="row" class="number">
                      {timeWords(time, zone)}
                    </th>
                    {cells.map((cell, i) => (
                      <td class="number" key={partsOf(kind)[i]}>
                        {cellWords(cell)}
                      </td>
                    ))}
                  </tr>
                ))}
                {shown.length === 0 && (
                  <tr>
                    <td colSpan={1 + partsOf(kind).length}>No numbers in this time</td>
                  </tr>
                )}
              </tbody>
            </table>
          </div>
          <Pager page={page} pages={pagesOf(rows.value.length)} of={`the table of ${name}`} refresh={read} />
        </>
      )}
    </details>
  );
}

function cellWords(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  const { low, mean, high, count } = cell;
  if (count === 1) return round(mean);
  return `${round(low)}–${round(high)}, mean ${round(mean)} of ${count}`;
}
