// What happened in the time that the charts show, in words, each provable like a reading.

import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { chartsText } from '../text/charts.ts';
import type { HubEventTold } from '../trend/event.ts';
import { type Mark, markWords } from '../trend/mark.ts';
import type { Window } from '../trend/span.ts';
import { pagesOf, ROWS_A_PAGE } from '../trend/table.ts';
import { timeWords } from '../zone.ts';
import { Pager } from './pager.tsx';

type Props = {
  readonly marks: ReadonlySignal<readonly Mark[]>;
  readonly window: ReadonlySignal<Window>;
  readonly zone: string | undefined;
  readonly open: (event: HubEventTold) => void;
};

export function HappenedList({ marks, window, zone, open }: Props): VNode {
  const text = chartsText();
  const rows = useSignal<readonly Mark[] | undefined>(undefined);
  const page = useSignal(0);
  const read = (): void => {
    const { from, to } = window.peek();
    rows.value = marks
      .peek()
      .filter(({ at }) => at >= from && at < to)
      .toReversed();
    page.value = 0;
  };
  const shown = rows.value?.slice(page.value * ROWS_A_PAGE, (page.value + 1) * ROWS_A_PAGE) ?? [];
  return (
    <details
      class="happened"
      onToggle={(event) => {
        if (event.currentTarget.open) read();
        else rows.value = undefined;
      }}
    >
      <summary>{text.happened}</summary>
      {rows.value !== undefined && (
        <>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{text.time}</th>
                  <th scope="col">{text.what}</th>
                  <th scope="col">{text.proof}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ event, at }) => (
                  <tr key={event.id}>
                    <td class="number">{timeWords(at, zone)}</td>
                    <td>{markWords(event)}</td>
                    <td>
                      <button type="button" class="row-verify" onClick={() => open(event)}>
                        {text.verify} <span class="number">{event.id}</span>
                      </button>
                    </td>
                  </tr>
                ))}
                {shown.length === 0 && (
                  <tr>
                    <td colSpan={3}>{text.nothing}</td>
                  </tr>
                )}
              </tbody>
            </table>
          </div>
          <Pager page={page} pages={pagesOf(rows.value.length)} of={text.whatHappened} refresh={read} />
        </>
      )}
    </details>
  );
}
