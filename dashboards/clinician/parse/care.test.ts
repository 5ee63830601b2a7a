import { describe, expect, it } from 'vitest';
import { NO_CARE } from '../care.ts';
import { NOW, PATIENT, wireSnapshot } from '../feed-sample.ts';
import { apply, type World } from '../state.ts';
import { limitsOf } from '../trend/limit-line.ts';
import { parseFeed } from './message.ts';

const rule = {
  condition: 'heart-rate-high',
  measure: 'heart-rate',
  unit: '/min',
  side: 'above',
  priority: 'medium',
  limit: 130,
  delaySeconds: 30,
  range: [80, 230],
};
const own = {
  condition: 'heart-rate-high',
  limit: 140,
  delaySeconds: 20,
  by: 'Dr Vale',
  at: NOW,
  why: 'athlete',
};
const care = {
  limits: [own],
  oxygen: { litres: 2, by: 'Ada’s son', at: NOW },
  consciousness: { value: 'alert', by: 'Ada’s son', at: NOW },
  scale2: { by: 'Dr Vale', at: NOW, why: 'COPD' },
};

function worldOf(...messages: object[]): World | string {
  let world: World | undefined;
  for (const message of messages) {
    const parsed = parseFeed(JSON.stringify(message));
    if (parsed.kind === 'malformed') return parsed.why;
    const applied = apply(world, parsed.message);
    if (applied.kind === 'gap') return 'gap';
    world = applied.world;
  }
  return world as World;
}
const told = (given: object): object => ({
  type: 'care',
  feed: 101,
  now: NOW,
  patient: PATIENT,
  care: given,
});

describe('what people set and see', () => {
  it('is how many notes there are, too', () => {
    const { patients } = worldOf(wireSnapshot(), told({ ...care, notes: 4 })) as World;
    expect(patients[0]?.care.notes).toBe(4);
    expect(worldOf(wireSnapshot(), told({ ...care, notes: -1 }))).toBe('care.notes is not a count');
  });
  it('comes with the snapshot, changes by a message, and is nothing from a hub that tells none', () => {
    const before = worldOf(wireSnapshot()) as World;
    expect(before.limits).toEqual([]);
    expect(before.patients[0]?.care).toEqual(NO_CARE);
    const after = worldOf(wireSnapshot({ limits: [rule] }), told(care)) as World;
    expect(after.limits).toEqual([rule]);
    expect(after.patients[0]?.care).toEqual({ ...care, notes: 0, limits: [{ ...own, offUntil: undefined }] });
  });
  it('holds in the place of what holds for everybody, and not while it is off', () => {
    const limits = (over: object): readonly object[] => {
      const world = worldOf(
        wireSnapshot({ limits: [rule] }),
        told({ limits: [{ ...own, ...over }] }),
      ) as World;
      return limitsOf(world.limits, world.patients[0]!.care, NOW);
    };
    const shown = { measure: 'heart-rate', side: 'above', priority: 'medium' };
    expect(limitsOf([rule as never], NO_CARE, NOW)).toEqual([{ ...shown, limit: 130, by: undefined }]);
    expect(limits({})).toEqual([{ ...shown, limit: 140, by: 'Dr Vale' }]);
    expect(limits({ offUntil: null })).toEqual([]);
    expect(limits({ offUntil: NOW + 1 })).toEqual([]);
    expect(limits({ offUntil: NOW })).toHaveLength(1);
  });
  it.each([
    [{ limits: [{ ...own, limit: '140' }] }],
    [{ limits: [{ ...own, by: undefined }] }],
    [{ limits: [{ ...own, condition: 'Heart rate <b>' }] }],
    [{ limits: [], consciousness: { value: 'sleepy', by: 'x', at: NOW } }],
    [{ limits: [], oxygen: { litres: 2, at: NOW } }],
    [{}],
  ])('is refused whole where it is not as it must be: %j', (broken) => {
    expect(worldOf(wireSnapshot(), told(broken))).toEqual(expect.any(String));
  });
  it.each([[{ ...rule, range: [80] }], [{ ...rule, range: ['a', 'b'] }], [{ ...rule, side: 'beside' }]])(
    'a rule too: %j',
    (broken) => {
      expect(worldOf(wireSnapshot({ limits: [broken] }))).toEqual(expect.any(String));
    },
  );
});
