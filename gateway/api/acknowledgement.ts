// What a page sends when somebody knows of an alarm.

import type { Acknowledgement } from '../alarms/episode.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const WHY_MAX = 200;

export const ASK_LIKE_THIS =
  'Say which alarm, why, and for how many minutes: {"condition": "heart-rate-high", "why": "with the patient", "minutes": 10}';

/** Undefined where it has another form. Without `minutes` it is for the rest of the episode. */
export function readAcknowledgement(
  body: unknown,
  nowMs: number,
): { readonly condition: string; readonly by: Omit<Acknowledgement, 'by'> } | undefined {
  const { condition, why, minutes } = (body ?? {}) as Record<string, unknown>;
  if (typeof condition !== 'string' || condition.length > 200) return undefined;
  if (typeof why !== 'string' || why.trim() === '' || why.length > WHY_MAX || !why.isWellFormed())
    return undefined;
  if (
    minutes !== undefined &&
    !(Number.isInteger(minutes) && Number(minutes) > 0 && Number(minutes) <= DAY_MINUTES)
  ) {
    return undefined;
  }
  const untilMs = minutes === undefined ? undefined : nowMs + Number(minutes) * MINUTE_MS;
  return { condition, by: { atMs: nowMs, why: why.trim(), ...(untilMs !== undefined && { untilMs }) } };
}
