import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceCursor } from './cursor.ts';

describe("a device's cursor", () => {
  it('tells the same message again from a number used twice', () => {
    const cursor = new DeviceCursor();
    expect(cursor.look(undefined, 7, 1)).toBe('new');
    cursor.add(undefined, 7, 1);
    expect(cursor.look(undefined, 7, 1)).toBe('duplicate');
    expect(cursor.look(undefined, 7, 2)).toBe('reused');
    expect(cursor.look(undefined, 6, 1)).toBe('new');
  });

  it('counts each run of a device by itself', () => {
    const cursor = new DeviceCursor();
    cursor.add(undefined, 0, 1);
    cursor.add(0, 0, 2);
    cursor.add(5, 0, 3);
    expect(cursor.look(undefined, 0, 1)).toBe('duplicate');
    expect(cursor.look(0, 0, 2)).toBe('duplicate');
    expect(cursor.look(5, 0, 2)).toBe('reused');
    expect(cursor.look(6, 0, 1)).toBe('new');
  });

  it('remembers across a restart which messages were stored, and as ever that old ones are', () => {
    const message = fc.tuple(fc.option(fc.nat(3), { nil: undefined }), fc.nat(30));
    fc.assert(
      fc.property(fc.array(message), (added) => {
        const cursor = new DeviceCursor();
        for (const [boot, seq] of added) cursor.add(boot, seq, 9);
        const back = DeviceCursor.parse(cursor.format());
        for (const boot of [undefined, 0, 1, 2, 3])
          for (let seq = 0; seq <= 31; seq++) {
            const stored = added.some(([b, s]) => b === boot && s === seq);
            expect(cursor.look(boot, seq, 9)).toBe(stored ? 'duplicate' : 'new');
            // Its fingerprints come back from the segments, not from here.
            expect(back.look(boot, seq, 9)).toBe(stored ? 'reused' : 'new');
          }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps fingerprints of the last 1,280 messages, and no number is ever taken twice', () => {
    const cursor = new DeviceCursor();
    for (let seq = 0; seq < 1_300; seq++) cursor.add(undefined, seq, seq);
    expect(cursor.look(undefined, 1_299, 1_299)).toBe('duplicate');
    expect(cursor.look(undefined, 20, 20)).toBe('duplicate');
    expect(cursor.look(undefined, 19, 19)).toBe('reused');
  });

  it('goes on storing from a device that skips every other number, within bounds', () => {
    const cursor = new DeviceCursor();
    for (let n = 0; n < 5000; n++) {
      expect(cursor.look(undefined, 2 * n, 1)).toBe('new');
      cursor.add(undefined, 2 * n, 1);
    }
    expect(cursor.look(undefined, 9999, 1)).toBe('new');
    expect(cursor.look(undefined, 9001, 1)).toBe('new');
    // The oldest gaps were given up: what was skipped there is no longer taken.
    expect(cursor.look(undefined, 1, 1)).toBe('reused');
    expect(cursor.format().length).toBeLessThan(30_000);
  });

  it('bounds the gaps of all runs together, and forgets the oldest of more than 256 runs', () => {
    const cursor = new DeviceCursor();
    for (let boot = 0; boot < 300; boot++) {
      for (let n = 0; n < 20; n++) cursor.add(boot, 10 * n, 1);
    }
    expect(cursor.look(0, 0, 1)).toBe('new');
    expect(cursor.look(299, 190, 1)).toBe('duplicate');
    const kept = JSON.parse(cursor.format()) as [number, number[]][];
    expect(kept).toHaveLength(256);
    expect(kept.reduce((sum, [, bounds]) => sum + bounds.length / 2, 0)).toBeLessThanOrEqual(2048);
    const back = DeviceCursor.parse(cursor.format());
    for (let n = 0; n < 3000; n++) back.add(299, 1000 + 2 * n, 1);
    const again = JSON.parse(back.format()) as [number, number[]][];
    expect(again.reduce((sum, [, bounds]) => sum + bounds.length / 2, 0)).toBeLessThanOrEqual(2048);
  });
});
