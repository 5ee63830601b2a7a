// A replayed limit against the engine that raised the alarms: the same numbers give the same episodes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlarmEngine } from '../alarms/engine.ts';
import { DEFAULT_LIMITS, type Limit, observeLimits } from '../alarms/limits.ts';
import { Picture } from '../alarms/picture.ts';
import { missed, Replay } from './replay.ts';

const AT = Date.UTC(2026, 10, 21);
const SLOT = 1;
const ruleOf = (id: string): Limit => DEFAULT_LIMITS.find((rule) => rule.id === id) as Limit;
const HIGH = ruleOf('heart-rate-high');
const VERY_HIGH = ruleOf('heart-rate-very-high');
const now = ({ limit, timing }: Limit) => ({ limit, raiseAfterMs: timing.raiseAfterMs });

type Series = readonly { readonly at: number; readonly value: number }[];

/** The hub's own engine, looked at each second, whose alarms are acknowledged as soon as they are over. */
function live(rule: Limit, series: Series, endMs: number): [number, number | undefined][] {
  const engine = new AlarmEngine();
  const picture = new Picture();
  const episodes: [number, number | undefined][] = [];
  let next = 0;
  for (let nowMs = AT; nowMs < endMs; nowMs += 1000) {
    for (; (series[next]?.at ?? endMs) <= nowMs; next++) {
      const { at: received, value } = series[next] as Series[number];
      picture.take({
        ...{ device: 1, seq: next, index: 0, received, origin: 'simulator' },
        measurement: { kind: 'heart-rate', value },
      });
    }
    const seen = [...observeLimits(picture, {}, nowMs)].filter(({ id }) => id === rule.id);
    for (const { change, atMs } of engine.observe(SLOT, seen, nowMs)) {
      if (change === 'raised') episodes.push([atMs, undefined]);
      const last = episodes.at(-1);
      if (change === 'over' && last !== undefined) last[1] = atMs;
      if (change === 'over' && rule.timing.latching)
        engine.acknowledge(SLOT, rule.id, { by: 'Ann', atMs, why: 'seen' });
    }
  }
  return episodes;
}

function replayed(rule: Limit, series: Series, endMs: number, pieces = 1): [number, number | undefined][] {
  const replay = new Replay(rule, now(rule));
  const size = Math.ceil(series.length / pieces) || 1;
  for (let from = 0; from < series.length; from += size) {
    const piece = series.slice(from, from + size);
    replay.take(
      piece.map(({ at }) => at),
      piece.map(({ value }) => value),
    );
  }
  replay.end(endMs);
  return replay.episodes.map(({ raisedMs, overMs }) => [raisedMs, overMs]);
}

const series = fc
  .array(
    fc.record({
      // Mostly each second, with gaps of which some are longer than a number counts.
      gap: fc.oneof(
        { weight: 9, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 400 }) },
      ),
      value: fc.integer({ min: 120, max: 160 }),
      times: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 12 },
  )
  .map((parts): Series => {
    let at = AT;
    return parts.flatMap(({ gap, value, times }) =>
      Array.from({ length: times }, (_, i) => {
        at += (i === 0 ? gap : 1) * 1000;
        return { at, value };
      }),
    );
  });

describe('a replayed limit', () => {
  it.each([HIGH, VERY_HIGH])('$id raises what the engine raises, whatever the pieces', (rule) => {
    let some = 0;
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 5 }), (made, pieces) => {
        const endMs = (made.at(-1)?.at ?? AT) + 600_000;
        const expected = live(rule, made, endMs);
        some += expected.length;
        expect(replayed(rule, made, endMs, pieces)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
    expect(some).toBeGreaterThan(10);
  });

  it('raises fewer alarms the wider it is, and says which of the acknowledged ones it would have missed', () => {
    const made: Series = [140, 120, 155, 120, 140, 120].flatMap((value, i) =>
      Array.from({ length: 60 }, (_, s) => ({ at: AT + (i * 60 + s) * 1000, value })),
    );
    const run = (limit: number) => {
      const replay = new Replay(HIGH, { limit, raiseAfterMs: 30_000 });
      replay.take(
        made.map(({ at }) => at),
        made.map(({ value }) => value),
      );
      replay.end(AT + 400_000);
      return replay.episodes;
    };
    const [present, wide] = [run(130), run(150)];
    expect([present.length, wide.length, run(160).length]).toEqual([3, 1, 0]);
    expect(missed(present, wide, 30_000)).toBe(2);
    expect(missed(present.slice(1, 2), wide, 30_000)).toBe(0);
    expect(missed([{ raisedMs: AT + 150_000, overMs: undefined }], wide, 30_000)).toBe(0);
  });
});
