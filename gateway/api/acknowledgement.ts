// What a page sends when somebody knows of an alarm.

import type { Acknowledgement } from '../alarms/episode.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const WHY_MAX = 200;
/** More than the rules of one patient. */
const CONDITIONS_MAX = 64;

export const ASK_LIKE_THIS =
  'Say which alarms, why, and for how many minutes: {"condition": "heart-rate-high", "why": "with the patient", "minutes": 10}, or {"conditions": ["heart-rate-high", "news2-extreme"], "why": "…", "minutes": 30, "snooze": true}';

/** Undefined where it has another form. Without `minutes` it is for the rest of the episode; `snooze` needs them. */
export function readAcknowledgement(
  body: unknown,
  nowMs: number,
): { readonly conditions: readonly string[]; readonly by: Omit<Acknowledgement, 'by'> } | undefined {
  const {
    condition,
    conditions = [condition],
    why,
    minutes,
    snooze,
  } = (body ?? {}) as Record<string, unknown>;
  if (!isConditions(conditions) || (condition !== undefined && !conditions.includes(condition as string)))
    return undefined;
  if (typeof why !== 'string' || why.trim() === '' || why.length > WHY_MAX || !why.isWellFormed())
    return undefined;
  if (
    minutes !== undefined &&
    !(Number.isInteger(minutes) && Number(minutes) > 0 && Number(minutes) <= DAY_MINUTES)
  ) {
    return undefined;
  }
  if (snooze !== undefined && typeof snooze !== 'boolean') return undefined;
  if (snooze === true && minutes === undefined) return undefined;
  const untilMs = minutes === undefined ? undefined : nowMs + Number(minutes) * MINUTE_MS;
  return {
    conditions,
    by: {
      atMs: nowMs,
      why: why.trim(),
      ...(untilMs !== undefined && { untilMs }),
      ...(snooze === true && { outlasts: true }),
    },
  };
}

const isConditions = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= CONDITIONS_MAX &&
  value.every((one) => typeof one === 'string' && one.length <= 200);
