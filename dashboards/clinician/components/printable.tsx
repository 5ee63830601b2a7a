// Makes the page of one patient printable: what goes on paper is loaded once somebody's page is open.

import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Page } from '../page.ts';
import type { Session } from '../session.ts';
import { text } from '../text/text.ts';

type Props = { readonly page: Page; readonly session: Session; readonly id: string };

export function Printable({ page, session, id }: Props): VNode {
  useEffect(() => {
    let end: (() => void) | undefined;
    let over = false;
    import('./print-summary.tsx').then(
      ({ printWith }) => {
        if (over) return;
        end = printWith(() => {
          const patient = page.world.peek()?.patients.find((each) => each.id === id);
          return (
            patient && {
              patient,
              nowMs: page.now.peek(),
              linked: page.link.peek().kind === 'live',
              by: session.name,
              hub: session.hub,
            }
          );
        });
      },
      // Without it the page prints as it stands.
      () => undefined,
    );
    return () => {
      over = true;
      end?.();
    };
  }, [id]);
  return (
    <p class="printable">
      <button type="button" onClick={() => print()}>
        {text().print}
      </button>
    </p>
  );
}
