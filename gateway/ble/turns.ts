// Whose turn it is: what is known of each enrolled device, put before `planSlots`, and the adapter that a device is
// connected by, where several hear it. Changes nothing.

import type { Connections } from './connections.ts';
import { adapterOf, type Presence } from './presence.ts';
import { planSlots, type SlotPlan, type Wearable } from './slots.ts';
import type { Timing } from './timing.ts';
import type { Wearing } from './wearing.ts';

export type Turns = {
  readonly wearings: readonly Wearing[];
  readonly connections: Connections;
  readonly presence: Presence;
  /** Paths of the adapters that do what they are asked to. */
  readonly usable: readonly string[];
  /** Connections at once on one adapter. */
  readonly slots: number;
  readonly timing: Timing;
  readonly nowMs: number;
};

/** Who is to be let go, and who connected. */
export function planTurns(turns: Turns): SlotPlan {
  const { wearings, connections, presence, usable, timing, nowMs } = turns;
  const paths = presence.paths();
  const wearables = wearings.map((one): Wearable => {
    const held = connections.held.get(one.id);
    const here = (paths.get(one.address) ?? []).filter((path) => usable.includes(adapterOf(path)));
    const kind = (held?.link ?? connections.linkAt(here[0] ?? ''))?.kind ?? 'spot';
    const quietMs = held?.link.quietMs(nowMs) ?? 0;
    return {
      id: one.id,
      kind,
      wants: one.mayTry(nowMs) && here.some((path) => presence.isPresent(path, nowMs)),
      done: quietMs >= timing.quietMs,
      idle: quietMs >= timing.idleMs,
      ...(held !== undefined && { heldSinceMs: held.sinceMs }),
      ...(one.servedMs !== undefined && { servedMs: one.servedMs }),
    };
  });
  const slots = turns.slots * Math.max(1, usable.length);
  return planSlots(wearables, { slots, turnMs: timing.turnMs }, nowMs);
}

/** The object to connect a device by: of the adapters that hear it now, the one with most room, if any has some. */
export function roomiest({ address }: Wearing, turns: Turns): string | undefined {
  const { connections, presence, usable, slots, nowMs } = turns;
  const used = (path: string): number => connections.used(adapterOf(path));
  return (presence.paths().get(address) ?? [])
    .filter((path) => presence.isPresent(path, nowMs) && usable.includes(adapterOf(path)))
    .toSorted((a, b) => used(a) - used(b))
    .find((path) => used(path) < slots);
}
