// The whole page: asks who is looking, then shows the home.

import type { VNode } from 'preact';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { Away } from './away.tsx';
import { Home } from './home.tsx';
import { Login } from './login.tsx';

export function App({ page }: { page: Page }): VNode {
  const visitor = page.visitor.value;
  switch (visitor.kind) {
    case 'unknown':
      return (
        <main class="waiting">
          <p role="status">{text().opening}</p>
        </main>
      );
    case 'away':
      return <Away />;
    case 'nobody':
      return <Login why={visitor.why} enter={page.enter} />;
    case 'known':
      return <Home page={page} session={visitor.session} />;
  }
}
