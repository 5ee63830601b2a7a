// Alarms as the hub tells them: parsed with the feed, ordered for the eye, said in words. The page raises none of its
// own but that the hub is out of reach.

import { formatAge } from './age.ts';
import type { Patient } from './feed.ts';
import { text, words } from './text/text.ts';

export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];
export const PRESENCES = ['on', 'latched', 'acknowledged'] as const;

/** In the place of a patient's pseudonym, which is hex: alarms of the hub itself. */
export const HUB = 'hub';

export type Facts = Readonly<Record<string, string | number>>;
export type Alarm = {
  /** e.g. `heart-rate-high`; names it among all of its patient. */
  readonly condition: string;
  /** Alarms of one group say the same: they are shown, and answered, as one. */
  readonly group: string;
  readonly priority: Priority;
  readonly presence: (typeof PRESENCES)[number];
  readonly episode: number;
  /** The hub's clock, ms since 1970. */
  readonly raised: number;
  /** Since when nobody knows of it again, where an acknowledgement ended; undefined: since it was raised. */
  readonly since: number | undefined;
  /** Since when the condition of a latched one is over. */
  readonly over: number | undefined;
  readonly acknowledged:
    | {
        readonly by: string;
        readonly at: number;
        readonly why: string;
        readonly until: number | undefined;
        readonly snooze: boolean;
      }
    | undefined;
  /** Of the moment at which it was raised. */
  readonly facts: Facts;
};

/** The priority as a screen and a printer show it without colour (IEC 60601-1-8 writes so many exclamation marks). */
export const PRIORITY_SIGNS: Readonly<Record<Priority, string>> = { high: '!!!', medium: '!!', low: '!' };
export const PRIORITY_WORDS: Readonly<Record<Priority, string>> = words(({ alarms }) => alarms.priorities);

/** What somebody may say who acknowledges. */
export const REASONS = ['With the patient', 'Called the patient', 'Known, no harm', 'False alarm'] as const;
/** A high one is silenced for an hour at most. */
export const MINUTES: readonly number[] = [5, 15, 30, 60];
/** Others for longer. */
export const LONG_MINUTES: readonly number[] = [120, 240, 480];

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };
/**
 * Of one priority: what somebody knows of covers what says the same, and what holds now stands before what is over. No
 * alarm stands behind one of lower priority for being over: nobody has seen it yet.
 */
const HELD: Readonly<Record<Alarm['presence'], number>> = { acknowledged: 0, on: 1, latched: 2 };

const byUrgency = (a: Alarm, b: Alarm): number =>
  RANK[a.priority] - RANK[b.priority] || HELD[a.presence] - HELD[b.presence] || a.raised - b.raised;

/**
 * Whether an alarm waits for somebody: one that says the same as another of at least its priority, which somebody knows
 * of, does not. Nothing is covered by what is less urgent.
 */
export function waitsAmong(alarm: Alarm, alarms: readonly Alarm[]): boolean {
  if (alarm.presence === 'acknowledged') return false;
  return !alarms.some(
    ({ presence, group, priority }) =>
      presence === 'acknowledged' && group === alarm.group && RANK[priority] <= RANK[alarm.priority],
  );
}

/** Whoever has alarms: a patient, or the hub. */
export type Alarmed = Pick<Patient, 'id' | 'name' | 'alarms'>;

/** The patients with alarms, by the one that stands first: see `inOrder`. */
export function alarmed<P extends Alarmed>(patients: readonly P[]): readonly P[] {
  return patients
    .filter(({ alarms }) => alarms.length > 0)
    .sort((left, right) => {
      const [a, b] = [inOrder(left.alarms)[0]!, inOrder(right.alarms)[0]!];
      return Number(waitsAmong(b, right.alarms)) - Number(waitsAmong(a, left.alarms)) || byUrgency(a, b);
    });
}

