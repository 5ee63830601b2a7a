// The hub's clock, as well as a page can know it: the `now` of the last message and the time since. A browser's
// wall clock may be set back and its steady clock may stand still while a laptop sleeps, so the larger of the
// two counts: an age may come out too old until the next message, never too young.

/** Both clocks of the browser, ms: `performance.now()` and `Date.now()`. */
export type Here = { readonly steadyMs: number; readonly wallMs: number };
/** What the hub's clock said, and when that was here. */
export type ClockMark = { readonly hubMs: number; readonly here: Here };

/** The hub's time at `here`, ms since 1970. */
export function hubTime(mark: ClockMark, here: Here): number {
  return mark.hubMs + elapsed(mark, here);
}

/** Time since the mark, ms. */
export function elapsed(mark: ClockMark, here: Here): number {
  return Math.max(0, here.steadyMs - mark.here.steadyMs, here.wallMs - mark.here.wallMs);
}
