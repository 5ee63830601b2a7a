// Timers that keep time while the page is hidden: the browser's own, and the ticks of a worker, whichever comes first.
// Browsers run the timers of a page that was hidden for five minutes once a minute; a worker's they leave alone.

/** Where the hub serves `ticker-worker.ts`. */
const TICKER = '/ticker.js';

export type Timers = {
  /** Runs `task` once after `ms`. */
  readonly later: (task: () => void, ms: number) => void;
  /** Runs `task` about twice a second, also while hidden. */
  readonly often: (task: () => void) => void;
};

/** What carries ticks: a worker, or a test. */
export type Ticks = (tick: () => void) => void;

type Waiting = { readonly dueMs: number; readonly task: () => void };

/** @param nowMs a clock that only goes forward */
export function createTimers(
  ticks: Ticks = workerTicks,
  nowMs: () => number = () => performance.now(),
): Timers {
  const waiting = new Set<Waiting>();
  const regular: (() => void)[] = [];
  const run = (one: Waiting): void => {
    if (waiting.delete(one)) one.task();
  };
  ticks(() => {
    const now = nowMs();
    for (const one of [...waiting]) if (one.dueMs <= now) run(one);
    for (const task of regular) task();
  });
  return {
    later: (task, ms) => {
      const one = { dueMs: nowMs() + ms, task };
      waiting.add(one);
      setTimeout(() => run(one), ms);
    },
    often: (task) => {
      regular.push(task);
      setInterval(task, 1_000);
    },
  };
}

/** Where a browser has no workers, or may not load this one, the page's own timers have to do. */
function workerTicks(tick: () => void): void {
  try {
    new Worker(TICKER).addEventListener('message', tick);
  } catch {
    return;
  }
}
