// Above the list: search, what to show, what waits in all, and, when somebody holds the list still, that its order has
// changed. It has its place also while there is nothing to say: rows do not move because of it.

import type { VNode } from 'preact';
import { PRIORITIES, type Priority } from '../alarm.ts';
import type { Page } from '../page.ts';
import { type Route, SHOWN, type Shown } from '../route.ts';
import { type Row, waiting } from '../worklist.ts';

const SHOWN_WORDS: Readonly<Record<Shown, string>> = {
  all: 'All',
  alarms: 'With alarms',
  stale: 'Stale',
  mine: 'Mine',
};

type Props = {
  readonly page: Page;
  readonly route: Extract<Route, { kind: 'list' }>;
  readonly all: readonly Row[];
  readonly shown: readonly Row[];
  /** Somebody holds the order, and it is not the one that it should be. */
  readonly moved: boolean;
  readonly sort: () => void;
};

export function ListBar({ page, route, all, shown, moved, sort }: Props): VNode {
  const hidden = countWaiting(all) - countWaiting(shown);
  return (
    <div class="list-bar">
      <search>
        <form onSubmit={(event) => event.preventDefault()}>
          <label class="unseen" for="search">
            Search by name
          </label>
          <input
            id="search"
            type="search"
            placeholder="Search by name"
            autocomplete="off"
            spellcheck={false}
            maxLength={100}
            value={route.text}
            onInput={(event) => page.restate({ ...route, text: event.currentTarget.value })}
          />
        </form>
      </search>
      <fieldset class="shown">
        <legend class="unseen">Show</legend>
        {SHOWN.map((show) => (
          <button
            key={show}
            type="button"
            aria-pressed={route.show === show}
            onClick={() => page.restate({ ...route, show })}
          >
            {SHOWN_WORDS[show]}
          </button>
        ))}
        <button type="button" onClick={() => (page.helping.value = true)}>
          Help
        </button>
      </fieldset>
      <p class="sum number">
        {shown.length === all.length ? `${all.length} patients` : `${shown.length} of ${all.length} patients`}
        {`, ${waitingWords(all)}`}
      </p>
      <div class="moved" role="status">
        {hidden > 0 && (
          <button type="button" onClick={() => page.restate({ kind: 'list', text: '', show: 'all' })}>
            {hidden} with a waiting alarm {hidden === 1 ? 'is' : 'are'} not shown: show all
          </button>
        )}
        {moved && (
          <button type="button" onClick={sort}>
            The order has changed: put in order
          </button>
        )}
      </div>
    </div>
  );
}

const countWaiting = (rows: readonly Row[]): number =>
  rows.filter((row) => waiting(row) !== undefined).length;

/** `2 with a high alarm, 1 medium`. */
export function waitingWords(rows: readonly Row[]): string {
  const said = PRIORITIES.flatMap((priority: Priority) => {
    const count = rows.filter((row) => waiting(row) === priority).length;
    return count === 0 ? [] : [`${count} ${priority}`];
  });
  return said.length === 0 ? 'no alarm waits' : `alarms that wait: ${said.join(', ')}`;
}
