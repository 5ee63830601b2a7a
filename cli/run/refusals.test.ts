import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusals } from './refusals.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('refused messages in the log', () => {
  it('are one line for the first, and a count for the rest of the minute', async () => {
    const said: unknown[] = [];
    const refusals = new Refusals((_level, event, facts) => said.push([event, facts]));
    for (let n = 0; n < 2_000; n++) refusals.add({ device: 'watch-1', reason: 'not-json' });
    refusals.add({ device: 'watch-2', reason: 'not-json' });
    expect(said).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said.slice(2)).toEqual([['quarantined', { device: 'watch-1', reason: 'not-json', more: 1_999 }]]);
    refusals.add({ device: 'watch-1', reason: 'not-json' });
    expect(said).toHaveLength(4);
  });

  it('of ever new devices are counted together after a thousand', () => {
    let lines = 0;
    const refusals = new Refusals(() => {
      lines += 1;
    });
    for (let n = 0; n < 5_000; n++) refusals.add({ device: `device-${n}`, reason: 'unknown-device' });
    expect(lines).toBe(1_001);
  });
});
