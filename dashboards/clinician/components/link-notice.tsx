// Says by the page's own timer that the hub is out of reach: a technical alarm, so it may use an alarm colour.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Link } from '../connection.ts';

export function LinkNotice({ link }: { link: ReadonlySignal<Link> }): VNode {
  const { value } = link;
  return (
    <div role="status">
      {value.kind === 'lost' && (
        <p class="link-lost">
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="M10 2 19 18H1Z M10 8v4.5 M10 15v.6" />
          </svg>
          <span>
            <strong>Link to the hub lost.</strong> The numbers below are the last that came; none of them is
            live. {value.why} Reconnecting …
          </span>
        </p>
      )}
    </div>
  );
}
