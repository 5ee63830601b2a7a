// What happened in the time that the charts show, in words, each provable like a reading.

import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { HubEventTold, Mark } from '../trend/mark.ts';
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
      <summary>What happened in this time</summary>
      {rows.value !== undefined && (
        <>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">What</th>
                  <th scope="col">Proof</th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ event, at, words }) => (
                  <tr key={event.id}>
                    <td class="number">{timeWords(at, zone)}</td>
                    <td>{words}</td>
                    <td>
                      <button type="button" class="row-verify" onClick={() => open(event)}>
                        Verify <span class="number">{event.id}</span>
                      </button>
                    </td>
                  </tr>
                ))}
                {shown.length === 0 && (
                  <tr>
                    <td colSpan={3}>Nothing</td>
                  </tr>
                )}
              </tbody>
            </table>
          </div>
          <Pager page={page} pages={pagesOf(rows.value.length)} of="what happened" refresh={read} />
        </>
      )}
    </details>
  );
}
