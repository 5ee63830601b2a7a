// Tells the hub which alarms this page shows, as long as somebody can see the page: a message “by the page” is confirmed
// by that alone, and the next person is told where nobody's page shows it.

import { effect, type ReadonlySignal } from '@preact/signals';
import { alarmed } from './alarm.ts';
import type { World } from './state.ts';

const EVERY_MS = 10_000;
/** The list begins with those who have alarms: so many of them are in sight on any screen. */
const IN_SIGHT = 8;

type Shown = { readonly patient: string; readonly alarms: readonly object[] };

const shownOf = (world: World | undefined): readonly Shown[] =>
  alarmed(world?.patients ?? [])
    .slice(0, IN_SIGHT)
    .map(({ id, alarms }) => ({
      patient: id,
      alarms: alarms.map(({ condition, episode }) => ({ condition, episode })),
    }));

/** Says so when it changes, when the page comes into sight, and again and again. @returns ends it */
export function reportShown(world: ReadonlySignal<World | undefined>): () => void {
  const report = (): void => {
    if (document.visibilityState !== 'visible') return;
    for (const shown of shownOf(world.peek()))
      void fetch('/api/shown', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(shown),
      }).catch(() => undefined);
  };
  let last = '';
  const unfollow = effect(() => {
    const now = JSON.stringify(shownOf(world.value));
    if (now === last) return;
    last = now;
    report();
  });
  const timer = setInterval(report, EVERY_MS);
  document.addEventListener('visibilitychange', report);
  return () => {
    unfollow();
    clearInterval(timer);
    document.removeEventListener('visibilitychange', report);
  };
}
