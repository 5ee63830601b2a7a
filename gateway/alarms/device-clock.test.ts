import { describe, expect, it } from 'vitest';
import { DeviceClocks } from './device-clock.ts';

const AT = 1_795_262_400_000;
const MINUTE = 60_000;

/** A message a second for so many minutes; `lag` tells how much later than its own time each comes, in seconds. */
function run(minutes: number, lag: (second: number) => number | undefined) {
  const clocks = new DeviceClocks();
  for (let second = 0; second < minutes * 60; second += 1) {
    const late = lag(second);
    const received = AT + second * 1000;
    if (late !== undefined) clocks.take({ device: 1, at: received - late * 1000, received });
  }
  const { evidence, facts } = clocks.observe(1, 'watch-1', AT + minutes * MINUTE);
  return [evidence, facts['ahead-seconds'], facts['steps']];
}

describe('the clock of a device', () => {
  it.each<[what: string, minutes: number, lag: (second: number) => number | undefined, seen: unknown[]]>([
    ['is well with a link that delays now and then', 30, (s) => (s % 7) * 0.4, ['clear', 0, 0]],
    ['is not known before two minutes agree', 2, () => 900, ['unknown', 0, 0]],
    ['is well a minute and a half ahead', 30, () => -90, ['clear', 90, 0]],
    ['is not to be trusted three minutes ahead', 10, () => -180, ['violated', 180, 0]],
    ['is well nine minutes behind', 30, () => 540, ['clear', -540, 0]],
    ['is not to be trusted eleven minutes behind, for ten minutes', 15, () => 660, ['violated', -660, 0]],
    ['is not judged behind too soon', 10, () => 660, ['clear', -660, 0]],
    [
      'is well while a memory of hours is handed over',
      40,
      (s) => Math.max(1, 7200 - s * 4),
      ['clear', -1, 0],
    ],
    ['may be set once', 40, (s) => (s < 1200 ? 400 : 1), ['clear', -1, 1]],
    [
      'that steps again and again is not to be trusted',
      40,
      (s) => (s % 1200 < 600 ? 1 : 200),
      ['violated', -200, 3],
    ],
    ['that loses a second a minute is well', 60, (s) => s / 60, ['clear', -58, 0]],
  ])('%s', (_, minutes, lag, seen) => {
    expect(run(minutes, lag)).toEqual(seen);
  });
  it('says nothing while the device says nothing, nor without a time of its own', () => {
    const clocks = new DeviceClocks();
    for (let second = 0; second < 600; second += 1)
      clocks.take({ device: 1, at: AT + second * 1000 + 200_000, received: AT + second * 1000 });
    expect(clocks.observe(1, 'watch-1', AT + 10 * MINUTE).evidence).toBe('violated');
    expect(clocks.observe(1, 'watch-1', AT + 26 * MINUTE).evidence).toBe('unknown');
    clocks.take({ device: 2, received: AT });
    expect(clocks.observe(2, 'cuff', AT).evidence).toBe('unknown');
  });
  it('forgets steps of more than an hour ago', () => {
    expect(run(40 + 65, (s) => (s < 2400 && s % 1200 < 600 ? 1 : 200))).toEqual(['clear', -200, 0]);
  });
});
