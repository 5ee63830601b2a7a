// Whose turn it is: what is known of each enrolled device, put before `planSlots`, and by which adapters it may be
// connected, where several hear it. Changes nothing.

import type { Connections, Held } from './connections.ts';
import { adapterOf } from './presence.ts';
import { planSlots, type SlotPlan, type Wearable } from './slots.ts';
import type { Timing } from './timing.ts';
import type { Wearing } from './wearing.ts';
import type { Whereabouts } from './whereabouts.ts';

export type Turns = {
  readonly wearings: readonly Wearing[];
  readonly connections: Connections;
  readonly whereabouts: Whereabouts;
  /** Paths of the adapters that do what they are asked to. */
  readonly usable: readonly string[];
  /** Of those in doubt that answer: tried for whoever no other adapter hears, since only so it shows that one is well. */
  readonly doubtful: readonly string[];
  /** Whether an adapter has heard anything of late, of anybody. */
  hears(adapter: string): boolean;
  /** How well the device at a path is heard there, dBm; undefined: not told. */
  signalOf(path: string): number | undefined;
  /** Connections at once on one adapter. */
  readonly slots: number;
  readonly timing: Timing;
  readonly nowMs: number;
};

/** A turn is doubled so often at most: eight minutes, by default. */
const PATIENCE_MAX = 4;

/** Who is to be let go, and who connected, by which adapter. */
export function planTurns(turns: Turns): SlotPlan {
  const { wearings, connections, timing, slots, nowMs } = turns;
  const wearables = wearings.map((one): Wearable => {
    const held = connections.held.get(one.id);
    const here = freePaths(one, turns);
    const kind = (held?.link ?? connections.linkAt(here[0] ?? ''))?.kind ?? 'spot';
    const quietMs = held?.link.quietMs(nowMs) ?? 0;
    return {
      id: one.id,
      kind,
      wants: one.mayTry(nowMs) ? [...new Set(here.map(adapterOf))] : [],
      heard: signals(here, turns),
      leaves: held?.closing ?? false,
      patience: 2 ** Math.min(PATIENCE_MAX, held?.link.owes === true ? one.cuts : 0),
      done: quietMs >= timing.quietMs,
      idle: (kind === 'spot' && quietMs >= timing.idleMs) || (held !== undefined && isMute(held, turns)),
      ...(held !== undefined && { held: { by: adapterOf(held.link.path), sinceMs: held.sinceMs } }),
      ...(one.servedMs !== undefined && { servedMs: one.servedMs }),
    };
  });
  return planSlots(wearables, { slots, turnMs: timing.turnMs }, nowMs);
}

/** How well each adapter hears a device, dBm. */
const signals = (paths: readonly string[], { signalOf }: Turns): ReadonlyMap<string, number> =>
  new Map(
    paths.flatMap((path) => {
      const dbm = signalOf(path);
      return dbm === undefined ? [] : [[adapterOf(path), dbm] as const];
    }),
  );

/** The object to connect a device by through an adapter, if nobody else is held by it meanwhile. */
export const pathOn = (one: Wearing, adapter: string, turns: Turns): string | undefined =>
  freePaths(one, turns).find((path) => adapterOf(path) === adapter);

/**
 * It streamed, and has said nothing for long, while its adapter hears others: the link is dead, though BlueZ shows it.
 * A new one may not be. One that stays silent then has not streamed, and is left alone.
 */
const isMute = ({ link }: Held, { timing, nowMs, hears }: Turns): boolean =>
  link.steady && nowMs - (link.saidMs ?? nowMs) >= timing.muteMs && hears(adapterOf(link.path));

/** Where it is heard and nobody is held, by adapters that do what they are asked to, if there is one. */
function freePaths(one: Wearing, turns: Turns): readonly string[] {
  const { whereabouts, wearings, connections, usable, doubtful, nowMs } = turns;
  const free = whereabouts.of(one, wearings, nowMs).filter((path) => !connections.isHeld(path));
  const by = (adapters: readonly string[]): readonly string[] =>
    free.filter((path) => adapters.includes(adapterOf(path)));
  const good = by(usable);
  return good.length > 0 ? good : by(doubtful);
}
