// Virtual time: what is to happen, in order of its moment, then of its being asked for. One thing happens after the other,
// each to its end, so that the same seed gives the same run.

type Due = { readonly atMs: number; readonly order: number; readonly work: () => void | Promise<void> };

export class Schedule {
  /** The world's time, ms since 1970: what the hub's clock is compared with, and what nobody inside can know. */
  nowMs: number;
  #order = 0;
  /** A binary heap, the next at the front. */
  readonly #due: Due[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  after(delayMs: number, work: Due['work']): void {
    this.#push({ atMs: this.nowMs + Math.max(0, Math.round(delayMs)), order: this.#order++, work });
  }

  /** Lets time pass. Nothing is skipped; what is due later waits. @param ended looked at before each step */
  async run(untilMs: number, ended: () => boolean = () => false): Promise<void> {
    for (;;) {
      const next = this.#due[0];
      if (next === undefined || next.atMs > untilMs || ended()) break;
      this.#pop();
      this.nowMs = next.atMs;
      const working = next.work();
      if (working) await working;
    }
  }

  #push(one: Due): void {
    const heap = this.#due;
    let at = heap.push(one) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(one, heap[above] as Due)) break;
      heap[at] = heap[above] as Due;
      at = above;
    }
    heap[at] = one;
  }

  #pop(): void {
    const heap = this.#due;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1] as Due, heap[below] as Due)) below += 1;
      if (!before(heap[below] as Due, last)) break;
      heap[at] = heap[below] as Due;
      at = below;
    }
    heap[at] = last;
  }
}

const before = (left: Due, right: Due): boolean =>
  left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
