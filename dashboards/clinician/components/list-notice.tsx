// Over the list, not in it: that its order has changed while somebody held it still, and that the search hides somebody who
// waits. It moves no row.

import type { VNode } from 'preact';
import type { Page } from '../page.ts';
import { WHOLE_LIST } from '../route.ts';
import { text } from '../text/text.ts';
import { type Row, waiting } from '../worklist.ts';

type Props = {
  readonly page: Page;
  readonly all: readonly Row[];
  readonly shown: readonly Row[];
  /** Somebody holds the order, and it is not the one that it should be. */
  readonly moved: boolean;
  readonly sort: (byKey: boolean) => void;
};

export function ListNotice({ page, all, shown, moved, sort }: Props): VNode {
  const hidden = countWaiting(all) - countWaiting(shown);
  return (
    <div class="moved" role="status">
      {hidden > 0 && (
        <button type="button" onClick={() => page.restate(WHOLE_LIST)}>
          {text().list.hidden(hidden)}
        </button>
      )}
      {moved && (
        <button type="button" onClick={(event) => sort(event.detail === 0)}>
          {text().list.moved}
        </button>
      )}
    </div>
  );
}

const countWaiting = (rows: readonly Row[]): number =>
  rows.filter((row) => waiting(row) !== undefined).length;
