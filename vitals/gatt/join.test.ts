// What comes in several parts: body compositions in two values, health observations in segments.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  type BodyComposition,
  type HeldSegments,
  joinBodyComposition,
  joinSegments,
  measureBodyComposition,
  OBSERVATION_MAX_BYTES,
  splitSegments,
} from './index.ts';

const first: BodyComposition = { unit: 'kg', partial: true, fat: 21.5, user: 2, muscle: 40 };
const second: BodyComposition = { unit: 'kg', partial: true, fat: 'unsuccessful', weight: 70.5, height: 1.7 };
const whole: BodyComposition = { unit: 'kg', partial: false, fat: 20, weight: 71 };

describe('a body composition in two values', () => {
  it('is one', () => {
    const { held, complete } = joinBodyComposition(undefined, first);
    expect(complete).toEqual([]);
    const joined = joinBodyComposition(held, second);
    expect(joined).toStrictEqual({
      complete: [{ unit: 'kg', partial: false, fat: 21.5, user: 2, muscle: 40, weight: 70.5, height: 1.7 }],
    });
    expect(measureBodyComposition(joined.complete[0]!, {})).toStrictEqual([
      { measurement: { kind: 'weight', value: 70.5 } },
    ]);
    expect(joinBodyComposition(undefined, whole)).toStrictEqual({ complete: [whole] });
  });

  it('whose other half never comes is given with the next', () => {
    expect(joinBodyComposition(first, whole)).toStrictEqual({ complete: [first, whole] });
  });

  it('is not made of halves of two measurements', () => {
    expect(joinBodyComposition(first, first)).toStrictEqual({ held: first, complete: [first] });
    const pounds: BodyComposition = { ...second, unit: '[lb_av]' };
    expect(joinBodyComposition(first, pounds)).toStrictEqual({ held: pounds, complete: [first] });
  });

  it('without a weight measures nothing', () => {
    expect(measureBodyComposition(first, {})).toEqual([]);
  });
});

/** Feeds values in order; what came out whole, and what was refused. */
function feed(values: readonly Uint8Array[]): { whole: Uint8Array[]; refused: string[] } {
  const out = { whole: [] as Uint8Array[], refused: [] as string[] };
  let held: HeldSegments | undefined;
  for (const value of values) {
    const outcome = joinSegments(held, value);
    held = outcome.kind === 'waiting' ? outcome.held : undefined;
    if (outcome.kind === 'complete') out.whole.push(outcome.bytes);
    if (outcome.kind === 'refused') out.refused.push(outcome.reason);
  }
  return out;
}
const observation = Uint8Array.from({ length: 50 }, (_, index) => index);

describe('segments', () => {
  it('join to what was split, of any length, room and counter', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 2, max: 60 }),
        fc.nat(63),
        (bytes, valueMax, counter) => {
          const values = splitSegments(bytes, valueMax, counter);
          for (const value of values) expect(value.length).toBeLessThanOrEqual(valueMax);
          expect(feed(values)).toEqual({ whole: [bytes], refused: [] });
        },
      ),
    );
  });

  it('lost in the middle lose their observation, say so once, and no other observation', () => {
    const values = splitSegments(observation, 20, 62);
    expect(values.map(([header]) => header)).toEqual([0xf9, 0xfc, 0x02]);
    const without = (index: number): readonly Uint8Array[] => values.filter((_, at) => at !== index);
    expect(feed([...without(1), ...values])).toEqual({
      whole: [observation],
      refused: ['parts-do-not-join'],
    });
    expect(feed([...without(2), ...values])).toEqual({ whole: [observation], refused: [] });
    expect(feed([...without(0), ...values])).toEqual({ whole: [observation], refused: [] });
  });

  it('twice the same are refused', () => {
    const values = splitSegments(observation, 20);
    expect(feed([values[0]!, values[1]!, values[1]!, values[2]!])).toEqual({
      whole: [],
      refused: ['parts-do-not-join'],
    });
  });

  it('do not make the hub hold more than one observation can be', () => {
    const values = splitSegments(new Uint8Array(OBSERVATION_MAX_BYTES + 1), 512);
    expect(feed(values)).toEqual({ whole: [], refused: ['too-long'] });
    const most = new Uint8Array(OBSERVATION_MAX_BYTES);
    expect(feed(splitSegments(most, 512)).whole).toHaveLength(1);
  });

  it('that are empty do not pile up without end', () => {
    expect(feed([hexToBytes('01'), hexToBytes('04')])).toEqual({ whole: [], refused: ['too-short'] });
  });

  it('need a header, and room', () => {
    expect(joinSegments(undefined, hexToBytes(''))).toMatchObject({ reason: 'too-short' });
    expect(() => splitSegments(observation, 1)).toThrow(RangeError);
  });

  it('survive any sequence of octets', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 30 }), (values) => {
        const all = values.reduce((sum, value) => sum + value.length, 0);
        for (const bytes of feed(values).whole) expect(bytes.length).toBeLessThanOrEqual(all);
      }),
    );
  });
});
