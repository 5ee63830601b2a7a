// An alarm as a page gets it (docs/spec/feed.md).

import type { Priority } from './condition.ts';
import type { Alarm, AlarmNotice } from './engine.ts';
import { groupAlarms } from './group.ts';

export type FeedAlarm = {
  readonly condition: string;
  /** Alarms of one group say the same: they are shown, and answered, as one. */
  readonly group: string;
  readonly priority: Priority;
  readonly presence: 'on' | 'latched' | 'acknowledged';
  readonly episode: number;
  /** Hub's clock, ms since 1970. */
  readonly raised: number;
  /** Since when nobody knows of it again, where an acknowledgement ended; absent: since it was raised. */
  readonly since?: number;
  /** Since when a latched one is over. */
  readonly over?: number;
  readonly acknowledged?: {
    readonly by: string;
    readonly at: number;
    readonly why: string;
    readonly until?: number;
    /** They want to be told again at `until`, whatever becomes of it before. */
    readonly snooze?: true;
  };
  /** Of the moment at which it was raised. */
  readonly facts: Readonly<Record<string, string | number>>;
};

/** The score of the moment, for the page: points are told by `score`, what they rest on by the rest. */
export type PatientAlarms = {
  /** The patient's pseudonym, hex. */
  readonly patient: string;
  readonly alarms: readonly FeedAlarm[];
};

/** What happened, without a word of whom or of what was measured: a log may say it. */
export const loggedNotice = ({
  change,
  priority,
  episode,
}: AlarmNotice): Record<string, string | number> => ({
  change,
  priority,
  episode,
});

/** Those that are not off, in the order in which they came. */
export function toFeedAlarms(alarms: readonly Alarm[]): readonly FeedAlarm[] {
  const raised = alarms.filter(({ state }) => state.presence !== 'off');
  const groups = groupAlarms(raised);
  return raised.flatMap((alarm) => toFeedAlarm(alarm, groups.get(alarm.condition) ?? alarm.condition) ?? []);
}

/** Undefined for one that is off. */
function toFeedAlarm({ condition, priority, state, facts }: Alarm, group: string): FeedAlarm | undefined {
  if (state.presence === 'off') return undefined;
  const { presence, episode, raisedMs } = state;
  const shown = { condition, group, priority, presence, episode, raised: raisedMs, facts };
  if (state.presence !== 'acknowledged') {
    const { sinceMs } = state;
    return {
      ...shown,
      ...(sinceMs !== undefined && { since: sinceMs }),
      ...(state.presence === 'latched' && { over: state.overMs }),
    };
  }
  const { by, atMs, why, untilMs, outlasts } = state.acknowledgement;
  return {
    ...shown,
    acknowledged: {
      by,
      at: atMs,
      why,
      ...(untilMs !== undefined && { until: untilMs }),
      ...(outlasts === true && { snooze: true }),
    },
  };
}
