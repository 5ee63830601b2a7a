// Over the list, not in it: that its order has changed while somebody held it still, that the search hides somebody who
// waits, and the way to those who were chosen to be watched. It moves no row.

import type { VNode } from 'preact';
import type { Page } from '../page.ts';
import { WATCH_MAX, WHOLE_LIST } from '../route.ts';
import { text } from '../text/text.ts';
import { type Row, waiting } from '../worklist.ts';

type Props = {
  readonly page: Page;
  readonly all: readonly Row[];
  readonly shown: readonly Row[];
  /** Somebody holds the order, and it is not the one that it should be. */
  readonly moved: boolean;
  readonly sort: (byKey: boolean) => void;
  /** How many are chosen to be seen side by side. */
  readonly watched: number;
  readonly seeWatched: () => void;
};

export function ListNotice({ page, all, shown, moved, sort, watched, seeWatched }: Props): VNode {
  const hidden = countWaiting(all) - countWaiting(shown);
  return (
    <div class="moved" role="status">
      {hidden > 0 && (
        <button type="button" onClick={() => page.restate({ ...WHOLE_LIST, watch: watchedIn(page) })}>
          {text().list.hidden(hidden)}
        </button>
      )}
      {moved && (
        <button type="button" onClick={(event) => sort(event.detail === 0)}>
          {text().list.moved}
        </button>
      )}
      {watched > 0 && (
        <button type="button" class="primary" onClick={seeWatched}>
          {text().list.seeWatched(watched, WATCH_MAX)}
        </button>
      )}
    </div>
  );
}

const watchedIn = (page: Page): readonly string[] | undefined => {
  const route = page.route.peek();
  return route.kind === 'list' ? route.watch : undefined;
};

const countWaiting = (rows: readonly Row[]): number =>
  rows.filter((row) => waiting(row) !== undefined).length;
