// One condition of one patient, from quiet to alarm and back: the state machine under every alarm. Pure: the time and
// what was seen come in, the next state and what happened come out, and a state is plain data that can be kept.
//
//   off ──violated for `raiseAfterMs`──▶ on ──acknowledged──▶ acknowledged
//    ▲                                   │ ▲                    │    │
//    │                                   │ └──`until` passed────┘    │
//    │◀── clear for `clearAfterMs` ──────┤ (not latching)            │
//    │                                   ▼                           │
//    │◀──────acknowledged──────────── latched ◀─ ─violated─ ─▶ on    │
//    └◀───────────────── clear for `clearAfterMs` ───────────────────┘
//
// The presences are those of FHIR R6 DeviceAlert (`off`, `on`, `latched`, `ack`). What is promised (`episode.test.ts`):
// an episode is raised once and ends once, however often it wavers; data that stop coming never end one; while a
// condition holds and nobody has acknowledged it, it is on; a state put away at any step and taken up again goes on as
// if it had not been.

/** What the newest evidence says of the condition. */
export type Evidence =
  /** It holds. */
  | 'violated'
  /** It does not, but it has not come back behind the hysteresis either. */
  | 'between'
  /** It is over. */
  | 'clear'
  /** Nothing fresh is known. */
  | 'unknown';

export type Acknowledgement = {
  /** Who, as the registry names people. */
  readonly by: string;
  readonly atMs: number;
  readonly why: string;
  /** It is an alarm again from then on, where the condition still holds. Undefined: for the rest of the episode. */
  readonly untilMs?: number | undefined;
  /** "Tell me again at `untilMs`": an episode that begins before then is known too. */
  readonly outlasts?: boolean | undefined;
};

type Episode = {
  /** Number of the episode: unique among all of this condition and patient, from 1. */
  readonly episode: number;
  readonly raisedMs: number;
};
type Waiting = {
  /** Since when nobody knows of it again, where an acknowledgement ended; absent: since it was raised. */
  readonly sinceMs?: number | undefined;
};
type Clearing = {
  /** Since when the condition is over without a break; undefined while it is not. */
  readonly clearSinceMs?: number | undefined;
};

export type AlarmState =
  | {
      readonly presence: 'off';
      /** How many episodes there have been. */
      readonly episodes: number;
      /** Since when the condition holds without a break; undefined while it does not. */
      readonly violatedSinceMs?: number | undefined;
      /** What outlasted the last episode: until its end a new one is known. */
      readonly snoozed?: Acknowledgement | undefined;
    }
  | ({ readonly presence: 'on' } & Episode & Clearing & Waiting)
  /** Over, and nobody has said that they know. */
  | ({
      readonly presence: 'latched';
      readonly overMs: number;
      readonly violatedSinceMs?: number | undefined;
    } & Episode &
      Waiting)
  | ({ readonly presence: 'acknowledged'; readonly acknowledgement: Acknowledgement } & Episode & Clearing);

export type AlarmTiming = {
  /** The condition must hold so long before it is an alarm (validation delay). */
  readonly raiseAfterMs: number;
  /** It must be over so long before the alarm is. */
  readonly clearAfterMs: number;
  /** Over, it waits for somebody to acknowledge it. */
  readonly latching: boolean;
};

/** What happened in a step, for the record, the people and the page. */
export type AlarmChange = {
  readonly change: 'raised' | 'resumed' | 'over' | 'acknowledged' | 'ended';
  readonly episode: number;
  readonly atMs: number;
};

export type Stepped = { readonly state: AlarmState; readonly changes: readonly AlarmChange[] };

export const QUIET: AlarmState = { presence: 'off', episodes: 0 };

/**
 * Takes in what is known at a time, also when nothing new came: delays end by the clock. A time before
 * the last one (a clock put back) lets delays begin anew and ends nothing.
 */
export function observe(state: AlarmState, evidence: Evidence, nowMs: number, timing: AlarmTiming): Stepped {
  switch (state.presence) {
    case 'off':
      return whileOff(state, evidence, nowMs, timing);
    case 'latched':
      return whileLatched(state, evidence, nowMs, timing);
    case 'on':
      return whileOn(state, evidence, nowMs, timing);
    case 'acknowledged':
      return whileAcknowledged(state, evidence, nowMs, timing);
  }
}

/** Somebody says that they know. Of an alarm that is off nothing changes; a second acknowledgement takes the first one's place. */
export function acknowledge(state: AlarmState, acknowledgement: Acknowledgement): Stepped {
  if (state.presence === 'off') return { state, changes: [] };
  const { episode, raisedMs } = state;
  const acknowledged: AlarmChange = { change: 'acknowledged', episode, atMs: acknowledgement.atMs };
  if (state.presence === 'latched') {
    const violatedSinceMs = state.violatedSinceMs;
    return {
      state: {
        presence: 'off',
        episodes: episode,
        ...(violatedSinceMs !== undefined && { violatedSinceMs }),
      },
      changes: [acknowledged, { change: 'ended', episode, atMs: acknowledgement.atMs }],
    };
  }
  const clearing = state.clearSinceMs === undefined ? {} : { clearSinceMs: state.clearSinceMs };
  return {
    state: { presence: 'acknowledged', episode, raisedMs, acknowledgement, ...clearing },
    changes: [acknowledged],
  };
}

