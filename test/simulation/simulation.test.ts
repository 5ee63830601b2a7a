import { describe, expect, it } from 'vitest';
import { MUTATIONS, type Mutation } from './mutation.ts';
import { simulate } from './simulate.ts';

describe('a house from one seed', () => {
  it.each(['one', 'two'])('keeps every promise for three hours: seed %s', async (seed) => {
    const report = await simulate({ seed, hours: 3 });
    expect(report.broken).toBeUndefined();
    // A run in which nothing happened would show nothing.
    expect(report.kills).toBeGreaterThan(3);
    expect(report.acknowledged).toBeGreaterThan(700);
    expect(report.cosigned).toBeGreaterThan(30);
    expect(report.alarms).toBeGreaterThan(20);
  });

  it('is the same again from the same seed, event for event', async () => {
    const runs = [await simulate({ seed: 'again', hours: 1 }), await simulate({ seed: 'again', hours: 1 })];
    const [first, second] = runs.map(({ seconds: _, ...rest }) => rest);
    expect(first).toEqual(second);
    const other = await simulate({ seed: 'another', hours: 1 });
    expect(other.digest).not.toBe(first?.digest);
  });
});

/** A seed that comes to the point soon, and what the simulation says there. */
const FOUND: Readonly<Record<Mutation, readonly [seed: string, hours: number, says: RegExp]>> = {
  'acknowledge-early': ['one', 1, /is acknowledged, and is not on the disk/],
  'forget-redeliveries': ['one', 4, /is stored twice/],
  'forget-cursors': ['one', 4, /fsck: .*cursor/],
  'forget-staged': ['one', 4, /not on the disk|left out what was staged/],
  'mark-first': ['s5', 1, /the mark is ahead/],
  'ignore-mark': ['s2', 4, /on an old copy the hub says nothing/],
  'tell-before-keeping': ['one', 1, /somebody is told .* and it is not on the disk/],
  'forget-alarms': ['one', 4, /by the record/],
  'never-look': ['one', 3, /is silent for .* and there is no alarm/],
  'blind-witness': ['s15', 5, /second history|no witness noticed|on an old copy the hub says nothing/],
  overtake: ['s0', 2, /out of order/],
};

describe('a rule that is broken on purpose is found', () => {
  it.each(Object.keys(MUTATIONS) as Mutation[])('%s', async (mutation) => {
    const [seed, hours, says] = FOUND[mutation];
    const { broken } = await simulate({ seed, hours, mutation });
    expect(broken).toMatch(says);
  });
});
