import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Calm, loopBusy } from './calm.ts';

describe('when memory is given back', () => {
  let given = 0;
  let busy = 0;
  let calm: Calm;

  beforeEach(() => {
    vi.useFakeTimers();
    given = 0;
    busy = 0;
    calm = new Calm({
      busy: () => busy,
      giveBack: () => {
        given += 1;
      },
    });
  });
  afterEach(() => {
    calm.stop();
    vi.useRealTimers();
  });

  const login = (times: number): void => {
    for (let n = 0; n < times; n++) calm.login();
  };

  it('once after the start, and then not again', () => {
    vi.advanceTimersByTime(1_499);
    expect(given).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(given).toBe(1);
  });

  it('after a burst of logins has ended, and not for a few', () => {
    vi.advanceTimersByTime(2_000);
    login(99);
    vi.advanceTimersByTime(60_000);
    expect(given).toBe(1);
    for (let n = 0; n < 10; n++) {
      login(20);
      vi.advanceTimersByTime(1_000);
    }
    expect(given, 'while they still come').toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(given).toBe(2);
  });

  it('not while the thread is busy, but after it', () => {
    busy = 0.9;
    vi.advanceTimersByTime(30_000);
    expect(given).toBe(0);
    busy = 0.1;
    vi.advanceTimersByTime(1_500);
    expect(given).toBe(1);
  });

  it('never after the end', () => {
    login(500);
    calm.stop();
    login(500);
    vi.advanceTimersByTime(60_000);
    expect(given).toBe(0);
  });
});

it('a thread that computes is busy', async () => {
  const busy = loopBusy();
  await new Promise((resolve) => setTimeout(resolve, 1));
  busy();
  const until = performance.now() + 20;
  while (performance.now() < until);
  expect(busy()).toBeGreaterThan(0.9);
});
