// What the alarm board and a limit that is tried need of the hub's thread: events and numbers, a bounded piece at a time, so
// that no commit waits for a week of them. What is made of them is made elsewhere.

import { DEFAULT_LIMITS, limitNow } from '../alarms/limits.ts';
import { kindOf } from '../alarms/picture.ts';
import { HeartwoodError } from '../error.ts';
import type { Hub } from '../hub/hub.ts';
import { readAll, seriesOf } from '../inspect/history.ts';
import { hubEvents } from '../inspect/patient-events.ts';
import { may, type Viewer } from '../people/permission.ts';
import type { AlarmEvent } from './board.ts';
import type { Tried } from './replay.ts';

/** Looked through for the numbers of an hour, of which some came late; no commit waits for more. */
const SEGMENTS_MAX = 2_000;

/** Ms since 1970, by the hub's clock: from the first to before the second. */
export type Range = { readonly from: number; readonly to: number };

export type BoardCalls = {
  /**
   * What happened to the alarms of all patients whom the viewer may see; the newest part of the range where it is long:
   * `from` of the answer tells how far back it goes.
   * @throws HeartwoodError forbidden
   */
  alarmEvents(
    viewer: Viewer,
    range: Range,
  ): { readonly from: number; readonly events: readonly AlarmEvent[] };
  /** The patients of an alarm board, by slot: pseudonym, hex; and since when there has been a hub. @throws HeartwoodError forbidden */
  boardPatients(viewer: Viewer): { readonly patients: ReadonlyMap<number, string>; readonly bornMs: number };
  /**
   * What holds of a limit now, for whoever may change it; undefined while it is off.
   * @throws HeartwoodError not-found, forbidden
   */
  limitTried(
    viewer: Viewer,
    patient: string,
    condition: string,
  ): { readonly slot: number; readonly now: Tried | undefined };
  /** The numbers that a limit is about, by the time of measurement. @throws HeartwoodError not-found, forbidden */
  limitNumbers(
    viewer: Viewer,
    patient: string,
    condition: string,
    range: Range,
  ): { readonly time: Float64Array; readonly value: Float64Array };
};

/** @param seenBy the slot of a patient whom the viewer may see */
export function boardCalls(hub: Hub, seenBy: (viewer: Viewer, patient: string) => number): BoardCalls {
  const { vault } = hub;
  const allow = (viewer: Viewer): void => {
    if (!may(viewer, { do: 'see-board' }))
      throw new HeartwoodError('forbidden', 'The alarm board is for those who look after patients.');
  };
  const tried = (viewer: Viewer, patient: string, condition: string) => {
    const slot = seenBy(viewer, patient);
    if (!may(viewer, { do: 'set-limit', slot }))
      throw new HeartwoodError('forbidden', 'A clinician of this patient has to try their limits.');
    const rule = DEFAULT_LIMITS.find(({ id }) => id === condition);
    if (rule === undefined) throw new HeartwoodError('not-found', `There is no limit ${condition}.`);
    return { slot, rule };
  };
  return {
    alarmEvents: (viewer, range) => {
      allow(viewer);
      const sees = ({ name, detail }: AlarmEvent): boolean =>
        name.startsWith('alarm-') &&
        typeof detail['slot'] === 'number' &&
        may(viewer, { do: 'see', slot: detail['slot'] });
      const { from, events } = hubEvents(vault, sees, range);
      return { from, events: events.map(({ name, at, detail }) => ({ name, at, detail }) as AlarmEvent) };
    },
    boardPatients: (viewer) => {
      allow(viewer);
      const seen = vault.registry.patients().filter(({ slot }) => may(viewer, { do: 'see', slot }));
      const patients = new Map(seen.map(({ slot, subject }) => [slot, Buffer.from(subject).toString('hex')]));
      return { patients, bornMs: vault.identity.bornMs };
    },
    limitTried: (viewer, patient, condition) => {
      const { slot, rule } = tried(viewer, patient, condition);
      const now = limitNow(rule, hub.watch.care.of(slot).limits, vault.clock());
      return { slot, now: now && { limit: now.limit, raiseAfterMs: now.timing.raiseAfterMs } };
    },
    limitNumbers: (viewer, patient, condition, range) => {
      const { slot, rule } = tried(viewer, patient, condition);
      const lines = seriesOf(kindOf(rule.measure));
      const series = lines?.[rule.measure] ?? lines?.['value'];
      if (series === undefined) throw new HeartwoodError('not-found', 'This limit is about no numbers.');
      return readAll(vault, { slot, series, ...range }, hub.summaries, SEGMENTS_MAX);
    },
  };
}
