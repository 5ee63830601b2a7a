// The hub was updated while this page was open: it goes on, and the visitor says when the new one is loaded.

import type { VNode } from 'preact';
import type { Shell } from '../shell.ts';
import { text } from '../text/text.ts';

export function NewerNotice({ shell }: { shell: Shell }): VNode {
  return (
    <div role="status">
      {shell.newer.value && (
        <p class="newer">
          <span>{text().newer.says}</span>
          <button type="button" onClick={() => location.reload()}>
            {text().newer.load}
          </button>
        </p>
      )}
    </div>
  );
}
