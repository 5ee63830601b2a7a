// Above the list: search, what to show, and what waits in all.

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
};

export function ListBar({ page, route, all, shown }: Props): VNode {
  return (
    <div class="list-bar">
      <search>
        <form onSubmit={(event) => event.preventDefault()}>
          <label for="search">Search by name</label>
          <input
            id="search"
            type="search"
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
    </div>
  );
}

/** `2 with a high alarm, 1 medium`. */
export function waitingWords(rows: readonly Row[]): string {
  const said = PRIORITIES.flatMap((priority: Priority) => {
    const count = rows.filter((row) => waiting(row) === priority).length;
    return count === 0 ? [] : [`${count} ${priority}`];
  });
  return said.length === 0 ? 'no alarm waits' : `alarms that wait: ${said.join(', ')}`;
}
