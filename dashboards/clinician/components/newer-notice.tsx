// The hub was updated while this page was open: it goes on, and the visitor says when the new one is loaded.

import type { VNode } from 'preact';
import type { Shell } from '../shell.ts';

export function NewerNotice({ shell }: { shell: Shell }): VNode {
  return (
    <div role="status">
      {shell.newer.value && (
        <p class="newer">
          <span>The hub has a newer version of this page.</span>
          <button type="button" onClick={() => location.reload()}>
            Load it
          </button>
        </p>
      )}
    </div>
  );
}
