import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentMessages } from './recent-message.ts';

describe('the last messages of a device', () => {
  it('are those that a list of them would give, newest first', () => {
    const message = fc.tuple(fc.constantFrom(-1, 0, 7), fc.nat(60), fc.nat(0xffff_ffff));
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 50 }), fc.array(message, { maxLength: 200 }), (max, added) => {
        const recent = new RecentMessages(max);
        const list: [run: number, seq: number, fingerprint: number][] = [];
        for (const [run, seq, fingerprint] of added) {
          recent.add(run, seq, fingerprint);
          list.unshift([run, seq, fingerprint]);
          list.splice(max);
          const [oldRun, oldSeq] = list[list.length - 1] as [number, number, number];
          expect(recent.find(oldRun, oldSeq)).toBe(list.find(([a, b]) => a === oldRun && b === oldSeq)?.[2]);
        }
        for (const run of [-1, 0, 7])
          for (let seq = 0; seq <= 60; seq++)
            expect(recent.find(run, seq)).toBe(list.find(([a, b]) => a === run && b === seq)?.[2]);
      }),
    );
  });

  it('know counters up to the greatest there is', () => {
    const recent = new RecentMessages(16);
    recent.add(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0xffff_ffff);
    expect(recent.find(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(0xffff_ffff);
    expect(recent.find(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1)).toBeUndefined();
  });
});
