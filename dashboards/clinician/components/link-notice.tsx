// Says by the page's own timer that the hub is out of reach: a technical alarm, so it may use an alarm colour.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Link } from '../connection.ts';
import { text } from '../text/text.ts';

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
            <strong>{text().link.lost}</strong> {text().link.means} {value.why} {text().link.again}
          </span>
        </p>
      )}
    </div>
  );
}
