// The page was opened and the hub does not answer: it says so, shows nothing, since nothing is kept, and goes on trying.

import type { VNode } from 'preact';
import { text } from '../text/text.ts';
import { Mark } from './mark.tsx';

export function Away(): VNode {
  return (
    <main class="login away">
      <div class="card" role="status">
        <Mark />
        <h1>{text().away.title}</h1>
        <p>{text().away.what}</p>
        <p class="quiet">{text().away.todo}</p>
      </div>
    </main>
  );
}
