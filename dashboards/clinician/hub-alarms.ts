// Alarms of the hub itself (its disk, its ledger, its witnesses, its Bluetooth): for whoever runs it, and for nobody else
// (gateway/people/permission.ts). The feed is of patients, so these are asked for; they wear the same signs, words and form.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Alarm, HUB } from './alarm.ts';
import { parseAlarm } from './parse/alarm.ts';

/** How soon the page sees one: the soonest of them is raised at once, the others after an hour. */
const EVERY_MS = 5_000;
const ALARMS_MAX = 1_000;

export type HubAlarms = {
  readonly list: ReadonlySignal<readonly Alarm[]>;
  /** Asks now. */
  readonly look: () => Promise<void>;
  /** Asks where it is time to: called about twice a second. */
  readonly tick: () => void;
  /** Nobody may see them any more. */
  readonly forget: () => void;
};

/** Undefined where the hub does not answer, or says something else: what was known stays. */
async function readHubAlarms(): Promise<readonly Alarm[] | undefined> {
  try {
    const answer = await fetch('/api/alarms');
    if (!answer.ok) return answer.status === 403 ? [] : undefined;
    const json: unknown = await answer.json();
    const alarms = typeof json === 'object' && json !== null && 'alarms' in json ? json.alarms : undefined;
    return Array.isArray(alarms) ? alarms.slice(0, ALARMS_MAX).map(parseAlarm) : undefined;
  } catch {
    return undefined;
  }
}

/** @param mayAsk whether the visitor runs the hub, and the link to it is there */
export function createHubAlarms(mayAsk: () => boolean, nowMs: () => number): HubAlarms {
  const list: Signal<readonly Alarm[]> = signal([]);
  let askedMs = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    askedMs = nowMs();
    const mine = askedMs;
    const alarms = await readHubAlarms();
    // Nothing stays of what somebody may not see any more, and an answer that was overtaken says nothing.
    if (alarms === undefined || mine !== askedMs || !mayAsk()) return;
    if (JSON.stringify(alarms) !== JSON.stringify(list.peek())) list.value = alarms;
  };
  return {
    list,
    look,
    forget: () => {
      askedMs = Number.NEGATIVE_INFINITY;
      list.value = [];
    },
    tick: () => {
      if (mayAsk() && nowMs() - askedMs >= EVERY_MS) void look();
    },
  };
}

/** The hub as the bar of alarms shows it: like a patient, by a name that no pseudonym can be. */
export const hubAlarmed = (
  name: string,
  alarms: readonly Alarm[],
): { readonly id: string; readonly name: string; readonly alarms: readonly Alarm[] } => ({
  id: HUB,
  name,
  alarms,
});
