// Alarms as the hub tells them: parsed with the feed, ordered for the eye, said in words. The page raises none of its
// own but that the hub is out of reach.

import { KINDS, type Kind } from '@heartwood/vitals';
import { formatAge } from './age.ts';
import type { Patient } from './feed.ts';
import { text, words } from './text/text.ts';
import { labelOf, unitOf } from './wording.ts';

export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];
export const PRESENCES = ['on', 'latched', 'acknowledged'] as const;

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

/** The patients with alarms: those that wait for somebody first, the highest before the lower, the older first. */
export function alarmed(patients: readonly Patient[]): readonly Patient[] {
  return patients
    .filter(({ alarms }) => alarms.length > 0)
    .sort((left, right) => {
      const [a, b] = [inOrder(left.alarms)[0]!, inOrder(right.alarms)[0]!];
      return (
        Number(waitsAmong(b, right.alarms)) - Number(waitsAmong(a, left.alarms)) ||
        RANK[a.priority] - RANK[b.priority] ||
        a.raised - b.raised
      );
    });
}

/** A patient's alarms: those that wait for somebody first, the highest before the lower, the older first. */
export function inOrder(alarms: readonly Alarm[]): readonly Alarm[] {
  const waits = new Map(alarms.map((alarm) => [alarm, waitsAmong(alarm, alarms)]));
  return alarms.toSorted(
    (a, b) =>
      Number(waits.get(b)) - Number(waits.get(a)) ||
      RANK[a.priority] - RANK[b.priority] ||
      // Of those that do not wait, the one that somebody knows of covers the other.
      Number(b.presence === 'acknowledged') - Number(a.presence === 'acknowledged') ||
      a.raised - b.raised,
  );
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

/** What is wrong, as a person says it: `Heart rate 172 /min, above 150`. An unknown condition is shown by its name. */
export function alarmWords({ condition, facts }: Pick<Alarm, 'condition' | 'facts'>): string {
  const [rule = condition] = condition.split(':', 1);
  const measure = measureWords(facts['measure']);
  const words = text().alarmed;
  const { device, from: began } = facts;
  switch (rule) {
    case 'news2-emergency':
    case 'news2-urgent':
      return words.news2(facts['score'], facts['inputs'], facts['of']);
    case 'news2-extreme':
      return words.extreme(facts['score']);
    case 'stale':
      return words.stale(measure);
    case 'sensor-off':
      return words.sensorOff(measure);
    case 'artefact':
      return words.artefact(measure);
    case 'silent':
      if (facts['heard'] === 'never') return words.neverHeard(device);
      return facts['link'] === 'offline' ? words.silentLost(device) : words.silent(device);
    case 'wants-pairing':
      return words.wantsPairing(device);
    case 'stale-bond':
      return words.staleBond(device);
    case 'clock-wrong':
      return words.clockWrong(device);
    case 'clock-untrusted':
      return words.clockUntrusted(device) + clockWords(facts);
    case 'gap':
      return words.gap(device, facts['missing']);
    case 'link-lost':
      return words.linkLost(device);
    case 'worsening':
      return facts['measure'] === 'news2'
        ? words.worseningScore(facts['hours'])
        : words.worsening(measure, facts['way'], facts['hours'], began, facts['to']);
    case 'asystole':
      return words.asystole(facts['seconds']);
    case 'ecg-tachycardia':
      return words.ecgFast(facts['value'], facts['limit']);
    case 'ecg-bradycardia':
      return words.ecgSlow(facts['value'], facts['limit']);
    case 'pulse-lost':
      return words.pulseLost;
    case 'battery-low':
    case 'battery-empty':
      return words.battery(facts['percent']);
    default:
      return facts['limit'] === undefined ? condition : limitWords(condition, measure, facts);
  }
}

function limitWords(condition: string, measure: string, { value, limit, measure: kind }: Facts): string {
  const { above, below, parts } = text().alarmed;
  const side = condition.endsWith('low') ? below(limit) : above(limit);
  const unit = unitOf(Object.hasOwn(parts, String(kind)) ? 'blood-pressure' : (kind as Kind));
  return `${measure} ${value === undefined ? '' : `${value} ${unit}, `}${side}`;
}

function clockWords({ 'ahead-seconds': seconds, steps }: Facts): string {
  const words = text().alarmed;
  if (Number(steps) > 1) return words.clockSet;
  const ahead = Number(seconds ?? 0);
  const age = formatAge(Math.abs(ahead) * 1_000);
  return ahead > 0 ? words.clockAhead(age) : words.clockBehind(age);
}

function measureWords(measure: unknown): string {
  if (typeof measure !== 'string') return '';
  const { parts } = text().alarmed;
  if (Object.hasOwn(parts, measure)) return parts[measure as keyof typeof parts];
  return Object.hasOwn(KINDS, measure) ? labelOf(measure as Kind) : measure;
}

/** The reason as the reader's language says it; one that was typed stands as it was. */
function reasonWords(why: string): string {
  const { reasons } = text().answer;
  return Object.hasOwn(reasons, why) ? reasons[why as keyof typeof reasons] : why;
}

/** Since when, and what became of it: `for 3 min`, `is over, for 2 min`, `Operator: with the patient, until in 4 min`. */
export function alarmState({ presence, raised, over, acknowledged }: Alarm, nowMs: number): string {
  const told = text().alarms;
  if (presence === 'latched') return told.latched(formatAge(nowMs - (over ?? nowMs)));
  if (presence === 'on' || acknowledged === undefined) return told.lasts(formatAge(nowMs - raised));
  const { by, why, until, snooze } = acknowledged;
  if (until === undefined) return `${by}: ${reasonWords(why)}`;
  const left = formatAge(until - nowMs);
  return `${by}: ${reasonWords(why)}, ${snooze ? told.again(left) : told.silent(left)}`;
}

/** From then on somebody should long have come: the escalation clock is heavier. */
const LATE_MS: Readonly<Record<Priority, number>> = { high: 60_000, medium: 300_000, low: 3_600_000 };

/** The escalation clock: how long nobody has answered, ms. Undefined for an alarm that somebody knows of. */
export function unanswered(
  { presence, priority, raised }: Alarm,
  nowMs: number,
): { readonly ms: number; readonly late: boolean } | undefined {
  if (presence === 'acknowledged') return undefined;
  const ms = Math.max(0, nowMs - raised);
  return { ms, late: ms >= LATE_MS[priority] };
}

/** Tells the hub that somebody knows, of all of them at once. @returns the hub's own sentence where it did not take it */
export async function acknowledge(
  patient: string,
  conditions: readonly string[],
  why: string,
  minutes: number | undefined,
  snooze = false,
): Promise<string | undefined> {
  const answer = await fetch(`/api/patients/${patient}/alarms/acknowledge`, {
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
