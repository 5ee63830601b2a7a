// What somebody wants proved: a reading, or something that happened, an alarm above all. An alarm on the screen has no number
// yet: it is looked up in the hub's record first.

import type { Alarm } from './alarm.ts';
import type { FeedReading } from './feed.ts';
import { fetchEvents, type HubEventTold } from './trend/event.ts';

export type Proved =
  | { readonly kind: 'reading'; readonly reading: FeedReading }
  | { readonly kind: 'event'; readonly patient: string; readonly event: HubEventTold };

/** Its number, as people type it. */
export const idOf = (proved: Proved): string =>
  proved.kind === 'reading' ? proved.reading.id : proved.event.id;

/** Whose it is, by pseudonym. */
export const patientIn = (proved: Proved): string =>
  proved.kind === 'reading' ? proved.reading.patient : proved.patient;

/** The hub writes an alarm down in the moment in which it raises it. */
const ABOUT_MS = 60_000;

/** The event with which an alarm was raised; undefined where the hub knows of none. Throws where it does not answer. */
export async function raisedBy(
  patient: string,
  { condition, episode, raised }: Alarm,
  signal: AbortSignal,
): Promise<HubEventTold | undefined> {
  const found: HubEventTold[] = [];
  const window = { from: Math.max(0, raised - ABOUT_MS), to: raised + ABOUT_MS };
  await fetchEvents(patient, window, (events) => found.push(...events), signal);
  return found.find(
    ({ name, detail }) =>
      name === 'alarm-raised' && detail['condition'] === condition && detail['episode'] === episode,
  );
}
