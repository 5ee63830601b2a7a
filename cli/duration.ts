// Durations as people type them: a number and one unit, `500ms`, `60s`, `1.5m`, `2h`, `7d`. No unit is no duration:
// a bare `60` could be seconds or milliseconds, and guessing wrong is worse than asking.

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The sentence that says what `parseDuration` takes. */
export const DURATION_RIGHT = 'a duration such as 500ms, 60s, 5m, 2h or 1d';

/** Whole milliseconds above zero, or undefined where the text is no duration. Fractions of a millisecond are refused. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const exact = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  const whole = Math.round(exact);
  // A product such as 0.07 * 60000 is off by a rounding error of the binary fraction, never by a thousandth.
  if (Math.abs(exact - whole) > 1e-6 * Math.max(1, whole)) return undefined;
  return whole > 0 && Number.isSafeInteger(whole) ? whole : undefined;
}

/** The shortest exact spelling: `parseDuration(formatDuration(ms)) === ms` for every whole ms above zero. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= UNIT_MS[unit] && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
