// Slots: a Pi's adapter holds five to seven connections, a home may have twenty wearables. Live streams keep their
// connection; the others take turns, whoever waited longest first. Where more want to stream than there is room for,
// one slot of an adapter is left for turns, so that nobody starves.
//
// Each adapter has slots of its own: room at one is none for a device that only another hears, and whoever waits for
// an adapter that is full holds nobody up who another adapter hears.
//
// Pure: it is told what is, and says what to do.

export type Wearable = {
  readonly id: string;
  /** `live` streams as long as it is connected; `spot` has something to say now and then. */
  readonly kind: 'live' | 'spot';
  /** Adapters by which a connection makes sense now: it was seen there, or may be. Empty: it does not. */
  readonly wants: readonly string[];
  /** How well each of them hears it, dBm; one that is not in it has not said. */
  readonly heard?: ReadonlyMap<string, number>;
  /** The adapter that it is connected by or being so, and since when (ms, any clock). */
  readonly held?: { readonly by: string; readonly sinceMs: number };
  /** It is being let go: its slot is free soon. */
  readonly leaves: boolean;
  /** It has been silent for a while: it may go where another waits. */
  readonly done: boolean;
  /** It has been silent for long, where it is no stream, or its stream is dead: it goes, whoever waits. */
  readonly idle: boolean;
  /** Its turn is so many times as long: records that did not all come in the one before are on their way. */
  readonly patience?: number;
  /** When its last connection ended; undefined: never had one. */
  readonly servedMs?: number;
};

export type SlotRules = {
  /** Connections at once on each adapter. */
  readonly slots: number;
  /** A turn lasts at least so long, unless its holder is done. */
  readonly turnMs: number;
};

export type SlotPlan = {
  readonly connect: readonly { readonly id: string; readonly adapter: string }[];
  readonly release: readonly string[];
};

/**
 * Who is to be connected now, and by which adapter, and who let go. A device that is let go frees its slot when its
 * link has ended: until then it holds it.
 */
export function planSlots(wearables: readonly Wearable[], rules: SlotRules, nowMs: number): SlotPlan {
  const held = wearables.filter((one): one is HeldOne => one.held !== undefined);
  const waiting = wearables
    .filter((one) => one.held === undefined && one.wants.length > 0)
    .toSorted((a, b) => (a.servedMs ?? -Infinity) - (b.servedMs ?? -Infinity) || byId(a, b));
  const used = countBy(held, (one) => one.held.by);
  const unserved = new Map<string, number>();
  const connect: { id: string; adapter: string }[] = [];
  for (const one of waiting) {
    const adapter = best(one, used, rules.slots);
    if (adapter !== undefined) {
      used.set(adapter, of(used, adapter) + 1);
      connect.push({ id: one.id, adapter });
      continue;
    }
    const full = least(one.wants, unserved);
    if (full !== undefined) unserved.set(full, of(unserved, full) + 1);
  }
  const kept = new Set(keptStreams(held, rules.slots));
  const release = [...Map.groupBy(held, (one) => one.held.by)].flatMap(([adapter, all]) =>
    releaseAt(all, of(unserved, adapter), kept, rules, nowMs),
  );
  return { connect, release };
}

/** Who of one adapter's devices goes, where so many wait for its slots. */
function releaseAt(
  held: readonly HeldOne[],
  waiting: number,
  kept: ReadonlySet<HeldOne>,
  rules: SlotRules,
  nowMs: number,
): readonly string[] {
  const staying = held.filter((one) => !one.leaves);
  const spot = staying.filter((one) => one.kind === 'spot');
  // Also where nobody waits: a cuff that is held for ever does not sleep.
  const idle = staying.filter((one) => one.idle);
  const wanted = waiting - idle.length - (held.length - staying.length);
  const done = spot
    .filter((one) => one.done && !one.idle)
    .toSorted(byAge)
    .slice(0, Math.max(0, wanted));
  const overdue = staying
    .filter((one) => !kept.has(one) && !idle.includes(one) && !done.includes(one))
    .filter((one) => nowMs - one.held.sinceMs >= rules.turnMs * (one.patience ?? 1))
    .toSorted(byAge)
    .slice(0, Math.max(0, wanted - done.length));
  return [...idle, ...done, ...overdue].map(({ id }) => id);
}

type HeldOne = Wearable & { readonly held: NonNullable<Wearable['held']> };

/** Signals within this are the same: one that walks through a room changes by more. */
const SAME_DB = 10;
/** Of an adapter that has not said how well it hears a device: hardly. */
const UNSAID_DBM = -100;

/** Of the adapters with a free slot one that hears the device as well as any does, and of those the emptiest. */
function best(
  { wants, heard }: Wearable,
  used: ReadonlyMap<string, number>,
  slots: number,
): string | undefined {
  const dbm = (adapter: string): number => heard?.get(adapter) ?? UNSAID_DBM;
  const free = wants.filter((adapter) => of(used, adapter) < slots);
  const loudest = Math.max(...free.map(dbm));
  return least(
    free.filter((adapter) => dbm(adapter) >= loudest - SAME_DB),
    used,
  );
}

/** The adapter with the smallest count. */
const least = (adapters: readonly string[], counts: ReadonlyMap<string, number>): string | undefined =>
  adapters.toSorted((a, b) => of(counts, a) - of(counts, b))[0];

/** The streams that keep their slot: at each adapter those that began first, and one fewer than it has slots. */
function keptStreams(held: readonly HeldOne[], slots: number): readonly HeldOne[] {
  const live = held.filter((one) => one.kind === 'live' && !one.leaves).toSorted(byAge);
  return [...Map.groupBy(live, (one) => one.held.by).values()].flatMap((all) =>
    all.slice(0, Math.max(0, slots - 1)),
  );
}

function countBy<T>(all: readonly T[], nameOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(nameOf(one), of(counts, nameOf(one)) + 1);
  return counts;
}

const of = (counts: ReadonlyMap<string, number>, name: string): number => counts.get(name) ?? 0;
const byAge = (a: HeldOne, b: HeldOne): number => a.held.sinceMs - b.held.sinceMs || byId(a, b);
const byId = (a: Wearable, b: Wearable): number => (a.id < b.id ? -1 : 1);
