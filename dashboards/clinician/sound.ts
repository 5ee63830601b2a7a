// When an alarm sounds. Pure: what waits for somebody, what sounded last and a pause go in, a burst or nothing comes out.
// The highest priority alone sounds. What somebody has acknowledged is silent. A pause has an end, and a new high alarm
// ends it sooner: whoever asked for quiet knew nothing of that one.

import { type Alarm, PRIORITIES, type Priority, waitsAmong } from './alarm.ts';
import { BURSTS, burstLength } from './burst.ts';

/** One reason to sound: an episode of an alarm, or the lost link. `id` tells it from every other. */
export type Call = { readonly id: string; readonly priority: Priority };

export type Sounding = {
  /** The calls of the last look. */
  readonly known: ReadonlySet<string>;
  /** Calls for which a burst was played. */
  readonly told: ReadonlySet<string>;
  readonly last: { readonly priority: Priority; readonly startMs: number } | undefined;
  /** Silent until then; 0 while there is no pause. */
  readonly pausedUntilMs: number;
};

export const SILENT: Sounding = {
  known: new Set(),
  told: new Set(),
  last: undefined,
  pausedUntilMs: 0,
};
export const PAUSE_MS = 120_000;
/** Quiet between a burst that was playing and one of another priority. */
const BETWEEN_MS = 1_000;

type Patient = { readonly id: string; readonly alarms: readonly Alarm[] };

/** What calls: every alarm that waits for somebody, and a link that is lost, which the page alone can tell. */
export function callsOf(patients: readonly Patient[], linkLost: boolean): readonly Call[] {
  const calls = patients.flatMap(({ id, alarms }) =>
    alarms
      // One that says what somebody knows of already calls nobody.
      .filter((alarm) => waitsAmong(alarm, alarms))
      .map(({ condition, episode, priority }) => ({ id: `${id} ${condition} ${episode}`, priority })),
  );
  return linkLost ? [...calls, { id: 'link', priority: 'medium' }] : calls;
}

/**
 * One look, at a time of a clock that only goes forward (ms). `playing` is false where nothing can be heard now (the
 * browser blocks it, or the visitor turned it off): then nothing counts as told.
 * @returns what to remember, and the priority whose burst begins now
 */
export function nextSound(
  before: Sounding,
  calls: readonly Call[],
  nowMs: number,
  playing: boolean,
): { readonly sounding: Sounding; readonly play: Priority | undefined } {
  const known = new Set(calls.map(({ id }) => id));
  const told = new Set([...before.told].filter((id) => known.has(id)));
  const newHigh = calls.some(({ id, priority }) => priority === 'high' && !before.known.has(id));
  const pausedUntilMs = newHigh || nowMs >= before.pausedUntilMs ? 0 : before.pausedUntilMs;
  const quiet = { sounding: { ...before, known, told, pausedUntilMs }, play: undefined };
  const highest = PRIORITIES.find((each) => calls.some(({ priority }) => priority === each));
  if (highest === undefined || pausedUntilMs > 0 || !playing) return quiet;
  const theirs = calls.filter(({ priority }) => priority === highest);
  const fresh = theirs.some(({ id }) => !told.has(id));
  if (nowMs < dueMs(before.last, highest, fresh)) return quiet;
  return {
    sounding: {
      known,
      told: new Set([...told, ...theirs.map(({ id }) => id)]),
      last: { priority: highest, startMs: nowMs },
      pausedUntilMs,
    },
    play: highest,
  };
}

/** The earliest moment of the next burst. A new call waits for the end of the burst that plays, no longer. */
function dueMs(last: Sounding['last'], priority: Priority, fresh: boolean): number {
  if (last === undefined)
    return fresh || BURSTS[priority].pauseMs !== undefined ? 0 : Number.POSITIVE_INFINITY;
  const endMs = last.startMs + burstLength(BURSTS[last.priority]);
  // Between high bursts the table wants 2.5 s at least, a new call or not.
  if (fresh) return endMs + (last.priority === priority ? 2_500 : BETWEEN_MS);
  const { pauseMs } = BURSTS[priority];
  return pauseMs === undefined ? Number.POSITIVE_INFINITY : endMs + pauseMs;
}

/** Silence for a while, for what calls now. */
export const pause = (before: Sounding, nowMs: number): Sounding => ({
  ...before,
  pausedUntilMs: nowMs + PAUSE_MS,
});

export const resume = (before: Sounding): Sounding => ({ ...before, pausedUntilMs: 0 });
