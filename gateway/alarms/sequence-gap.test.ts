import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sequences } from './sequence-gap.ts';

const AT = 1_795_262_400_000;
const HOUR = 3_600_000;
type Step = readonly [second: number, seq: number, boot?: number];

function missing(steps: readonly Step[], nowMs = AT + 60_000): number {
  const sequences = new Sequences();
  for (const [second, seq, boot] of steps)
    sequences.take({ device: 1, boot, seq, received: AT + second * 1000 });
  return Number(sequences.observe(1, 'watch-1', nowMs).facts['missing']);
}

describe('a hole in the numbers of a device', () => {
  it.each<[what: string, steps: readonly Step[], missing: number]>([
    [
      'is none while they count on',
      [
        [0, 7],
        [1, 8],
        [2, 9],
      ],
      0,
    ],
    ['is none before the first that was ever heard', [[0, 700]], 0],
    [
      'is what was left out',
      [
        [0, 7],
        [1, 8],
        [2, 11],
      ],
      2,
    ],
    [
      'is smaller when a part comes',
      [
        [0, 7],
        [1, 11],
        [2, 9],
      ],
      2,
    ],
    [
      'is over when all of it came, in any order',
      [
        [0, 7],
        [1, 11],
        [2, 10],
        [3, 8],
        [4, 9],
      ],
      0,
    ],
    [
      'is not filled by the same message twice',
      [
        [0, 7],
        [1, 10],
        [2, 8],
        [3, 8],
      ],
      1,
    ],
    [
      'is two where there are two',
      [
        [0, 7],
        [1, 9],
        [2, 13],
      ],
      4,
    ],
    [
      'is none where a restart skipped more than could have been sent',
      [
        [0, 7],
        [1, 1007],
      ],
      0,
    ],
    [
      'is one of many where there was time to send them',
      [
        [0, 7],
        [60, 1007],
      ],
      999,
    ],
    [
      'is none between two runs of a device that names them',
      [
        [0, 7, 1],
        [1, 0, 2],
        [2, 1, 2],
      ],
      0,
    ],
    [
      'is one of the run before, and is filled by it',
      [
        [0, 7, 1],
        [1, 9, 1],
        [2, 0, 2],
        [3, 8, 1],
        [4, 1, 2],
      ],
      0,
    ],
    [
      'of the run before stays',
      [
        [0, 7, 1],
        [1, 9, 1],
        [2, 0, 2],
        [4, 1, 2],
      ],
      1,
    ],
  ])('%s', (_, steps, left) => {
    expect(missing(steps)).toBe(left);
  });
  it('is not waited for longer than a day', () => {
    const steps: Step[] = [
      [0, 7],
      [1, 9],
    ];
    expect(missing(steps, AT + 1000 + 24 * HOUR)).toBe(1);
    expect(missing(steps, AT + 1001 + 24 * HOUR)).toBe(0);
  });
  it('comes back after a restart where it is waited for, and is filled as before', () => {
    const sequences = new Sequences();
    sequences.restore(1, undefined, [0, 7, 9, 12, 15, 20], (after) => (after > 9 ? AT : undefined), AT);
    const look = () => sequences.observe(1, 'watch-1', AT).facts;
    expect(look()).toMatchObject({ missing: 2, from: 13 });
    sequences.take({ device: 1, seq: 13, received: AT });
    sequences.take({ device: 1, seq: 21, received: AT });
    expect(look()).toMatchObject({ missing: 1, from: 14 });
  });
  it('is one of 64 at most, the largest, however a device splits it or makes others', () => {
    const steps: Step[] = [
      [0, 0],
      [12 * 3600, 800_001],
    ];
    for (let seq = 2; seq <= 4000; seq += 2) steps.push([12 * 3600, seq]);
    // What was never sent of all that was split off: 63 of the odd numbers, and all of the rest.
    expect(missing(steps)).toBe(800_000 - 4000 + 63);
    const many = Array.from({ length: 200 }, (_, i): Step => [i, 2 * i]);
    expect(missing(many)).toBe(64);
    const sequences = new Sequences();
    const stored = Array.from({ length: 400 }, (_, i) => 3 * i - (i % 2));
    sequences.restore(1, undefined, stored, () => AT, AT);
    expect(sequences.observe(1, 'watch-1', AT).facts).toMatchObject({ missing: 64 * 3 });
  });
  it('is exactly what did not come, in whatever order the rest comes', () => {
    const order = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 41 });
    fc.assert(
      fc.property(order, (numbers) => {
        const [first] = numbers as [number];
        const came = numbers.filter((seq) => seq >= first);
        // All at one minute's distance: nothing is too far to have been sent.
        const left = missing(
          came.map((seq, i): Step => [i * 60, seq]),
          AT,
        );
        expect(left).toBe(Math.max(...came) - first + 1 - came.length);
      }),
    );
  });
});