type In<Presence extends AlarmState['presence']> = Extract<AlarmState, { readonly presence: Presence }>;

function whileOff(
  state: In<'off'>,
  evidence: Evidence,
  nowMs: number,
  { raiseAfterMs }: AlarmTiming,
): Stepped {
  const since = sinceOf(state.violatedSinceMs, evidence, 'violated', nowMs);
  const { episodes } = state;
  const snoozed = snoozedAt(state.snoozed, nowMs);
  if (since === undefined) return { state: { presence: 'off', episodes, ...snoozed }, changes: [] };
  // Without fresh evidence nothing is raised: that nothing is known is another condition.
  if (evidence !== 'violated' || nowMs - since < raiseAfterMs) {
    return { state: { presence: 'off', episodes, violatedSinceMs: since, ...snoozed }, changes: [] };
  }
  const episode = episodes + 1;
  if (snoozed !== undefined) {
    return {
      state: { presence: 'acknowledged', episode, raisedMs: nowMs, acknowledgement: snoozed.snoozed },
      changes: [
        { change: 'raised', episode, atMs: nowMs },
        { change: 'acknowledged', episode, atMs: nowMs },
      ],
    };
  }
  return {
    state: { presence: 'on', episode, raisedMs: nowMs },
    changes: [{ change: 'raised', episode, atMs: nowMs }],
  };
}

function whileOn(state: In<'on'>, evidence: Evidence, nowMs: number, timing: AlarmTiming): Stepped {
  const { episode } = state;
  const same = sameEpisode(state);
  const since = sinceOf(state.clearSinceMs, evidence, 'clear', nowMs);
  if (since === undefined) return { state: { presence: 'on', ...same }, changes: [] };
  if (evidence !== 'clear' || nowMs - since < timing.clearAfterMs) {
    return { state: { presence: 'on', ...same, clearSinceMs: since }, changes: [] };
  }
  const over: AlarmChange = { change: 'over', episode, atMs: nowMs };
  if (timing.latching) return { state: { presence: 'latched', ...same, overMs: nowMs }, changes: [over] };
  return {
    state: { presence: 'off', episodes: episode },
    changes: [over, { change: 'ended', episode, atMs: nowMs }],
  };
}

/** The same episode goes on when the condition comes back before anybody has acknowledged it. */
function whileLatched(state: In<'latched'>, evidence: Evidence, nowMs: number, timing: AlarmTiming): Stepped {
  const { episode, overMs } = state;
  const same = sameEpisode(state);
  const since = sinceOf(state.violatedSinceMs, evidence, 'violated', nowMs);
  if (since === undefined) return { state: { presence: 'latched', ...same, overMs }, changes: [] };
  if (evidence !== 'violated' || nowMs - since < timing.raiseAfterMs) {
    return { state: { presence: 'latched', ...same, overMs, violatedSinceMs: since }, changes: [] };
  }
  return {
    state: { presence: 'on', ...same },
    changes: [{ change: 'resumed', episode, atMs: nowMs }],
  };
}

function whileAcknowledged(
  state: In<'acknowledged'>,
  evidence: Evidence,
  nowMs: number,
  timing: AlarmTiming,
): Stepped {
  const { episode, raisedMs, acknowledgement } = state;
  const since = sinceOf(state.clearSinceMs, evidence, 'clear', nowMs);
  if (since !== undefined && evidence === 'clear' && nowMs - since >= timing.clearAfterMs) {
    const snoozed = snoozedAt(acknowledgement, nowMs);
    return {
      state: { presence: 'off', episodes: episode, ...snoozed },
      changes: [
        { change: 'over', episode, atMs: nowMs },
        { change: 'ended', episode, atMs: nowMs },
      ],
    };
  }
  const clearing = since === undefined ? {} : { clearSinceMs: since };
  if (acknowledgement.untilMs !== undefined && nowMs >= acknowledgement.untilMs) {
    return {
      state: { presence: 'on', episode, raisedMs, sinceMs: nowMs, ...clearing },
      changes: [{ change: 'resumed', episode, atMs: nowMs }],
    };
  }
  return { state: { ...state, clearSinceMs: since }, changes: [] };
}

/** What stays of one that waits for somebody, on or latched. */
const sameEpisode = ({ episode, raisedMs, sinceMs }: In<'on' | 'latched'>): Episode & Waiting => ({
  episode,
  raisedMs,
  ...(sinceMs !== undefined && { sinceMs }),
});

/** What of an acknowledgement still holds when its episode is over. */
function snoozedAt(
  by: Acknowledgement | undefined,
  nowMs: number,
): { readonly snoozed: Acknowledgement } | undefined {
  return by?.outlasts === true && nowMs < (by.untilMs ?? nowMs) ? { snoozed: by } : undefined;
}

/**
 * Since when evidence of one sort has come without a break. Any other sort begins anew. `unknown` does not undo a
 * violation that is being waited out, but nothing is over that cannot be seen. A clock put back begins anew too.
 */
function sinceOf(
  since: number | undefined,
  evidence: Evidence,
  wanted: 'violated' | 'clear',
  nowMs: number,
): number | undefined {
  if (evidence === 'unknown') return wanted === 'violated' ? since : undefined;
  if (evidence !== wanted) return undefined;
  return since === undefined || since > nowMs ? nowMs : since;
}
