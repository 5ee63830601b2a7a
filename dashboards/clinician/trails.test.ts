import { describe, expect, it } from 'vitest';
import type { FeedReading } from './feed.ts';
import { heartRate, NOW, PATIENT, wireSnapshot } from './feed-sample.ts';
import { parseRates } from './history.ts';
import { parseFeed } from './parse/message.ts';
import { HOUR_MS } from './score.ts';
import { TRAIL_MS, Trails, trailPath } from './trails.ts';

const MINUTE = Math.floor(NOW / 60_000);
const tell = (trails: Trails, ...readings: FeedReading[]): void =>
  trails.take({ type: 'readings', feed: 1, now: NOW, readings });
const rate = (value: number, received: number): FeedReading =>
  heartRate('1.1.0', received, { measurement: { kind: 'heart-rate', value } });

describe('the heart rate’s trail', () => {
  it('keeps the extremes of each minute, in time’s order, and four hours of them', () => {
    const trails = new Trails();
    tell(
      trails,
      rate(70, NOW),
      rate(90, NOW + 1_000),
      rate(60, NOW - 120_000),
      rate(99, NOW - TRAIL_MS - 120_000),
    );
    trails.fill(PATIENT, [{ minute: MINUTE, low: 65, high: 95 }]);
    expect(trails.rates(PATIENT)).toEqual([
      { minute: MINUTE - 2, low: 60, high: 60 },
      { minute: MINUTE, low: 65, high: 95 },
    ]);
  });

  it('knows absent readings and other patients not at all', () => {
    const trails = new Trails();
    tell(trails, heartRate('1.1.0', NOW, { measurement: { kind: 'heart-rate', absent: 'sensor-off' } }));
    expect(trails.rates(PATIENT)).toEqual([]);
    tell(trails, rate(70, NOW));
    trails.clear();
    expect(trails.rates(PATIENT)).toEqual([]);
  });

  it('leaves a gap a gap', () => {
    const path = trailPath(
      [MINUTE - 60, MINUTE - 59, MINUTE - 20].map((minute) => ({ minute, low: 70, high: 70 })),
      NOW,
    );
    expect(path?.match(/M/g)).toHaveLength(2);
    expect(path?.match(/L/g)).toHaveLength(1);
    expect(trailPath([{ minute: MINUTE - 300, low: 70, high: 70 }], NOW)).toBe(undefined);
  });
});

describe('the score’s trail', () => {
  it('keeps an hour and what held before it', () => {
    const trails = new Trails();
    const told = (points: number, now: number): void =>
      trails.take({
        type: 'scores',
        feed: 1,
        now,
        scores: [
          {
            patient: PATIENT,
            score: { score: points, most: 20, scale: 1, inputs: { pulse: { at: now, points } } },
          },
        ],
      });
    told(0, NOW - 3 * HOUR_MS);
    told(1, NOW - 2 * HOUR_MS);
    told(2, NOW);
    expect(trails.scores(PATIENT).map(({ points }) => points.pulse)).toEqual([1, 2]);
  });
});

describe('who may not be seen any more', () => {
  it('is not remembered', () => {
    const trails = new Trails();
    const parsed = parseFeed(JSON.stringify(wireSnapshot()));
    if (parsed.kind !== 'message' || parsed.message.type !== 'snapshot') throw new Error('no snapshot');
    trails.take(parsed.message);
    trails.fill(PATIENT, [{ minute: MINUTE, low: 60, high: 70 }]);
    expect(trails.rates(PATIENT).length).toBeGreaterThan(0);
    trails.take({ ...parsed.message, patients: [] });
    expect(trails.rates(PATIENT)).toEqual([]);
    expect(trails.scores(PATIENT)).toEqual([]);
  });
});

describe('a history', () => {
  it('is read as every number, or as stretches; a row of another form is left out', () => {
    expect(parseRates({ series: { value: { every: [[NOW, 72], [NOW, '72'], [NOW]] } } })).toEqual([
      { minute: MINUTE, low: 72, high: 72 },
    ]);
    const stretches = [
      [NOW, 60, 61, 67.4, 74],
      [NOW, 60, null, 67.4, 74],
    ];
    expect(parseRates({ series: { value: { widthMs: 60_000, stretches } } })).toEqual([
      { minute: MINUTE, low: 61, high: 74 },
    ]);
    for (const other of [null, [], {}, { series: [] }, { series: { value: { every: {} } } }])
      expect(parseRates(other)).toEqual([]);
  });

  it('of several devices is read as well, and a stretch stands in every minute of its width', () => {
    const devices = ['strap-1', 'watch-1'];
    const every = [
      [NOW, 72, 0],
      [NOW, 74, 1],
    ];
    expect(parseRates({ series: { value: { devices, every } } })).toEqual([
      { minute: MINUTE, low: 72, high: 72 },
      { minute: MINUTE, low: 74, high: 74 },
    ]);
    const stretches = [[NOW, 60, 61, 67.4, 74, 1]];
    expect(parseRates({ series: { value: { devices, widthMs: 120_000, stretches } } })).toEqual([
      { minute: MINUTE, low: 61, high: 74 },
      { minute: MINUTE + 1, low: 61, high: 74 },
    ]);
  });
});
