// The heart rate of the last four hours as the hub kept it (docs/spec/feed.md, History): the line of a patient whom this
// page has only just begun to watch. Where the hub has none, or says something else, there is no line yet.

import { type Stretch, TRAIL_MS } from './trails.ts';

const MINUTE_MS = 60_000;
const ROWS_MAX = 10_000;

/** Never rejects: a line that is missing is no reason to stop. */
export async function fetchRates(patient: string, nowMs: number): Promise<readonly Stretch[]> {
  const to = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS;
  const asked = new URLSearchParams({
    kind: 'heart-rate',
    from: String(to - TRAIL_MS),
    to: String(to),
    points: String(TRAIL_MS / MINUTE_MS),
  });
  try {
    const answer = await fetch(`/api/patients/${patient}/history?${asked}`);
    return answer.ok ? parseRates(await answer.json()) : [];
  } catch {
    return [];
  }
}

/**
 * Rows of `every` are `[time, value]`, of `stretches` `[time, count, min, mean, max]`, each with its device's place at the
 * end where there are several. A row of another form is left out. A stretch stands in every minute of its width.
 */
export function parseRates(json: unknown): readonly Stretch[] {
  const value = at(at(json, 'series'), 'value');
  const every = listOf(at(value, 'every'), 2).map(([time, one]) => [time, one, one] as const);
  const minutes = minutesOf(at(value, 'widthMs'));
  const stretches = listOf(at(value, 'stretches'), 5).flatMap(([time, , low, , high]) =>
    Array.from({ length: minutes }, (_, n) => [(time as number) + n * MINUTE_MS, low, high] as const),
  );
  return [...every, ...stretches].map(([time, low, high]) => ({
    minute: Math.floor((time as number) / MINUTE_MS),
    low: low as number,
    high: high as number,
  }));
}

const minutesOf = (widthMs: unknown): number =>
  typeof widthMs === 'number' && widthMs >= MINUTE_MS && widthMs <= TRAIL_MS
    ? Math.floor(widthMs / MINUTE_MS)
    : 1;

function at(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Record<string, unknown>)[name];
}

/** Rows so wide, or one wider: which device. */
function listOf(json: unknown, width: number): readonly (readonly number[])[] {
  if (!Array.isArray(json)) return [];
  return json
    .slice(0, ROWS_MAX)
    .filter(
      (row): row is number[] =>
        Array.isArray(row) &&
        (row.length === width || row.length === width + 1) &&
        row.every(Number.isFinite),
    );
}
