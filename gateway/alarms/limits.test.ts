// Limits under the engine, over random streams in which people change them all the time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeartwoodError } from '../error.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import { type Alarm, AlarmEngine, type AlarmNotice } from './engine.ts';
import { changeLimit, type LimitAsked } from './limit-change.ts';
import { DEFAULT_LIMITS, limitNow, type OwnLimits, observeLimits } from './limits.ts';
import { Picture } from './picture.ts';

const AT = 1_795_262_400_000;
const RATE = DEFAULT_LIMITS.filter(({ measure }) => measure === 'heart-rate');
const reading = (value: number, received: number): KeptReading => ({
  device: 1,
  seq: 1,
  index: 0,
  received,
  origin: 'simulator',
  measurement: { kind: 'heart-rate', value },
});

/** A rate that stays for some seconds, and perhaps a change or an acknowledgement before it. */
type Step = {
  readonly value: number;
  readonly seconds: number;
  readonly condition: string;
  readonly asked: LimitAsked | 'acknowledge' | undefined;
};
const asked: fc.Arbitrary<LimitAsked> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    limit: fc.integer({ min: 20, max: 250 }),
    delaySeconds: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    why: fc.constant('x'),
  }),
  fc.record({
    kind: fc.constant('off' as const),
    minutes: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    why: fc.constant('x'),
  }),
  fc.record({ kind: fc.constant('default' as const), why: fc.constant('x') }),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    value: fc.constantFrom(30, 40, 70, 115, 140, 160, 200, 240),
    seconds: fc.integer({ min: 1, max: 40 }),
    condition: fc.constantFrom(...RATE.map(({ id }) => id)),
    asked: fc.option(fc.oneof(asked, fc.constant('acknowledge' as const)), { nil: undefined }),
  }),
  { maxLength: 25 },
);

type Second = {
  readonly nowMs: number;
  readonly value: number;
  readonly own: OwnLimits;
  readonly alarms: readonly Alarm[];
};

function play(all: readonly Step[], restart: boolean): { told: AlarmNotice[]; seconds: Second[] } {
  const picture = new Picture();
  let engine = new AlarmEngine();
  let own: OwnLimits = {};
  let nowMs = AT;
  const told: AlarmNotice[] = [];
  const seconds: Second[] = [];
  for (const step of all) {
    const by = { by: 'Dr Vale', person: 3, atMs: nowMs };
    if (step.asked === 'acknowledge')
      told.push(
        ...engine.acknowledge(1, step.condition, {
          ...by,
          why: 'x',
          untilMs: nowMs + 60_000,
          outlasts: false,
        }),
      );
    else if (step.asked !== undefined) {
      try {
        own = changeLimit(own, step.condition, step.asked, by);
      } catch (error) {
        expect(error).toBeInstanceOf(HeartwoodError);
      }
    }
    for (let second = 0; second < step.seconds; second += 1) {
      nowMs += 1000;
      picture.take(reading(step.value, nowMs));
      if (restart) {
        engine = new AlarmEngine(JSON.parse(JSON.stringify([...engine.all()])));
        own = JSON.parse(JSON.stringify(own));
      }
      told.push(...engine.observe(1, observeLimits(picture, own, nowMs), nowMs));
      seconds.push({ nowMs, value: step.value, own, alarms: engine.of(1) });
    }
  }
  return { told, seconds };
}

describe('limits that people change all the time', () => {
  it('are never silent beyond a high one for longer than its delay, but while it is off with an end, or known', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const since = new Map<string, number>();
        for (const { nowMs, value, own, alarms } of play(all, false).seconds)
          for (const rule of RATE) {
            if (rule.priority !== 'high') continue;
            const holds = limitNow(rule, own, nowMs);
            if (holds === undefined) {
              const until = own[rule.id]?.offUntilMs ?? Number.POSITIVE_INFINITY;
              expect(until - nowMs).toBeLessThanOrEqual(24 * 3_600_000);
            }
            const beyond =
              holds !== undefined && (rule.side === 'above' ? value > holds.limit : value < holds.limit);
            if (!beyond) {
              since.delete(rule.id);
              continue;
            }
            const from = since.get(rule.id) ?? nowMs;
            since.set(rule.id, from);
            if (nowMs - from < holds.timing.raiseAfterMs) continue;
            const alarm = alarms.find(({ condition }) => condition === rule.id);
            expect(['on', 'acknowledged'], rule.id).toContain(alarm?.state.presence);
          }
      }),
      { numRuns: 60 },
    );
  });
  it('stay in order and in their ranges, whatever is asked', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { own } of play(all, false).seconds.slice(-1)) {
          const values = [
            'heart-rate-very-low',
            'heart-rate-low',
            'heart-rate-high',
            'heart-rate-very-high',
          ].map((id) => {
            const set = own[id]?.limit;
            return typeof set === 'number' ? set : RATE.find((rule) => rule.id === id)!.limit;
          });
          expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
  });
  it('tell the same with a restart every second', () => {
    fc.assert(
      fc.property(steps, (all) => {
        expect(JSON.stringify(play(all, true).told)).toBe(JSON.stringify(play(all, false).told));
      }),
      { numRuns: 40 },
    );
  });
});
