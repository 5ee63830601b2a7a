import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceSet } from './sequence-set.ts';

const near = fc.nat(40);
const far = fc.constantFrom(
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER - 1,
  Number.MAX_SAFE_INTEGER - 3,
);
const numbers = fc.array(fc.oneof({ weight: 9, arbitrary: near }, { weight: 1, arbitrary: far }), {
  maxLength: 60,
});

/** The model: what a plain set of the same numbers has for ranges. */
function rangesOf(model: ReadonlySet<number>): number[] {
  const bounds: number[] = [];
  for (const value of [...model].sort((a, b) => a - b)) {
    if (bounds.length > 0 && bounds.at(-1) === value - 1) bounds[bounds.length - 1] = value;
    else bounds.push(value, value);
  }
  return bounds;
}

describe('a set of sequence numbers', () => {
  it('is a set, in as few ranges as there can be', () => {
    fc.assert(
      fc.property(numbers, (added) => {
        const set = new SequenceSet();
        const model = new Set<number>();
        for (const value of added) {
          expect(set.has(value)).toBe(model.has(value));
          set.add(value);
          model.add(value);
          expect(set.bounds).toEqual(rangesOf(model));
        }
        for (let value = 0; value <= 41; value++) expect(set.has(value)).toBe(model.has(value));
      }),
      { numRuns: 500 },
    );
  });

  it('comes back from its bounds, and does not share them', () => {
    const set = new SequenceSet([1, 3, 7, 7]);
    const copy = new SequenceSet(set.bounds);
    copy.add(4);
    expect(copy.bounds).toEqual([1, 4, 7, 7]);
    expect(set.bounds).toEqual([1, 3, 7, 7]);
  });

  it('closes its first gap only', () => {
    const set = new SequenceSet([1, 3, 7, 7, 9, 9]);
    set.closeFirstGap();
    expect(set.bounds).toEqual([1, 7, 9, 9]);
    set.closeFirstGap();
    set.closeFirstGap();
    expect(set.bounds).toEqual([1, 9]);
  });
});
