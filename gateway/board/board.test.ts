import { describe, expect, it } from 'vitest';
import { type AlarmEvent, alarmBoard } from './board.ts';

const DAY_MS = 86_400_000;
const event = (
  name: AlarmEvent['name'],
  at: number,
  condition: string,
  { slot = 1, episode = 1, priority = 'medium' }: { slot?: number; episode?: number; priority?: string } = {},
): AlarmEvent => ({ name, at, detail: { slot, condition, priority, episode } });

describe('an alarm board', () => {
  it('of quiet days is all zeros, and has no median', () => {
    expect(alarmBoard([], { from: 0, to: 7 * DAY_MS })).toEqual({
      ...{ from: 0, to: 7 * DAY_MS, raised: 0, actedOn: 0, medianMs: undefined, heldBack: 0 },
      ...{ byPriority: { high: 0, medium: 0, low: 0 }, patients: [], rules: [] },
    });
  });

  it('counts alarms by patient and rule, the noisiest first, and how soon somebody acted', () => {
    const board = alarmBoard(
      [
        event('alarm-acknowledged', 5, 'heart-rate-high', { episode: 7 }),
        event('alarm-raised', 1000, 'silent:watch-1', { slot: 2 }),
        event('alarm-raised', 2000, 'silent:strap-1', { slot: 2 }),
        event('alarm-raised', 3000, 'heart-rate-very-high', { priority: 'high' }),
        event('alarm-held-back', 3500, 'asystole', { priority: 'high' }),
        event('alarm-acknowledged', 4000, 'silent:watch-1', { slot: 2 }),
        event('alarm-acknowledged', 9000, 'heart-rate-very-high', { priority: 'high' }),
        // A second time, after it had come back: the first answer counts.
        event('alarm-acknowledged', 99_000, 'heart-rate-very-high', { priority: 'high' }),
        event('alarm-over', 99_500, 'heart-rate-very-high', { priority: 'high' }),
      ],
      { from: 0, to: 2 * DAY_MS },
    );
    expect(board).toMatchObject({ raised: 3, actedOn: 2, medianMs: 4500, heldBack: 1 });
    expect(board.byPriority).toEqual({ high: 1, medium: 2, low: 0 });
    expect(board.patients).toEqual([
      { slot: 2, perDay: 1, raised: 2, actedOn: 1, medianMs: 3000 },
      { slot: 1, perDay: 0.5, raised: 1, actedOn: 1, medianMs: 6000 },
    ]);
    expect(board.rules).toEqual([
      { rule: 'silent', raised: 2, actedOn: 1, medianMs: 3000 },
      { rule: 'heart-rate-very-high', raised: 1, actedOn: 1, medianMs: 6000 },
    ]);
  });
});
