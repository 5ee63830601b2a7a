// Slots: a Pi's adapter holds five to seven connections, a home may have twenty wearables. Live streams keep their
// connection; the others take turns, whoever waited longest first. Where more want to stream than there is room for,
// one slot of all is left for turns, so that nobody starves.
//
// Pure: it is told what is, and says what to do.

export type Wearable = {
  readonly id: string;
  /** `live` streams as long as it is connected; `spot` has something to say now and then. */
  readonly kind: 'live' | 'spot';
  /** It was seen, or may be there: a connection makes sense now. */
  readonly wants: boolean;
  /** Connected or being connected, since when (ms, any clock). */
  readonly heldSinceMs?: number;
  /** It has been silent for a while: it may go where another waits. */
  readonly done: boolean;
  /** It has been silent for long: it goes, whoever waits. */
  readonly idle: boolean;
  /** When its last connection ended; undefined: never had one. */
  readonly servedMs?: number;
};

export type SlotRules = {
  readonly slots: number;
  /** A turn lasts at least so long, unless its holder is done. */
  readonly turnMs: number;
};

export type SlotPlan = { readonly connect: readonly string[]; readonly release: readonly string[] };

/**
 * Who is to be connected now, and who let go. A device that is let go frees its slot when its link has ended: until
 * then it holds it.
 */
export function planSlots(wearables: readonly Wearable[], rules: SlotRules, nowMs: number): SlotPlan {
  const held = wearables.filter((one) => one.heldSinceMs !== undefined);
  const waiting = wearables
    .filter((one) => one.heldSinceMs === undefined && one.wants)
    .toSorted((a, b) => (a.servedMs ?? -Infinity) - (b.servedMs ?? -Infinity) || byId(a, b));
  const free = Math.max(0, rules.slots - held.length);
  const connect = waiting.slice(0, free).map(({ id }) => id);
  const spot = held.filter((one) => one.kind === 'spot');
  // Also where nobody waits: a cuff that is held for ever does not sleep.
  const idle = spot.filter((one) => one.idle);
  const wanted = waiting.length - connect.length - idle.length;
  const done = spot
    .filter((one) => one.done && !one.idle)
    .toSorted(byAge)
    .slice(0, Math.max(0, wanted));
  const unserved = wanted - done.length;
  if (unserved <= 0) return { connect, release: ids([...idle, ...done]) };
  const kept = new Set(keptStreams(held, rules.slots));
  const overdue = held
    .filter(
      (one) =>
        !kept.has(one) &&
        !idle.includes(one) &&
        !done.includes(one) &&
        nowMs - heldSince(one) >= rules.turnMs,
    )
    .toSorted(byAge);
  return { connect, release: ids([...idle, ...done, ...overdue.slice(0, unserved)]) };
}

/** The streams that keep their slot: those that began first, and one slot fewer than there are. */
function keptStreams(held: readonly Wearable[], slots: number): readonly Wearable[] {
  return held
    .filter((one) => one.kind === 'live')
    .toSorted(byAge)
    .slice(0, Math.max(0, slots - 1));
}

const heldSince = (one: Wearable): number => one.heldSinceMs ?? 0;
const byAge = (a: Wearable, b: Wearable): number => heldSince(a) - heldSince(b) || byId(a, b);
const byId = (a: Wearable, b: Wearable): number => (a.id < b.id ? -1 : 1);
const ids = (wearables: readonly Wearable[]): readonly string[] => wearables.map(({ id }) => id);
