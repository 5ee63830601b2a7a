// When a ledger lets go of what: the owner's rule, turned into what the ledger signs about its past, one step at a time.
//   1. how large the ledger is now is noted: an entry's age is counted by this machine's clock, not by what a hub says;
//   2. what was announced, and whose time has come, takes effect;
//   3. what the rule would let go by the end of the notice is announced, with the time before which it does not go;
//      an announcement that the rule no longer asks for is withdrawn.
// Whoever watches a log thus hears of it a notice ahead. Nothing is deleted here: `ledger-prune.ts` does that, below the
// minimum index that is on disk.

import type { EmbeddedLedger } from './ledger-embedded.ts';
import { KEEPS_ALL, type Retention } from './retention.ts';
import { TILE_WIDTH } from './tile.ts';

const DAY_MS = 86_400_000;

export type RetentionRule = {
  /** Keep every entry for so many days at least. */
  readonly keepDays?: number | undefined;
  /** Let go of the full tiles that end here or before. */
  readonly minimumIndex?: number | undefined;
  /** How long before it is let go a part is announced. */
  readonly noticeMs: number;
};

/**
 * Brings the ledger's promise up to the rule at that time. `shownSize` is that of the checkpoint which is published: what
 * it covers last is never let go. Throws `ledger-mismatch` where the rule would take back what was let go.
 */
export function stepRetention(
  ledger: EmbeddedLedger,
  rule: RetentionRule,
  nowMs: number,
  shownSize: number,
): Retention {
  ledger.noteGrowth(nowMs);
  const held = ledger.reader.retention() ?? KEEPS_ALL;
  const next = stepped(held, rule, nowMs, (atMs) => wantedIndex(ledger, rule, atMs, shownSize));
  if (!isSame(held, next)) ledger.setRetention(next);
  return next;
}

function stepped(
  held: Retention,
  { keepDays, minimumIndex, noticeMs }: RetentionRule,
  nowMs: number,
  wantedAt: (atMs: number) => number,
): Retention {
  // Refused by the ledger, with its reason, where it would go back.
  if (minimumIndex !== undefined && minimumIndex < held.minimumIndex) {
    return { ...held, minimumIndex, next: undefined };
  }
  const announced = held.next;
  if (announced && announced.minimumIndex > wantedAt(Math.max(announced.notBeforeMs, nowMs))) {
    return stepped({ ...held, next: undefined }, { keepDays, minimumIndex, noticeMs }, nowMs, wantedAt);
  }
  if (announced && nowMs >= announced.notBeforeMs) {
    const { minimumIndex: reached } = announced;
    const effective = { minimumIndex: reached, keepDays, next: undefined };
    return stepped(effective, { keepDays, minimumIndex, noticeMs }, nowMs, wantedAt);
  }
  if (announced) return { ...held, keepDays };
  const notBeforeMs = nowMs + noticeMs;
  const wanted = wantedAt(notBeforeMs);
  const { minimumIndex: from } = held;
  if (wanted <= from) return { minimumIndex: from, keepDays, next: undefined };
  if (noticeMs === 0) return { minimumIndex: wanted, keepDays, next: undefined };
  return { minimumIndex: from, keepDays, next: { minimumIndex: wanted, notBeforeMs } };
}

/** The first entry that the rule keeps at that time, down to a full tile. */
function wantedIndex(
  ledger: EmbeddedLedger,
  { keepDays, minimumIndex = 0 }: RetentionRule,
  atMs: number,
  shownSize: number,
): number {
  const old = keepDays === undefined ? 0 : (ledger.sizeAt(atMs - keepDays * DAY_MS) ?? 0);
  // The last entry shown stays, so that something is left to begin with.
  const most = Math.max(0, shownSize - 1);
  return Math.floor(Math.min(Math.max(old, minimumIndex), most) / TILE_WIDTH) * TILE_WIDTH;
}

const isSame = (a: Retention, b: Retention): boolean =>
  a.minimumIndex === b.minimumIndex &&
  a.keepDays === b.keepDays &&
  a.next?.minimumIndex === b.next?.minimumIndex &&
  a.next?.notBeforeMs === b.next?.notBeforeMs;
