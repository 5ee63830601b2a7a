// The page was opened and the hub does not answer: it says so, shows nothing, since nothing is kept, and goes on trying.

import type { VNode } from 'preact';
import { Mark } from './mark.tsx';

export function Away(): VNode {
  return (
    <main class="login away">
      <div class="card" role="status">
        <Mark />
        <h1>Link to the hub lost</h1>
        <p>
          The hub does not answer. This page keeps no readings, so there is nothing to show until it does. It
          tries again every few seconds by itself.
        </p>
        <p class="quiet">Is the hub running, and is this device in its network?</p>
      </div>
    </main>
  );
}
