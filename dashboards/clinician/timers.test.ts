import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTimers } from './timers.ts';

describe('timers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('run a task once by the browser’s own timer', () => {
    const task = vi.fn();
    createTimers(
      () => undefined,
      () => 0,
    ).later(task, 1_000);
    vi.advanceTimersByTime(999);
    expect(task).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('run it by a tick while the browser holds its timers back, and then not again', () => {
    let tick: () => void = () => undefined;
    let now = 0;
    const task = vi.fn();
    const timers = createTimers(
      (each) => {
        tick = each;
      },
      () => now,
    );
    timers.later(task, 1_000);
    now = 900;
    tick();
    expect(task).not.toHaveBeenCalled();
    now = 1_400;
    tick();
    expect(task).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('run what is done often at each tick', () => {
    let tick: () => void = () => undefined;
    const task = vi.fn();
    createTimers(
      (each) => {
        tick = each;
      },
      () => 0,
    ).often(task);
    tick();
    tick();
    expect(task).toHaveBeenCalledTimes(2);
  });
});