/** A patient's alarms: those that wait for somebody first, the highest before the lower, what holds before what is over, the older first. */
export function inOrder(alarms: readonly Alarm[]): readonly Alarm[] {
  const waits = new Map(alarms.map((alarm) => [alarm, waitsAmong(alarm, alarms)]));
  return alarms.toSorted((a, b) => Number(waits.get(b)) - Number(waits.get(a)) || byUrgency(a, b));
}

/** What is shown as one: the alarm to look at, and the others that say the same. */
export type AlarmGroup = { readonly first: Alarm; readonly others: readonly Alarm[] };

/** A patient's alarms by what they say, in their order: of each the one that waits, and is the highest, stands first. */
export function groupsOf(alarms: readonly Alarm[]): readonly AlarmGroup[] {
  const groups = Map.groupBy(inOrder(alarms), ({ group }) => group);
  return [...groups.values()].map(([first, ...others]) => ({ first: first!, others }));
}

/** What is answered with one alarm: it and all of its group that nobody knows of. */
export const answeredWith = (alarm: Alarm, alarms: readonly Alarm[]): readonly Alarm[] => [
  alarm,
  ...alarms.filter(
    ({ group, condition, presence }) =>
      group === alarm.group && condition !== alarm.condition && presence !== 'acknowledged',
  ),
];

/** The reason as the reader's language says it; one that was typed stands as it was. */
function reasonWords(why: string): string {
  const { reasons } = text().answer;
  return Object.hasOwn(reasons, why) ? reasons[why as keyof typeof reasons] : why;
}

/** Since when, and what became of it: `for 3 min`, `has been over for 2 min`, `Operator: with the patient, until in 4 min`. */
export function alarmState({ presence, raised, over, acknowledged }: Alarm, nowMs: number): string {
  const told = text().alarms;
  if (presence === 'latched') return told.latched(formatAge(nowMs - (over ?? nowMs)));
  if (presence === 'on' || acknowledged === undefined) return told.lasts(formatAge(nowMs - raised));
  const { by, why, until, snooze } = acknowledged;
  if (until === undefined) return `${by}: ${reasonWords(why)}`;
  const left = formatAge(until - nowMs);
  return `${by}: ${reasonWords(why)}, ${snooze ? told.again(left) : told.silent(left)}`;
}

/** What stands between the words of an alarm and its state: `…when it began, for 3 min`, `… · Operator: With the patient`. */
export const joint = ({ presence }: Alarm): string => (presence === 'acknowledged' ? ' · ' : ', ');

/** From then on somebody should long have come: the escalation clock is heavier. */
const LATE_MS: Readonly<Record<Priority, number>> = { high: 60_000, medium: 300_000, low: 3_600_000 };

/** The escalation clock: how long nobody has answered since it was raised, or since an answer ended, ms. Undefined for an alarm that somebody knows of. */
export function unanswered(
  { presence, priority, raised, since = raised }: Alarm,
  nowMs: number,
): { readonly ms: number; readonly late: boolean } | undefined {
  if (presence === 'acknowledged') return undefined;
  const ms = Math.max(0, nowMs - since);
  return { ms, late: ms >= LATE_MS[priority] };
}

/** Tells the hub that somebody knows, of all of them at once. @param patient by pseudonym, or `HUB` for its own @returns the hub's own sentence where it did not take it */
export async function acknowledge(
  patient: string,
  conditions: readonly string[],
  why: string,
  minutes: number | undefined,
  snooze = false,
): Promise<string | undefined> {
  const path = patient === HUB ? '/api/alarms' : `/api/patients/${patient}/alarms`;
  const answer = await fetch(`${path}/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...(conditions.length === 1 ? { condition: conditions[0] } : { conditions }),
      why,
      ...(minutes !== undefined && { minutes }),
      ...(snooze && { snooze }),
    }),
  }).catch(() => undefined);
  if (answer?.ok) return undefined;
  const said: unknown = await answer?.json().catch(() => undefined);
  const error = typeof said === 'object' && said !== null && 'error' in said ? said.error : undefined;
  return typeof error === 'string' ? error : text().alarms.noAnswer;
}
