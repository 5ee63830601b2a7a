// Above the list: search, what to show, and what waits in all.

import type { VNode } from 'preact';
import { PRIORITIES, type Priority } from '../alarm.ts';
import type { Page } from '../page.ts';
import { type Route, SHOWN } from '../route.ts';
import { text } from '../text/text.ts';
import { type Row, waiting } from '../worklist.ts';

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
          <label for="search">{text().list.search}</label>
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
        <legend class="unseen">{text().list.show}</legend>
        {SHOWN.map((show) => (
          <button
            key={show}
            type="button"
            aria-pressed={route.show === show}
            onClick={() => page.restate({ ...route, show })}
          >
            {text().list.shown[show]}
          </button>
        ))}
        <button type="button" onClick={() => (page.helping.value = true)}>
          {text().list.help}
        </button>
      </fieldset>
      <p class="sum number">
        {shown.length === all.length
          ? text().list.count(all.length)
          : text().list.countOf(shown.length, all.length)}
        {`, ${waitingWords(all)}`}
      </p>
    </div>
  );
}

/** `2 with a high alarm, 1 medium`. */
export function waitingWords(rows: readonly Row[]): string {
  const said = PRIORITIES.flatMap((priority: Priority) => {
    const count = rows.filter((row) => waiting(row) === priority).length;
    return count === 0 ? [] : [text().list.waiting[priority](count)];
  });
  return said.length === 0 ? text().list.noneWaits : text().list.waits(said.join(', '));
}
