// Tells the hub which alarms this page shows, as long as somebody can see the page: a message “by the page” is confirmed
// by that alone, and the next person is told where nobody's page shows it.

import type { ReadonlySignal } from '@preact/signals';
import { alarmed } from './alarm.ts';
import type { World } from './state.ts';

const EVERY_MS = 10_000;
/** The list begins with those who have alarms: so many of them are in sight on any screen. */
const IN_SIGHT = 8;

/** @returns ends it */
export function reportShown(world: ReadonlySignal<World | undefined>): () => void {
  const report = (): void => {
    if (document.visibilityState !== 'visible' || world.value === undefined) return;
    for (const { id, alarms } of alarmed(world.value.patients).slice(0, IN_SIGHT)) {
      const shown = alarms.map(({ condition, episode }) => ({ condition, episode }));
      void fetch('/api/shown', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ patient: id, alarms: shown }),
      }).catch(() => undefined);
    }
  };
  report();
  const timer = setInterval(report, EVERY_MS);
  document.addEventListener('visibilitychange', report);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', report);
  };
}
