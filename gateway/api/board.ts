// The alarm board, and a limit tried on what is stored before it goes live. The hub's thread gives events and numbers an
// hour or a day at a time, between its commits; they are added up here.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DEFAULT_LIMITS, type Limit } from '../alarms/limits.ts';
import { type AlarmBoard, type AlarmEvent, alarmBoard } from '../board/board.ts';
import type { Range } from '../board/calls.ts';
import { missed, Replay, type Tried } from '../board/replay.ts';
import { HeartwoodError } from '../error.ts';
import type { HubThread } from '../hub/hub-thread.ts';
import type { LoggedIn } from '../people/access.ts';
import { type Delays, delayAt, LEGS, type Leg } from '../stream/delays.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS_MAX = 31;
const DAYS = 7;
/** What one page may have added up: a week is 168 readings of an hour. */
const BOARDS_PER_MINUTE = 20;
const DELAY_SECONDS_MAX = 600;
const TRY_LIKE_THIS = `Say what to try: {"limit": 140}, {"limit": 140, "delaySeconds": 10, "days": 7}; ${DAYS_MAX} days at most.`;

/** What a limit would have raised (docs/spec/alarms.md). */
export type LimitTrial = Range & {
  /** Alarms by the limit that holds now, and by the one that is tried; null while there is none. */
  readonly now: number | null;
  readonly tried: number;
  /** Alarms of this limit that somebody acknowledged in these days, and how many of them the tried one would have missed. */
  readonly acknowledged: number;
  readonly missed: number;
  /** Numbers that were looked at. */
  readonly numbers: number;
};

type OfLimit = { Params: { patient: string; condition: string } };
type Hub = Pick<HubThread, 'call'>;
type BoardRoutes = {
  readonly hub: Hub;
  /** How long readings take, leg by leg. */
  readonly delays: Pick<Delays, 'of'> | undefined;
  readonly clock: () => number;
};

export function boardRoutes(
  members: FastifyInstance,
  { hub, delays, clock }: BoardRoutes,
  visitor: (request: FastifyRequest) => LoggedIn,
): void {
  const config = { rateLimit: { max: BOARDS_PER_MINUTE, timeWindow: 60_000 } };
  // Each costs the hub's thread a few milliseconds an hour of numbers: one after the other, whoever asks.
  let trying: Promise<unknown> = Promise.resolve();
  const daysBefore = (days: number): Range => ({ from: clock() - days * DAY_MS, to: clock() });

  members.get('/api/alarm-board', { config }, async (request, reply) => {
    const { days = `${DAYS}` } = request.query as Record<string, unknown>;
    const asked = typeof days === 'string' && /^\d{1,2}$/.test(days) ? Number(days) : 0;
    if (asked < 1 || asked > DAYS_MAX)
      return reply.code(400).send({ error: `days is a whole number from 1 to ${DAYS_MAX}.` });
    const who = visitor(request);
    const { patients, bornMs } = await hub.call('boardPatients', who);
    const { from, to } = daysBefore(asked);
    // Days on which there was no hub had no alarms to count.
    const range = { from: Math.max(from, bornMs), to };
    const board = alarmBoard(await alarmEvents(hub, who, range), range);
    return {
      ...shown(board, patients),
      delays: delays === undefined ? [] : LEGS.map((leg) => delayShown(leg, delays)),
    };
  });

  members.post<OfLimit>(
    '/api/patients/:patient/limits/:condition/try',
    { config },
    async (request, reply) => {
      const asked = readTrial(request.body);
      if (asked === undefined) return badTrial(reply);
      const { patient, condition } = request.params;
      const rule = DEFAULT_LIMITS.find(({ id }) => id === condition);
      if (rule === undefined) throw new HeartwoodError('not-found', `There is no limit ${condition}.`);
      const trial = { patient, rule, ...asked, range: daysBefore(asked.days) };
      const who = visitor(request);
      const mine = trying.then(() => tryLimit(hub, who, trial));
      trying = mine.catch(() => undefined);
      return mine;
    },
  );
}

const badTrial = (reply: FastifyReply): FastifyReply => reply.code(400).send({ error: TRY_LIKE_THIS });

