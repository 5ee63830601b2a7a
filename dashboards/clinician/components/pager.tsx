// To the next rows of a table and back.

import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { chartsText } from '../text/charts.ts';

type Props = {
  /** From 0. */
  readonly page: Signal<number>;
  readonly pages: number;
  /** Of what, for who cannot see it. */
  readonly of: string;
  readonly refresh: () => void;
};

export function Pager({ page, pages, of, refresh }: Props): VNode {
  const text = chartsText();
  const turn = (by: number) => (): void => {
    page.value = Math.min(pages - 1, Math.max(0, page.value + by));
  };
  return (
    <div class="pager">
      <button type="button" aria-disabled={page.value === 0} onClick={turn(-1)}>
        {text.newer} <span class="unseen">{text.rowsOf(of)}</span>
      </button>
      <button type="button" aria-disabled={page.value >= pages - 1} onClick={turn(1)}>
        {text.older} <span class="unseen">{text.rowsOf(of)}</span>
      </button>
      <button type="button" onClick={refresh}>
        {text.readAnew} <span class="unseen">{of}</span>
      </button>
      <span class="quiet" role="status">
        {text.page(page.value + 1, pages)}
      </span>
    </div>
  );
}
