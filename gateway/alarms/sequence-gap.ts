// Messages that are missing: a device numbers what it sends, so that a hole shows as soon as the number after it comes.
// The hole is filled when what was missing comes after all (a device hands over its memory); what has not come in a day is
// not waited for any longer, and the record keeps that it was missing.
//
// A restart may skip numbers. A hole that is larger than anything could have sent in that time is such a skip, and none.

import { MINUTE, type Observed, SECOND } from './condition.ts';

type Numbered = {
  readonly device: number;
  readonly boot?: number | undefined;
  readonly seq: number;
  readonly received: number;
};
type Hole = {
  readonly boot: number | undefined;
  readonly from: number;
  readonly to: number;
  readonly sinceMs: number;
};
type Run = {
  boot: number | undefined;
  /** The highest number, and when it came. */
  last: number;
  lastMs: number;
  holes: readonly Hole[];
};

/** Faster than any wearable sends messages. */
const PER_SECOND_MAX = 20;
/** Of a device. What fills a hole may split it, and a device chooses what comes: the largest are kept, the least is forgotten. */
const HOLES_MAX = 64;
const WAITED_FOR_MS = 24 * 60 * MINUTE;

export class Sequences {
  readonly #runs = new Map<number, Run>();

  /** A committed message, or one of its readings. */
  take({ device, boot, seq, received }: Numbered): void {
    const run = this.#runs.get(device);
    if (run === undefined) {
      this.#runs.set(device, { boot, last: seq, lastMs: received, holes: [] });
      return;
    }
    if (boot !== run.boot) {
      if (run.holes.some((hole) => hole.boot === boot)) run.holes = filled(run.holes, boot, seq);
      else Object.assign(run, { boot, last: seq, lastMs: received });
      return;
    }
    if (seq <= run.last) {
      if (run.holes.length > 0) run.holes = filled(run.holes, boot, seq);
      return;
    }
    const missing = seq - run.last - 1;
    const could = (Math.max(0, received - run.lastMs) / SECOND + 1) * PER_SECOND_MAX;
    if (missing > 0 && missing <= could) {
      const hole = { boot, from: run.last + 1, to: seq - 1, sinceMs: received };
      run.holes = atMost([...run.holes, hole]);
    }
    run.last = seq;
    run.lastMs = received;
  }

  /**
   * Where a device stood before a restart.
   * @param stored ranges of what came, as a flat list first, last, first, last, …
   * @param since since when a hole is waited for, by the number after it; undefined: it is not, any more
   */
  restore(
    device: number,
    boot: number | undefined,
    stored: readonly number[],
    since: (after: number) => number | undefined,
    nowMs: number,
  ): void {
    const last = stored.at(-1);
    if (last === undefined) return;
    const holes: Hole[] = [];
    for (let at = 1; at + 1 < stored.length; at += 2) {
      const [before, after] = [stored[at] as number, stored[at + 1] as number];
      const sinceMs = since(after);
      if (sinceMs !== undefined) holes.push({ boot, from: before + 1, to: after - 1, sinceMs });
    }
    this.#runs.set(device, { boot, last, lastMs: nowMs, holes: atMost(holes) });
  }

  /** What is missing of a device now. */
  observe(device: number, id: string, nowMs: number): Observed {
    const run = this.#runs.get(device);
    if (run?.holes.some(({ sinceMs }) => nowMs - sinceMs > WAITED_FOR_MS))
      run.holes = run.holes.filter(({ sinceMs }) => nowMs - sinceMs <= WAITED_FOR_MS);
    const holes = run?.holes ?? [];
    const missing = holes.reduce((sum, hole) => sum + sizeOf(hole), 0);
    return {
      id: `gap:${id}`,
      priority: 'low',
      // Messages that overtake one another are no hole.
      timing: { raiseAfterMs: 2 * SECOND, clearAfterMs: 0, latching: false },
      evidence: missing > 0 ? 'violated' : 'clear',
      facts: { device: id, missing, ...(holes[0] && { from: holes[0].from }) },
    };
  }
}

/** Holes without a number that came: each is as old as the one that it is left of. */
const filled = (holes: readonly Hole[], boot: number | undefined, seq: number): readonly Hole[] =>
  atMost(
    holes.flatMap((hole) => {
      if (hole.boot !== boot || seq < hole.from || seq > hole.to) return [hole];
      const parts = [
        { ...hole, to: seq - 1 },
        { ...hole, from: seq + 1 },
      ];
      return parts.filter(({ from, to }) => from <= to);
    }),
  );

const sizeOf = ({ from, to }: Hole): number => to - from + 1;

/** The largest of them, in their order; of two alike the newer. */
function atMost(holes: readonly Hole[]): readonly Hole[] {
  if (holes.length <= HOLES_MAX) return holes;
  const kept = new Set(holes.toSorted((left, right) => sizeOf(left) - sizeOf(right)).slice(-HOLES_MAX));
  return holes.filter((hole) => kept.has(hole));
}