/** All of a range, the newest piece first asked for and last added. */
async function alarmEvents(hub: Hub, who: LoggedIn, { from, to }: Range): Promise<AlarmEvent[]> {
  const pieces: (readonly AlarmEvent[])[] = [];
  for (let end = to; end > from; ) {
    const piece = await hub.call('alarmEvents', who, { from: Math.max(from, end - DAY_MS), to: end });
    pieces.push(piece.events);
    // Where one batch alone holds more than an answer, time must go back all the same.
    end = Math.min(piece.from, end - 1);
  }
  return pieces.toReversed().flat();
}

/** Bounds of buckets, ms: that half, and 99 of 100, do not exceed; null where nothing was noted, or it was longer still. */
function delayShown(leg: Leg, delays: Pick<Delays, 'of'>) {
  const histogram = delays.of(leg);
  const at = (share: number): number | null => {
    const ms = delayAt(histogram, share);
    return ms === undefined || !Number.isFinite(ms) ? null : ms;
  };
  return { leg, count: histogram.count, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function shown({ patients, ...board }: AlarmBoard, names: ReadonlyMap<number, string>) {
  return {
    ...board,
    patients: patients.map(({ slot, ...tally }) => ({ patient: names.get(slot) ?? null, ...tally })),
  };
}

type Trial = {
  readonly patient: string;
  readonly rule: Limit;
  readonly limit: number;
  readonly delaySeconds: number | undefined;
  readonly range: Range;
};

async function tryLimit(hub: Hub, who: LoggedIn, trial: Trial): Promise<LimitTrial> {
  const { patient, rule, limit, delaySeconds, range } = trial;
  const { slot, now } = await hub.call('limitTried', who, patient, rule.id);
  const raiseAfterMs =
    delaySeconds === undefined ? (now?.raiseAfterMs ?? rule.timing.raiseAfterMs) : delaySeconds * 1000;
  const tried: Tried = { limit, raiseAfterMs };
  const replays = [new Replay(rule, tried), ...(now === undefined ? [] : [new Replay(rule, now)])];
  let numbers = 0;
  for (let from = range.from; from < range.to; from += HOUR_MS) {
    const piece = { from, to: Math.min(from + HOUR_MS, range.to) };
    const { time, value } = await hub.call('limitNumbers', who, patient, rule.id, piece);
    numbers += time.length;
    for (const replay of replays) replay.take(time, value);
  }
  for (const replay of replays) replay.end(range.to);
  const known = acknowledgedOf(await alarmEvents(hub, who, range), slot, rule.id);
  const [first, second] = replays;
  return {
    ...range,
    now: second?.episodes.length ?? null,
    tried: first?.episodes.length ?? 0,
    acknowledged: known.length,
    missed: missed(known, first?.episodes ?? [], raiseAfterMs),
    numbers,
  };
}

/** Alarms of one condition that somebody acknowledged, from when to when. */
function acknowledgedOf(events: readonly AlarmEvent[], slot: number, condition: string) {
  const alarms = new Map<unknown, { raisedMs: number; overMs: number | undefined; known: boolean }>();
  for (const { name, at, detail } of events) {
    if (detail['slot'] !== slot || detail['condition'] !== condition) continue;
    const alarm = alarms.get(detail['episode']);
    if (name === 'alarm-raised')
      alarms.set(detail['episode'], { raisedMs: at, overMs: undefined, known: false });
    else if (alarm === undefined) continue;
    else if (name === 'alarm-acknowledged') alarm.known = true;
    else if (name === 'alarm-over') alarm.overMs = at;
  }
  return [...alarms.values()].filter(({ known }) => known);
}

function readTrial(body: unknown): (Pick<Trial, 'limit' | 'delaySeconds'> & { days: number }) | undefined {
  const { limit, delaySeconds, days = DAYS } = (body ?? {}) as Record<string, unknown>;
  const isDelay =
    delaySeconds === undefined ||
    (Number.isInteger(delaySeconds) && within(delaySeconds, 0, DELAY_SECONDS_MAX));
  if (typeof limit !== 'number' || !Number.isFinite(limit) || !isDelay) return undefined;
  if (!Number.isInteger(days) || !within(days, 1, DAYS_MAX)) return undefined;
  return { limit, delaySeconds: delaySeconds as number | undefined, days: days as number };
}

const within = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;
