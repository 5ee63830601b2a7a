// What the paper hub says of one patient whose tiles are in all six states: live, delayed, stale, sensor off, artefact, and
// never seen; with limits that hold for everybody, one of them this patient's own.

import { homeSnapshot, number } from './page-home.ts';

type Json = Record<string, unknown>;

const rule = (measure: string, side: 'above' | 'below', limit: number, priority = 'medium'): Json => ({
  condition: `${measure}-${priority === 'high' ? 'very-' : ''}${side === 'above' ? 'high' : 'low'}`,
  measure,
  unit: '/min',
  side,
  priority,
  limit,
  delaySeconds: 30,
  range: [1, 400],
});

const LIMITS: readonly Json[] = [
  rule('heart-rate', 'above', 150, 'high'),
  rule('heart-rate', 'above', 130),
  rule('heart-rate', 'below', 45),
  rule('spo2', 'below', 91),
  rule('respiratory-rate', 'above', 25),
  rule('body-temperature', 'above', 39),
  rule('body-temperature', 'below', 35.1),
  rule('systolic', 'above', 179),
  rule('systolic', 'below', 91),
];

/** The snapshot at `now`, without type and count. */
export function statesSnapshot(now: number): Json {
  const snapshot = homeSnapshot(now);
  const [ada] = snapshot['patients'] as Json[];
  const absent = (id: string, kind: string, why: string, agoMs: number): Json => {
    const { value: _, ...rest } = number(id, kind, 0, now - agoMs);
    return { ...rest, absent: why };
  };
  const [SECOND, MINUTE] = [1_000, 60_000];
  const own = {
    condition: 'heart-rate-high',
    limit: 140,
    delaySeconds: 30,
    by: 'Dr Vale',
    at: now - MINUTE,
    why: 'an athlete',
  };
  return {
    ...snapshot,
    limits: LIMITS,
    patients: [
      {
        ...ada,
        care: { limits: [own] },
        recent: {
          'heart-rate': [number('57.1.14', 'heart-rate', 72, now - SECOND)],
          spo2: [number('57.1.15', 'spo2', 96, now - 40 * SECOND)],
          'respiratory-rate': [number('57.1.16', 'respiratory-rate', 17, now - 12 * MINUTE)],
          'body-temperature': [
            number('57.1.17', 'body-temperature', 36.8, now - 9 * MINUTE),
            absent('57.1.18', 'body-temperature', 'sensor-off', 5 * MINUTE),
          ],
          glucose: [absent('57.1.19', 'glucose', 'artefact', 2 * MINUTE)],
        },
      },
    ],
  };
}
